/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of demand, and what each asks of a rule of retention. */
#ifndef TESTS_RETAIN_SHAPES_H
#define TESTS_RETAIN_SHAPES_H

#include "tests/retain/heap.h"

struct shape {
	const char *name;
	void (*play)(struct heap *heap, const struct shape *shape);

	/* What play() reads, if it needs it. */
	double period_s, share; /* of a wave; and of the period that the high part lasts */
	size_t low, high;       /* granules of a wave; bytes of a slot's block, least and most */
	unsigned slots;
	double ops_per_s;
	uint64_t ops;

	/* What is asked; 0: nothing. */
	bool steady;        /* no purge after learning: 20 cycles or 5 s, whichever is longer */
	unsigned allowed;   /* but for so many */
	double forgotten_s; /* at most, after the last cycle, with light use */
	size_t after_drop;  /* granules that may still be retained */
	double ratio;       /* of the cost to the optimum's, at most */
	double peak;        /* of the peaks of committed and in use, at most */
};

extern const struct shape shapes[];
extern const size_t shapes_count;

/* To be called before each play(), so that it plays the same. */
void shapes_seed(uint64_t seed);

#endif
