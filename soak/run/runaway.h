/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --abort-at: does the target take so much memory, or so fast, that the host is at risk? One limit
 * is for its memory, one for the growth rate over the last RUNAWAY_S seconds, so that data that a
 * program loads at once does not count as runaway growth.
 */
#ifndef SOAK_RUNAWAY_H
#define SOAK_RUNAWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/sample.h"
#include "soak/words/text.h"

#define RUNAWAY_S 5

struct runaway_limits {
	double bytes, bytes_per_s; /* 0: none */
};

/* Zeroed at first. */
struct runaway {
	double swap_bytes; /* as last read */
	size_t points;     /* one a second */
	double t_s[RUNAWAY_S + 1], bytes[RUNAWAY_S + 1];
};

/* Examines a sample. True, with a clause about the target's memory: it is beyond a limit. */
bool runaway_seen(struct runaway *runaway, const struct runaway_limits *limits,
	const struct sample *sample, struct text *ret_text);

#endif
