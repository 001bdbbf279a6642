/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units of growth: what a limit of it counts, per which time. "%/h", "MiB/h", "GiB/d", "%/30d"; of
 * what is counted and not measured in bytes "/h", "/d". Per cent are of the level at the start.
 */
#ifndef SOAK_GROWTH_UNIT_H
#define SOAK_GROWTH_UNIT_H

#include <stdbool.h>

struct growth_unit {
	char name[16]; /* empty: none */
	double amount; /* bytes or counts; 0: per cent of the level, or no unit of growth */
	double seconds;
};

/* `counts`: of what is not measured in bytes. Returns 0, or -EINVAL if the text is none of these.
 */
int growth_unit_parse(const char *text, bool counts, struct growth_unit *ret_unit);

/* Per cent of the level in so many seconds, whole hours. */
struct growth_unit growth_unit_over(double seconds);

/* How fast that is, per second. */
double growth_unit_slope(const struct growth_unit *unit, double level);

#endif
