/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantities in words: see wording.h. Used by all rules. */
#include <math.h>
#include <stdio.h>

#include "soak/judge/wording.h"

#define KIB 1024.0

struct phrase say_bytes(double bytes)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	struct phrase phrase;
	size_t i = 0;

	if (isnan(bytes))
		return (struct phrase){"-"};
	for (; i < 4 && fabs(bytes) >= KIB; i++)
		bytes /= KIB;
	snprintf(phrase.text, sizeof(phrase.text), "%.*f %s",
		i == 0               ? 0
		: fabs(bytes) < 10.0 ? 2
				     : 1,
		bytes, unit[i]);
	return phrase;
}

struct phrase say_duration(double seconds)
{
	struct phrase phrase;

	if (seconds != 0.0 && fabs(seconds) < 0.1)
		snprintf(phrase.text, sizeof(phrase.text), "%.3g ms", seconds * 1e3);
	else if (fabs(seconds) < 120.0)
		snprintf(phrase.text, sizeof(phrase.text), "%.1f s", seconds);
	else if (fabs(seconds) < 3.0 * 3600.0)
		snprintf(phrase.text, sizeof(phrase.text), "%.1f min", seconds / 60.0);
	else
		snprintf(phrase.text, sizeof(phrase.text), "%.1f h", seconds / 3600.0);
	return phrase;
}

struct phrase say_clock(double seconds)
{
	struct phrase phrase;
	long s = lround(seconds);

	if (s >= 3600)
		snprintf(phrase.text, sizeof(phrase.text), "%ld:%02ld:%02ld", s / 3600, s / 60 % 60,
			s % 60);
	else
		snprintf(phrase.text, sizeof(phrase.text), "%ld:%02ld", s / 60, s % 60);
	return phrase;
}

struct phrase say_count(double count)
{
	struct phrase phrase;

	if (fabs(count) < 1e6)
		snprintf(phrase.text, sizeof(phrase.text), "%.0f", count);
	else
		snprintf(phrase.text, sizeof(phrase.text), "%.3g", count);
	return phrase;
}

struct phrase say_rate(double per_second)
{
	static const char *const unit[] = {"/s", " k/s", " M/s", " G/s"};
	struct phrase phrase;
	size_t i = 0;

	if (isnan(per_second))
		return (struct phrase){"-"};
	for (; i < 3 && fabs(per_second) >= 1000.0; i++)
		per_second /= 1000.0;
	snprintf(phrase.text, sizeof(phrase.text), "%.3g%s", per_second, unit[i]);
	return phrase;
}

struct phrase say_percent(double percent)
{
	struct phrase phrase;

	if (fabs(percent) >= 100.0 && fabs(percent) < 1e6)
		snprintf(phrase.text, sizeof(phrase.text), "%.0f %%", percent);
	else
		snprintf(phrase.text, sizeof(phrase.text), "%.3g %%", percent);
	return phrase;
}

struct phrase say_duration_option(double seconds, double *ret_rounded_s)
{
	struct phrase phrase;
	double step = 1.0;
	char unit = 's';

	if (seconds > 6.0 * 3600.0) {
		step = 3600.0;
		unit = 'h';
	} else if (seconds > 120.0) {
		step = 60.0;
		unit = 'm';
	}
	seconds = fmax(ceil(seconds / step), 1.0);
	snprintf(phrase.text, sizeof(phrase.text), "%.0f%c", seconds, unit);
	if (ret_rounded_s)
		*ret_rounded_s = seconds * step;
	return phrase;
}
