/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clocks of a run, and their disturbances: the machine was suspended, or the wall clock was
 * set.
 */
#ifndef SOAK_CLOCKS_H
#define SOAK_CLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "soak/words/text.h"

struct clocks {
	int64_t suspended_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC: grows while the machine sleeps */
	int64_t wall_ns;      /* CLOCK_REALTIME - CLOCK_BOOTTIME: changes when the clock is set */
};

uint64_t clocks_now(void); /* CLOCK_MONOTONIC, ns */

void clocks_init(struct clocks *clocks);

/*
 * Returns 0, or 1 with a sentence in `text` when the machine slept or the wall clock jumped by a
 * second or more.
 */
int clocks_check(struct clocks *clocks, struct text *text);

#endif
