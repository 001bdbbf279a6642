/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Round values for axes: see axis_ticks.h. Called by page_lanes.c. */
#include <math.h>
#include <stdio.h>

#include "soak/report/axis_ticks.h"

#define VALUES_WANTED 3
#define TIMES_WANTED 8

/* Of 1, 2 and 5 times a power of ten the largest that fits often enough. */
static double round_step(double span)
{
	double power = pow(10, floor(log10(span / VALUES_WANTED)));
	double times = span / VALUES_WANTED / power;

	return power * (times >= 5 ? 5 : times >= 2 ? 2 : 1);
}

struct scale {
	double one;
	const char *unit;
};

static struct scale scale_of(const struct lane *lane, double most)
{
	static const char *const bytes[] = {" B", " KiB", " MiB", " GiB", " TiB"};
	static const char *const rates[] = {"/s", " k/s", " M/s", " G/s", " T/s"};
	double base = lane->unit == LANE_BYTES ? 1024 : 1000, one = 1;
	int power = 0;

	if (lane->unit == LANE_COUNT || lane->unit == LANE_CORES)
		return (struct scale){1, lane->unit == LANE_CORES ? " cores" : ""};
	for (; power < 4 && most >= one * base; power++)
		one *= base;
	return (struct scale){one, lane->unit == LANE_BYTES ? bytes[power] : rates[power]};
}

struct axis_ticks axis_ticks_of_value(const struct lane *lane, struct lane_axis axis)
{
	struct axis_ticks ticks = {0};
	struct scale scale = scale_of(lane, axis.high);
	double step = round_step((axis.high - axis.low) / scale.one);
	double first = ceil(axis.low / scale.one / step - 1e-9);
	int digits = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;

	if (!isfinite(first) || !(step > 0))
		return ticks;
	for (; ticks.n < AXIS_TICKS_MAX; ticks.n++) {
		double value = (first + (double)ticks.n) * step;

		if (value * scale.one > axis.high)
			break;
		ticks.at[ticks.n] = value * scale.one;
		snprintf(ticks.label[ticks.n].text, sizeof(ticks.label->text), "%.*f%s", digits,
			value, scale.unit);
	}
	return ticks;
}

struct axis_ticks axis_ticks_of_time(double end_s)
{
	static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
		1800, 3600, 7200, 10800, 21600, 43200, 86400};
	size_t s = 0, count = sizeof(steps) / sizeof(*steps);
	struct axis_ticks ticks = {0};
	double step;

	while (s < count - 1 && end_s / steps[s] > TIMES_WANTED)
		s++;
	for (step = steps[s]; end_s / step > TIMES_WANTED;)
		step *= 2;
	for (; ticks.n < AXIS_TICKS_MAX && (double)ticks.n * step <= end_s; ticks.n++) {
		ticks.at[ticks.n] = (double)ticks.n * step;
		if (step < 1)
			snprintf(ticks.label[ticks.n].text, sizeof(ticks.label->text), "%.1f s",
				ticks.at[ticks.n]);
		else
			ticks.label[ticks.n] = say_clock(ticks.at[ticks.n]);
	}
	return ticks;
}
