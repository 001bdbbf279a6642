/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses a number with a unit. Called by soak plan. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/verbs/quantity.h"

int quantity_parse(const char *text, double *ret_value)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"KiB", 0x1p10}, {"MiB", 0x1p20},
		{"GiB", 0x1p30}, {"%", 0.01}};
	char *unit;
	double value = strtod(text, &unit);

	if (unit == text || !isfinite(value) || value < 0.0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(unit, units[i].name) == 0) {
			*ret_value = value * units[i].factor;
			return 0;
		}
	return -EINVAL;
}
