/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units by name, columns by header, times by the calendar.
 *
 * A header says by itself what it is only if it names quantity and unit: "rss_kib", "RSS (MiB)",
 * "Elapsed [s]". "rss_mb" does not: some write MB and mean 2^20.
 */
#ifndef SOAK_IMPORT_UNITS_H
#define SOAK_IMPORT_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* B, KiB, MiB, GiB; kB, MB, GB (powers of 1000); pages (of 4096 B). 0 if there is none. */
double unit_bytes(const char *name);
#define UNIT_BYTES_CHOICES "B, KiB, MiB, GiB, kB, MB, GB or pages"

/* s, ms, us, ns, min, h in nanoseconds. 0 if there is none. */
double unit_ns(const char *name);
#define UNIT_TIME_CHOICES "s, ms, us, ns, min, h or iso"

enum column { COLUMN_TIME, COLUMN_RSS, COLUMN_OPS, COLUMNS };

/*
 * Is this the header of such a column? *ret_unit gets nanoseconds or bytes, 0 where it does not
 * say.
 */
bool header_is(enum column column, const char *header, double *ret_unit);

/* The unit that a header ends with, whatever else it says; 0: none. */
double header_unit(enum column column, const char *header);

/*
 * ISO 8601 and RFC 3339: 2024-05-01T12:00:00.5+02:00, a space for the T, no seconds, no zone
 * (UTC). Returns 0 or -EINVAL. Nanoseconds since the epoch.
 */
int calendar_parse(const char *text, int64_t *ret_ns);

#endif
