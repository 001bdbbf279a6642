/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: a daily course is taken out of a series and its growth stays; nothing else is. */
#include "soak/stats/daily.h"
#include "soak/stats/longrun.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define N 200
#define HOUR 3600.0

struct course {
	double hours, wave, period_h, slope; /* of a level of 1000, per hour */
	double step, warm;
};

static double t[N], y[N];

static double take_out(struct course c)
{
	uint64_t state = 3;

	for (size_t i = 0; i < N; i++) {
		double h = c.hours * (double)i / (N - 1);

		t[i] = h * HOUR;
		y[i] = 1000 + c.slope * h + random_normal(&state) + (h > c.hours / 2) * c.step -
		       c.warm * exp(-h / (c.hours / 6));
		if (c.wave > 0)
			y[i] += c.wave * (sin(2 * M_PI * h / c.period_h + 1) +
						 0.3 * cos(4 * M_PI * h / c.period_h));
	}
	return daily_take_out(t, y, N);
}

static double growth_per_hour(void)
{
	struct longrun fit;

	longrun(t, y, N, 0, 0, 0.95, &fit);
	return fit.slope * HOUR;
}

int main(void)
{
	double wider = take_out((struct course){36, 200, 24, 0, 0, 0});

	tap_between(wider, 1.01, 1.2, "a day and a half of a daily load: a slope is known worse");
	tap_near(growth_per_hour(), 0, 0.05, "and what remains does not grow");
	take_out((struct course){36, 200, 24, 5, 0, 0});
	tap_near(growth_per_hour(), 5, 0.05, "growth beneath it stays");
	tap_between(take_out((struct course){24.5, 200, 24, 5, 0, 0}), 1.5, 3,
		"after hardly more than a day it is known much worse");
	tap_near(take_out((struct course){20, 200, 24, 0, 0, 0}), 1, 0, "less than a day: no");
	tap_near(take_out((struct course){36, 200, 7, 0, 0, 0}), 1, 0, "another period: no");
	tap_near(take_out((struct course){36, 0, 24, 5, 0, 0}), 1, 0, "a line: no");
	tap_near(take_out((struct course){36, 0, 24, 0, 100, 0}), 1, 0, "a step: no");
	tap_near(take_out((struct course){36, 0, 24, 0, 0, 100}), 1, 0, "a warm-up: no");
	return tap_done();
}
