/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: cycles in a series, their lows and lowest tenths, where these are known. */
#include <math.h>

#include "soak/stats/cycles.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define READINGS 6000
#define PERIOD 20.0 /* of 600 */

static double t[READINGS], y[READINGS];

/* From 100 up to 110, then down at once; dips of half a second by `dip` at each low. */
static void saw(double period, double dip)
{
	for (size_t i = 0; i < READINGS; i++) {
		double phase;

		t[i] = 0.1 * (double)i;
		phase = fmod(t[i], period);
		y[i] = 100.0 + 10.0 * phase / period - (phase < 0.5 ? dip : 0.0);
	}
}

static size_t find(struct cycles *cycles)
{
	return cycles_find(t, y, READINGS, 0, t[READINGS - 1], 0, cycles);
}

static void test_long_cycles(void)
{
	struct cycles cycles;
	struct bins tenths;
	double share;

	saw(PERIOD, 0);
	tap_near((double)find(&cycles), 28, 1, "cycles of a sawtooth");
	tap_near(cycles.length_s, PERIOD, 0.1, "their length");
	tap_near(cycles.low.y[5], 100, 0.01, "the low of one");
	tap_near(fmod(cycles.low.t[5], PERIOD), 0, 0.1, "and when it is");
	share = cycles_tenths(t, y, READINGS, &cycles, &tenths);
	tap_near(share, 0.1, 0.01, "of a ramp, a tenth is a tenth above the low");
	tap_near((double)tenths.n, (double)cycles.low.n, 0, "each cycle has one");
	tap_near(tenths.y[0], 101, 0.1, "of the first, wherever its low is");
	tap_near(tenths.y[tenths.n - 1], 101, 0.1, "and of the last");
	y[READINGS / 2] = NAN;
	tap_near((double)find(&cycles), 28, 1, "a reading that is missing is none");
	saw(PERIOD, 3);
	find(&cycles);
	cycles_tenths(t, y, READINGS, &cycles, &tenths);
	tap_near(cycles.low.y[5], 97, 0.01, "a dip of a moment is the low");
	tap_near(tenths.y[5], 101, 0.1, "and does not lower the tenth");
}

static void test_short_cycles(void)
{
	struct cycles cycles;
	struct bins tenths;

	saw(600.0 / 300, 0);
	tap_near((double)find(&cycles), CYCLES_MAX, 0, "300 cycles: 60 stretches");
	tap_near(cycles.length_s, 10, 0.1, "of five");
	tap_near(cycles.low.y[7], 100, 0.1, "the lowest reading of a stretch");
	tap_near(cycles_tenths(t, y, READINGS, &cycles, &tenths), 0.1, 0.06,
		"its tenth, of a hundred readings");
	saw(600.0 / 90, 0);
	tap_near((double)find(&cycles), 45, 1, "90 cycles: stretches of two");
	saw(600.0 / 600, 0);
	tap_near((double)find(&cycles), CYCLES_MAX, 0, "600 cycles, of ten readings each");
}

static void test_no_cycles(void)
{
	uint64_t state = 5;
	struct cycles cycles;
	struct bins tenths;
	int found = 0;

	saw(1e9, 0);
	tap_near((double)find(&cycles), 0, 0, "a line has no cycles");
	tap_ok(isnan(cycles_tenths(t, y, READINGS, &cycles, &tenths)) && tenths.n == 0,
		"and so no tenths\n");
	for (int run = 0; run < 200; run++) {
		for (size_t i = 0; i < READINGS; i++)
			y[i] = random_normal(&state);
		found += find(&cycles) > 0;
	}
	tap_between(found / 2.0, 0, 1, "noise taken for cycles, % of 200");
	for (int run = found = 0; run < 200; run++) {
		for (size_t i = 1; i < READINGS; i++)
			y[i] = 0.99 * y[i - 1] + random_normal(&state);
		found += find(&cycles) > 0;
	}
	tap_between(found / 2.0, 0, 5, "noise that remembers 10 s likewise, % of 200");
	tap_near((double)cycles_find(t, y, 0, 0, 0, 0, &cycles), 0, 0, "no readings, no cycles");
}

/* Teeth of one pace that end at random, on a line; noise instead of them. */
static void test_uneven(void)
{
	uint64_t state = 3;
	double from = 0, length = 0;
	struct cycles cycles;

	for (size_t i = 0; i < READINGS; i++) {
		t[i] = 0.1 * (double)i;
		if (t[i] >= from + length) {
			from = t[i];
			length = -PERIOD * log(random_uniform(&state) + 1e-9) + 3;
		}
		y[i] = 100.0 + 0.05 * t[i] + (t[i] - from);
	}
	tap_between((double)find(&cycles), 10, 30, "teeth that end at random");
	tap_near(cycles.even, 0, 0, "are told from cycles");
	tap_near(cycles.low.y[9] - cycles.low.y[2], 0.05 * (cycles.low.t[9] - cycles.low.t[2]), 3.1,
		"their lows are those of the line");
	for (size_t i = 0; i < READINGS; i++)
		y[i] = 100.0 + 10.0 * random_normal(&state);
	tap_near((double)find(&cycles), 0, 0, "noise has no lows on a line");
	for (size_t i = 0, up = 0; i < READINGS; i++) {
		up = random_uniform(&state) < 0.01 ? 1 - up : up;
		y[i] = 1000.0 + (double)up;
	}
	tap_near((double)find(&cycles), 0, 0, "nor has what moves by a thousandth");
}

int main(void)
{
	test_uneven();
	test_long_cycles();
	test_short_cycles();
	test_no_cycles();
	return tap_done();
}
