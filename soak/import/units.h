/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units by name. The kB and MB of ps, top, /proc and psrecord are powers of 1024; in --rss-unit
 * they are powers of 1000.
 */
#ifndef SOAK_IMPORT_UNITS_H
#define SOAK_IMPORT_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* A unit of --rss-unit, in bytes; 0: unknown. */
double unit_bytes(const char *name);
#define UNIT_BYTES_CHOICES "B, KiB, MiB, GiB, kB, MB, GB or pages"

/* s, ms, us, ns, min, h in nanoseconds. 0 if there is none. */
double unit_ns(const char *name);

/* Behind a figure: MiB, Mi, M, m, MB; 0 if there is none. */
double unit_suffix(const char *name, bool powers_of_1000);

/*
 * Cuts the unit off the end of a column's plain name ("rss_mib", "rssmib"); returns it, 0 if there
 * is none. `time`: of time, else of bytes.
 */
double unit_cut(char *words, bool time);

/* "MiB", or "1000 B". */
struct unit_words {
	char text[32];
};
struct unit_words unit_say(double bytes);

#endif
