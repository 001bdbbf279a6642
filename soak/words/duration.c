/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses a time. Called by the option parsers of all verbs. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "soak/words/duration.h"

#define LONGEST_NS (100 * 31536000e9) /* a century; uint64_t holds nearly six */

static double unit_ns(const char *unit, size_t length)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"min", 60e9},
		{"h", 3600e9}, {"d", 86400e9}};

	if (length == 0)
		return 1e9;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == length && strncmp(unit, units[i].name, length) == 0)
			return units[i].ns;
	return 0;
}

int duration_parse(const char *text, uint64_t *ret_ns)
{
	double sum = 0;

	if (!*text)
		return -EINVAL;
	while (*text) {
		size_t length = 0;
		char *unit;
		double value;

		if (!isdigit((unsigned char)*text) && *text != '.')
			return -EINVAL;
		value = strtod(text, &unit);
		while (isalpha((unsigned char)unit[length]))
			length++;
		/* Of 1h30 it cannot be told whether minutes or seconds are meant. */
		if (unit == text || unit_ns(unit, length) == 0 ||
			(length == 0 && (sum > 0 || *unit)))
			return -EINVAL;
		sum += value * unit_ns(unit, length);
		text = unit + length;
	}
	if (!(sum <= LONGEST_NS))
		return -EINVAL;
	*ret_ns = sum;
	return 0;
}

int duration_parse_warmup(const char *text, double *ret_s)
{
	uint64_t ns = 0;
	bool found = strcmp(text, "auto") == 0;

	if (!found && duration_parse(text, &ns))
		return -EINVAL;
	*ret_s = found ? -1 : ns / 1e9;
	return 0;
}
