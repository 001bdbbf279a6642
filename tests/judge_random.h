/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random numbers that are the same on every machine for the same seed. `state` starts as the seed.
 *
 * Uniform: splitmix64 (Steele, Lea and Flood, OOPSLA 2014). Normal: Box and Muller, 1958.
 */
#ifndef TESTS_JUDGE_RANDOM_H
#define TESTS_JUDGE_RANDOM_H

#include <math.h>
#include <stdint.h>

/* In (0, 1). */
static inline double random_uniform(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static inline double random_normal(uint64_t *state)
{
	double radius = sqrt(-2.0 * log(random_uniform(state)));

	return radius * cos(2.0 * M_PI * random_uniform(state));
}

/* Knuth's product for small means, a rounded normal beyond. */
static inline double random_poisson(uint64_t *state, double mean)
{
	double product = 1.0, limit = exp(-mean);
	double count = -1.0;

	if (mean > 50.0)
		return fmax(round(mean + sqrt(mean) * random_normal(state)), 0.0);
	do {
		product *= random_uniform(state);
		count++;
	} while (product > limit);
	return count;
}

#endif
