/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times on the command line: 90s, 10m, 1h, 100ms, 1h30m; a bare number is seconds. */
#ifndef SOAK_DURATION_H
#define SOAK_DURATION_H

#include <stdint.h>

/* Returns 0, or -EINVAL if the text is not a duration or is longer than a year. */
int duration_parse(const char *text, uint64_t *ret_ns);

/* Of a warm-up: seconds, or -1 for "auto", to be found from the data. Returns 0 or -EINVAL. */
int duration_parse_warmup(const char *text, double *ret_s);

#endif
