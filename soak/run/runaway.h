/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does the target take so much memory, or so fast, that the host is at risk? A limit of how much it
 * holds, and one of its pace over the last RUNAWAY_S seconds, as what is loaded at once is none.
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

/* Looks at one more sample. True, with a clause about the target's memory, if it is beyond a limit.
 */
bool runaway_seen(struct runaway *runaway, const struct runaway_limits *limits,
	const struct sample *sample, struct text *ret_text);

#endif
