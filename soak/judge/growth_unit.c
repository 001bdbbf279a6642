/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units of growth: see growth_unit.h. Called by settings.c and by the rules on growth. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/growth_unit.h"

#define HOUR_S 3600.0
#define DAY_S 86400.0

/* "h", "d", "30d" after the slash; 0: none of these. */
static double parse_time(const char *text)
{
	char *unit;
	double count = strtod(text, &unit);

	if (unit == text)
		count = 1.0;
	if (!isfinite(count) || count <= 0.0)
		return 0.0;
	return strcmp(unit, "h") == 0 ? count * HOUR_S : strcmp(unit, "d") == 0 ? count * DAY_S : 0;
}

static bool parse_amount(const char *text, size_t length, bool counts, double *ret_amount)
{
	static const struct {
		const char *name;
		double amount;
		bool of_bytes, of_counts;
	} amounts[] = {{"%", 0, true, true}, {"KiB", 0x1p10, true, false},
		{"MiB", 0x1p20, true, false}, {"GiB", 0x1p30, true, false}, {"", 1, false, true}};

	for (size_t a = 0; a < sizeof(amounts) / sizeof(*amounts); a++)
		if (strlen(amounts[a].name) == length &&
			strncmp(text, amounts[a].name, length) == 0 &&
			(counts ? amounts[a].of_counts : amounts[a].of_bytes)) {
			*ret_amount = amounts[a].amount;
			return true;
		}
	return false;
}

int growth_unit_parse(const char *text, bool counts, struct growth_unit *ret_unit)
{
	const char *slash = strchr(text, '/');
	struct growth_unit unit = {.amount = 0.0};

	if (!slash || strlen(text) >= sizeof(unit.name) ||
		!parse_amount(text, (size_t)(slash - text), counts, &unit.amount))
		return -EINVAL;
	unit.seconds = parse_time(slash + 1);
	if (!(unit.seconds > 0.0))
		return -EINVAL;
	strcpy(unit.name, text);
	*ret_unit = unit;
	return 0;
}

struct growth_unit growth_unit_over(double seconds)
{
	struct growth_unit unit = {.seconds = seconds};
	bool days = fmod(seconds, DAY_S) == 0.0;

	snprintf(unit.name, sizeof(unit.name), "%%/%.6g%c", seconds / (days ? DAY_S : HOUR_S),
		days ? 'd' : 'h');
	return unit;
}

double growth_unit_slope(const struct growth_unit *unit, double level)
{
	return (unit->amount > 0.0 ? unit->amount : level / 100.0) / unit->seconds;
}
