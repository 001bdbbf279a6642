/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units of growth: an amount per time. "%/h", "MiB/h", "GiB/d", "%/30d"; for counts "/h", "/d". Per
 * cent are relative to the level at the start of the window.
 */
#ifndef SOAK_GROWTH_UNIT_H
#define SOAK_GROWTH_UNIT_H

#include <stdbool.h>

struct growth_unit {
	char name[16]; /* empty: none */
	double amount; /* bytes or counts; 0: per cent of the level, or no unit of growth */
	double seconds;
};

/* `counts`: a unit for counts, not bytes. Returns 0, or -EINVAL if the text is not a unit. */
int growth_unit_parse(const char *text, bool counts, struct growth_unit *ret_unit);

/* The unit per cent of the level over `seconds`, which are whole hours. */
struct growth_unit growth_unit_over(double seconds);

/* The slope that an amount of 1 of the unit means, per second. */
double growth_unit_slope(const struct growth_unit *unit, double level);

#endif
