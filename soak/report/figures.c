/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "soak/report/figures.h"

static void scaled(double value, double base, const char *const units[4], char *text, size_t size)
{
	int unit = 0;

	if (isnan(value)) {
		snprintf(text, size, "-");
		return;
	}
	while (unit < 3 && fabs(value) >= base) {
		value /= base;
		unit++;
	}
	/* Three digits that mean something; whole units need no point. */
	snprintf(text, size, "%.*f%s",
		unit == 0 && value == floor(value) ? 0
		: fabs(value) >= 100               ? 0
		: fabs(value) >= 10                ? 1
						   : 2,
		value, units[unit]);
}

void figure_bytes(double bytes, char *text, size_t size)
{
	static const char *const units[4] = {" B", " KiB", " MiB", " GiB"};

	scaled(bytes, 1024, units, text, size);
}

void figure_rate(double rate, char *text, size_t size)
{
	static const char *const units[4] = {"", " k", " M", " G"};

	scaled(rate, 1000, units, text, size);
}

void figure_duration(double seconds, char *text, size_t size)
{
	long s = lround(seconds);

	if (s >= 3600)
		snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}
