/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: series that grow by chunks, and series that do not, where it is known which. */
#include "soak/stats/staircase.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define N 200

static double t[N], y[N];

/* Flat at 1000 but for noise, and up by `height` at each of these times. */
static bool look(const double *when, size_t n, double height, double noise, struct staircase *found)
{
	uint64_t state = 5;

	for (size_t i = 0; i < N; i++) {
		t[i] = (double)i;
		y[i] = 1000 + noise * random_normal(&state);
		for (size_t k = 0; k < n; k++)
			y[i] += t[i] >= when[k] ? height : 0;
	}
	return staircase(t, y, N, 0.95, found);
}

int main(void)
{
	static const double even[] = {11, 40, 67, 95, 130, 151, 188}, early[] = {3, 9, 17, 30, 41};
	struct staircase found;

	tap_near(look(even, 7, 50, 1, &found), 1, 0, "seven steps");
	tap_near((double)found.jumps, 7, 0, "all of them");
	tap_near(found.height, 50, 1.5, "as high as they are");
	tap_near(found.slope, 350 / 199.0, 0.05, "what they add per t");
	/* Garwood, 7 events: 2.814 to 14.42 */
	tap_near(found.low / found.slope, 2.814 / 7, 0.001, "at least");
	tap_near(found.high / found.slope, 14.423 / 7, 0.001, "and at most");
	tap_near(look(even, 7, 50, 0, &found), 1, 0, "without noise, too");
	tap_near(look(even, 4, 50, 1, &found), 0, 0, "four steps are too few");
	tap_near(look(early, 5, 50, 1, &found), 0, 0, "steps that came early and no more");
	tap_near(look(even, 7, -50, 1, &found), 0, 0, "steps down");
	tap_near(look(even, 7, 3, 1, &found), 0, 0, "steps that noise hides");
	look(even, 7, 50, 1, &found);
	y[100] -= 50;
	tap_near(staircase(t, y, N, 0.95, &found), 0, 0, "once down");
	for (size_t i = 0; i < N; i++)
		y[i] = t[i];
	tap_near(staircase(t, y, N, 0.95, &found), 0, 0, "a line has no steps");
	tap_near(staircase(t, y, 1, 0.95, &found), 0, 0, "nor has a point");
	return tap_done();
}
