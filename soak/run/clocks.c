/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices suspends and steps of the wall clock. Called by the session and by capture.c. */
#include <stdlib.h>
#include <time.h>

#include "soak/run/clocks.h"

#define NOTICEABLE_NS 1000000000ll

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

uint64_t clocks_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clocks_init(struct clocks *clocks)
{
	clocks->suspended_ns = read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC);
	clocks->wall_ns = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME);
}

int clocks_check(struct clocks *clocks, struct text *text)
{
	struct clocks before = *clocks;
	int64_t slept, jumped;

	clocks_init(clocks);
	slept = clocks->suspended_ns - before.suspended_ns;
	jumped = clocks->wall_ns - before.wall_ns;
	if (llabs(slept) >= NOTICEABLE_NS) {
		text_set(text, "the machine was suspended for %.1f s", slept / 1e9);
		return 1;
	}
	if (llabs(jumped) >= NOTICEABLE_NS) {
		text_set(text, "the wall clock was set by %+.1f s", jumped / 1e9);
		return 1;
	}
	/* A clock that is being slewed creeps; only a jump since the last look counts. */
	return 0;
}
