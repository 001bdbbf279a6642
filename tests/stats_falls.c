/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: what suddenly fell is added back, and nothing else. */
#include <math.h>
#include <stdlib.h>

#include "soak/stats/falls.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define N 200

static double y[N];

/* From 1000 up by 5 a step, and down by 100 at each of n moments, over `spread` steps. */
static struct falls look(size_t n, size_t spread, double noise)
{
	uint64_t state = 4;

	for (size_t i = 0; i < N; i++) {
		y[i] = 1000 + 5 * (double)i + noise * random_normal(&state);
		for (size_t k = 1; k <= n; k++) {
			size_t at = k * N / (n + 1);

			if (i >= at)
				y[i] -= 100 * fmin((double)(i - at + 1) / (double)spread, 1);
		}
	}
	return falls_add_back(y, N);
}

int main(void)
{
	struct falls falls = look(3, 1, 1);

	tap_near((double)falls.n, 3, 0, "three falls");
	tap_near(falls.largest, 95, 6, "as high as they are");
	tap_near(falls.last_low, 1000 + 5 * 150 - 300, 6, "the low after the last one");
	tap_near(falls.end, 1000 + 5 * 199 - 300, 5, "where it ends");
	tap_near(y[N - 1] - y[0], 5 * 196, 8, "what is left are the rises between them");
	falls = look(3, 2, 1);
	tap_near((double)falls.n, 3, 0, "a fall over two values is one");
	tap_near((double)look(0, 1, 1).n, 0, 0, "a line has none");
	tap_near((double)look(0, 1, 30).n, 0, 0, "nor has noise");
	tap_near((double)look(3, 60, 1).n, 0, 0, "nor what goes down slowly");
	return tap_done();
}
