/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: growth that goes on, told from what ends. */
#include <stdlib.h>

#include "soak/stats/longrun.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define N 200

/* Noise about a course of 1 per t, from t = 0 to 200; `event` of height 100 is added. */
static struct longrun look(enum longrun_event event, double when, double slope, double noise)
{
	double t[N], y[N];
	struct longrun found;
	uint64_t state = 5;

	for (int i = 0; i < N; i++) {
		double x = t[i] = i;

		y[i] = 1000 + slope * x + noise * random_normal(&state);
		y[i] += event == LONGRUN_EXPONENTIAL ? 100 * (1 - exp(-x / when))
			: event == LONGRUN_LOGARITHMIC
				? 100 * log(1 + x / when) / log(1 + 200 / when)
			: event == LONGRUN_STOP ? 100 * fmin(x / when, 1)
			: event == LONGRUN_STEP ? 100 * (x >= when)
						: 0;
	}
	if (longrun(t, y, N, 0, 0, 0.99, &found) != 0)
		abort();
	return found;
}

static void test_events(void)
{
	static const struct {
		enum longrun_event event;
		double when;
		const char *name;
	} events[] = {{LONGRUN_NOTHING, 0, "nothing"}, {LONGRUN_EXPONENTIAL, 30, "exponential"},
		{LONGRUN_LOGARITHMIC, 3, "logarithm"}, {LONGRUN_STOP, 120, "stop"},
		{LONGRUN_STOP, 170, "late stop"}, {LONGRUN_STEP, 60.5, "step"}};
	char what[80];

	for (size_t e = 0; e < sizeof(events) / sizeof(events[0]); e++)
		for (int slope = 0; slope <= 1; slope++) {
			struct longrun found = look(events[e].event, events[e].when, slope, 0.5);

			snprintf(what, sizeof(what), "%s, slope %d: ", events[e].name, slope);
			tap_near(found.event, events[e].event, 0, strcat(what, "event"));
			snprintf(what, sizeof(what), "%s, slope %d: ", events[e].name, slope);
			tap_between(slope, found.low, found.high, strcat(what, "in the interval"));
			tap_between(found.high - found.low, 0, 0.2, "which is narrow");
		}
	tap_between(look(LONGRUN_LOGARITHMIC, 3, 0, 0.5).high, 100 / log(1 + 200 / 3.0) / 203, 0.25,
		"a logarithm goes on at its pace at the end");
	tap_near(look(LONGRUN_STEP, 60.5, 0, 0.5).when, 60.5, 0, "when the step was");
	tap_near(look(LONGRUN_STEP, 60.5, 0, 0.5).height, 100, 1, "and how high");
	tap_near(look(LONGRUN_STOP, 170, 0, 0.5).when, 170, 2, "when the rise stopped");
}

/* What was fitted, and when it may have happened. */
static void test_course(void)
{
	struct longrun step = look(LONGRUN_STEP, 60.5, 0, 0.5);
	struct longrun stop = look(LONGRUN_STOP, 120, 0, 5);

	tap_near(longrun_at(&step, 30), 1000, 1, "the fitted course before a step");
	tap_near(longrun_at(&step, 150), 1100, 1, "and after it");
	tap_near(step.when_high - step.when_low, 0, 0, "there is no doubt when a step was");
	tap_between(120, stop.when_low, stop.when_high, "a stop was in its interval");
	tap_between(stop.when_high - stop.when_low, 2, 40, "which noise makes wide");
}

/* A rise that stopped in the last tenth, by more than noise explains, need not go on. */
static void test_late_stop(void)
{
	struct longrun found = look(LONGRUN_STOP, 182, 0, 6);

	tap_near(found.event, LONGRUN_NOTHING, 0, "a stop at 91 % that is likely is not claimed");
	tap_between(0, found.low, found.high, "nor excluded");
	tap_between(look(LONGRUN_NOTHING, 0, 0.5, 6).low, 0.1, 0.5,
		"a rise without a sign of one goes on");
}

/* What noise hides makes the interval wide, on the side where it may be. */
static void test_doubt(void)
{
	struct longrun found = look(LONGRUN_STOP, 130, 0, 30);

	tap_near(found.event, LONGRUN_NOTHING, 0, "a stop that noise hides is not claimed");
	tap_between(0, found.low, found.high, "but not excluded");
	found = look(LONGRUN_NOTHING, 0, 1, 10);
	tap_between(
		1 - found.low, found.high - 1, 1, "a rise may have ended, it can not go faster");
	tap_between(found.low + found.reach, 1.0, 2.0, "its reach is of the interval's size");
}

static void test_odd(void)
{
	double t[300], y[300] = {0};
	struct longrun found;

	for (int i = 0; i < 300; i++)
		t[i] = i;
	tap_near(longrun(t, y, 3, 0, 0, 0.95, &found) < 0, 1, 0, "three points are too few");
	tap_near(longrun(t, y, 300, 0, 0, 0.95, &found) < 0, 1, 0, "300 are too many");
	tap_near(longrun(y, t, 100, 0, 0, 0.95, &found) < 0, 1, 0, "one time has no slope");
	longrun(t, y, 200, 0, 0, 0.95, &found);
	tap_near(found.high - found.low, 0, 0, "a constant does not grow");
	longrun(t, t, 200, 0, 0, 0.95, &found);
	tap_near(found.slope, 1, 1e-12, "a line's slope");
	tap_near(found.high - found.low, 0, 1e-6, "is exact without noise");
}

/* A warm-up as long as the series is believed in only if that is brief enough. */
static void test_brief(void)
{
	double t[N], y[N];
	struct longrun found;

	for (int i = 0; i < N; i++) {
		t[i] = i;
		y[i] = 300 * log(1 + i / 40.0) + i % 2;
	}
	longrun(t, y, N, 0, 0, 0.95, &found);
	tap_between(found.low, 0.01, 10, "a long series that bends: it grows");
	longrun(t, y, N, 0, 1000, 0.95, &found);
	tap_between(0, found.low, found.high, "a brief one: it may be warming up");
}

/* Eight hours, one reading a minute or so: the rise of a day's load, or a leak? */
static void test_day(void)
{
	double t[N], y[N];
	struct longrun found;

	for (int i = 0; i < N; i++) {
		t[i] = 144.0 * i;
		y[i] = 1300 - 300 * cos(2 * M_PI * (t[i] + 3600) / 86400);
	}
	longrun(t, y, N, 0, 0, 0.95, &found);
	tap_between(found.low, -1, 0, "a morning need not grow");
	tap_near(found.day, 1, 0, "and it says why");
	for (int i = 0; i < N; i++)
		y[i] = 1000 + 0.02 * t[i] + i % 2;
	longrun(t, y, N, 0, 0, 0.95, &found);
	tap_between(found.low, 0.015, 0.02, "a line is no morning");
	for (int i = 0; i < N; i++)
		y[i] = 100 - 300 * cos(2 * M_PI * (t[i] + 3600) / 86400) + 210;
	longrun(t, y, N, 0, 0, 0.95, &found);
	tap_between(found.low, 1e-6, 1, "nor is what rises to several times its lowest");
}

/* AR(1) of correlation 0.9 without a slope: how often does the interval miss 0? White
 * noise on top makes neighbours look less alike than they are. */
static void test_coverage(double white, double below_limit)
{
	uint64_t state = 11;
	double t[N], y[N];
	struct longrun found;
	int above = 0, below = 0, events = 0;

	for (int run = 0; run < 1000; run++) {
		double noise = random_normal(&state);

		for (int i = 0; i < N; i++) {
			noise = 0.9 * noise + sqrt(1.0 - 0.81) * random_normal(&state);
			t[i] = i;
			y[i] = noise + white * random_normal(&state);
		}
		longrun(t, y, N, 0, 0, 0.95, &found);
		above += found.low > 0.0;
		below += found.high < 0.0;
		events += found.event != LONGRUN_NOTHING;
	}
	tap_between(above / 10.0, 0.0, 2.5, "per cent of intervals above 0, 2.5 promised");
	tap_between(below / 10.0, 0.5, below_limit, "per cent of intervals below 0, 2.5 promised");
	tap_between(events / 10.0, 0.0, 3.0, "per cent of noise in which something happened");
}

int main(void)
{
	test_events();
	test_course();
	test_late_stop();
	test_doubt();
	test_odd();
	test_day();
	test_brief();
	test_coverage(0, 5);
	test_coverage(2, 9);
	return tap_done();
}
