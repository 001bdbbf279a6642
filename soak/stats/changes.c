/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binary segmentation by permutation tests: see changes.h. Called by judge/history.c. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soak/stats/changes.h"

#define ORDERS 2000
#define STEPS_SHARE 0.8 /* of the error */
#define SAME 1e-9       /* sums that differ by less, in parts, differ by rounding */

/* values i <= t < j */
struct stretch {
	size_t i, j;
	double square; /* Z^2 */
};

struct search {
	double *sums;     /* room for n + 1 */
	double *shuffled; /* room for n */
	double error;     /* 1 - confidence */
	uint64_t random;
};

/* xorshift64*: S. Vigna, ACM Transactions on Mathematical Software 42, 2016. */
static size_t random_below(struct search *search, size_t n)
{
	search->random ^= search->random >> 12;
	search->random ^= search->random << 25;
	search->random ^= search->random >> 27;
	return (size_t)(((search->random * 0x2545F4914F6CDD1DULL) >> 32) * n >> 32);
}

static void shuffle(struct search *search, double *y, size_t n)
{
	for (size_t left = n; left > 1; left--) {
		size_t other = random_below(search, left);
		double value = y[left - 1];

		y[left - 1] = y[other];
		y[other] = value;
	}
}

/* sums[k]: of the first k deviations from the mean. */
static void sum_up(const double *y, size_t n, double *sums)
{
	double mean = 0.0;

	for (size_t t = 0; t < n; t++)
		mean += y[t] / (double)n;
	sums[0] = 0.0;
	for (size_t t = 0; t < n; t++)
		sums[t + 1] = sums[t] + y[t] - mean;
}

/* May a part end here: is there nothing before it, or enough? */
static bool allowed(size_t length)
{
	return length == 0 || length >= CHANGES_PART_MIN;
}

enum shape { STEP, STRETCH };

/* The stretch, or step at its end, that differs most from the rest. square 0: there is none. */
static struct stretch most_different(const double *sums, size_t n, enum shape shape)
{
	struct stretch most = {0, 0, 0.0};

	for (size_t i = 0; i + CHANGES_PART_MIN <= n && (i == 0 || shape == STRETCH); i++) {
		if (!allowed(i))
			continue;
		for (size_t j = i + CHANGES_PART_MIN; j <= n; j++) {
			double sum = sums[j] - sums[i], m = (double)(j - i), all = (double)n;
			double square = sum * sum * all / (m * (all - m));

			if (j - i < n && allowed(n - j) && square > most.square)
				most = (struct stretch){i, j, square};
		}
	}
	return most;
}

/* How different the first `n1` values are from the others. */
static double difference(const double *sums, size_t n, size_t n1)
{
	double m = (double)n1, all = (double)n;

	return sums[n1] * sums[n1] * all / (m * (all - m));
}

/* Counts the random orders that have the difference, until it is not rare. */
struct rarity {
	size_t most, found;
};

static struct rarity rarity_of(double error)
{
	return (struct rarity){.most = (size_t)(error * (ORDERS + 1)), .found = 1};
}

static bool is_as_large(double its, double square)
{
	return its >= square * (1.0 - SAME);
}

static double *next_order(struct search *search, size_t n)
{
	shuffle(search, search->shuffled, n);
	sum_up(search->shuffled, n, search->sums);
	return search->sums;
}

/* Does no more than a share `error` of random orders have a step or stretch as different? */
static bool is_rare(struct search *search, const double *y, size_t n, enum shape shape,
	double square, double error)
{
	struct rarity rarity = rarity_of(error);

	memcpy(search->shuffled, y, n * sizeof(*y));
	for (size_t order = 0; order < ORDERS && rarity.found <= rarity.most; order++)
		rarity.found +=
			is_as_large(most_different(next_order(search, n), n, shape).square, square);
	return rarity.found <= rarity.most;
}

/* Does the level change at `at`, of the values from `first` to `end`? */
static bool is_change(struct search *search, const double *y, size_t first, size_t at, size_t end)
{
	struct rarity rarity = rarity_of(search->error);
	size_t n = end - first, n1 = at - first;
	double square;

	sum_up(y + first, n, search->sums);
	square = difference(search->sums, n, n1);
	memcpy(search->shuffled, y + first, n * sizeof(*y));
	for (size_t order = 0; order < ORDERS && rarity.found <= rarity.most; order++)
		rarity.found += is_as_large(difference(next_order(search, n), n, n1), square);
	return rarity.found <= rarity.most;
}

static bool constant(const double *y, size_t n)
{
	for (size_t t = 1; t < n; t++)
		if (y[t] != y[0])
			return false;
	return true;
}

/* Finds the most different step, or else stretch, of the n values, if it is one. */
static bool find(struct search *search, const double *y, size_t n, struct stretch *ret_most)
{
	static const double shares[] = {[STEP] = STEPS_SHARE, [STRETCH] = 1.0 - STEPS_SHARE};

	if (n < 2 * CHANGES_PART_MIN || constant(y, n))
		return false;
	for (enum shape shape = STEP; shape <= STRETCH; shape++) {
		sum_up(y, n, search->sums);
		*ret_most = most_different(search->sums, n, shape);
		if (is_rare(search, y, n, shape, ret_most->square, shares[shape] * search->error))
			return true;
	}
	return false;
}

/* Marks the changes between values `first` and `end`, and in the parts that they make. */
static void split(struct search *search, const double *y, size_t first, size_t end, bool *changes)
{
	struct stretch most;
	size_t i, j;
	bool at_i, at_j;

	if (!find(search, y + first, end - first, &most))
		return;
	i = first + most.i;
	j = first + most.j;
	at_i = i > first && (j == end || is_change(search, y, first, i, j));
	at_j = j < end && (i == first || is_change(search, y, i, j, end));
	if (!at_i && !at_j)
		return;
	i = at_i ? i : first;
	j = at_j ? j : end;
	changes[i] |= at_i;
	changes[j] |= at_j;
	if (at_i)
		split(search, y, first, i, changes);
	split(search, y, i, j, changes);
	if (at_j)
		split(search, y, j, end, changes);
}

long changes_find(const double *y, size_t n, double confidence, size_t *ret_at)
{
	struct search search = {.error = 1.0 - confidence, .random = 0x9E3779B97F4A7C15ULL};
	bool *changes = calloc(n + 1, sizeof(*changes));
	long found = 0;

	search.sums = calloc(n + 1, sizeof(*search.sums));
	search.shuffled = calloc(n + 1, sizeof(*search.shuffled));
	if (changes && search.sums && search.shuffled) {
		split(&search, y, 0, n, changes);
		for (size_t t = 1; t < n; t++)
			if (changes[t])
				ret_at[found++] = t;
	} else {
		found = -ENOMEM;
	}
	free(changes);
	free(search.sums);
	free(search.shuffled);
	return found;
}
