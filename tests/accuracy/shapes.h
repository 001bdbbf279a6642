/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Series of RSS of which the truth is known, to measure how often verdicts err.
 *
 * A family is a shape that memory takes in life (a leak, a warm-up, a sawtooth, ...); its members
 * differ in everything that chance draws: 5 minutes to 2 hours long, 8 MiB to 2 GiB large, quiet or
 * noisy, with white, correlated or heavy-tailed noise. The same family, seed and drift make the
 * same series on every machine. All readings are whole pages.
 *
 * `growth` is the truth: the growth that goes on for ever once what ends has ended, in % of the
 * level per hour. A warm-up, a cache that fills and stops, a step or a sawtooth have none of it.
 * `at_end` adds the pace that a logarithmic warm-up still has at the end of the series: it fades,
 * and yet it goes on.
 */
#ifndef TESTS_ACCURACY_SHAPES_H
#define TESTS_ACCURACY_SHAPES_H

#include <stddef.h>
#include <stdint.h>

#define SHAPE_SAMPLES_MAX 7201
#define SHAPE_FAMILIES 40

#define SHAPE_TARGET 5.0

struct shape {
	size_t n;
	double growth, at_end; /* %/h */
	double t[SHAPE_SAMPLES_MAX], rss[SHAPE_SAMPLES_MAX];
};

struct shape_family {
	const char *name;
	const char *what; /* in a few words, for the table */
	double blind;     /* shows too little to be told; 0: it can be, else % that err at most */
	double target;    /* %/h that are allowed; 0: SHAPE_TARGET */
};

/* The first of them are flat but for noise. */
#define SHAPE_FLAT_FAMILIES 5

extern const struct shape_family shape_families[SHAPE_FAMILIES];
extern const size_t shape_family_count;

double shape_target(size_t family); /* %/h */

/*
 * A third of the parameters is held back: whoever changes the judge looks at the other seeds alone,
 * and measures all.
 */
static inline int shape_held_back(size_t seed)
{
	return seed % 3 == 2;
}

/*
 * Fills in `ret_shape`. Another `again` is another run of the same program: all but what chance
 * does while it runs stays the same. `extra` %/h of steady growth are added to what the family
 * grows by.
 */
void shape_make(
	size_t family, uint64_t seed, uint64_t again, double extra, struct shape *ret_shape);

/* Another run of that program, for so long. */
void shape_make_long(size_t family, uint64_t seed, double seconds, struct shape *ret_shape);

#endif
