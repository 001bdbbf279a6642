/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: what sampled allocations stand for. Estimates have no bias and their intervals cover, over
 * generated heaps; and the table of live blocks does as a plain list does.
 */
#include <stdlib.h>

#include "collectors/heap_live.h"
#include "soak/stats/sampled.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define MEAN 65536
#define BLOCKS 3000
#define HEAPS 3000

static uint64_t source = 20260801;

/* Sizes over three orders of magnitude; each a class of its own. */
static uint64_t size_of(int block)
{
	return 16u << block % 10;
}

static void add(struct heap_weight *sum, int block, bool sampled)
{
	struct heap_weight weight = heap_weight_of(size_of(block), size_of(block) + 8, MEAN);

	if (!sampled)
		return;
	sum->bytes += weight.bytes;
	sum->blocks += weight.blocks;
	sum->variance += weight.variance;
}

static bool is_sampled(int block)
{
	return random_uniform(&source) < -expm1(-(double)size_of(block) / MEAN);
}

static bool covers(struct interval interval, double truth)
{
	return interval.low <= truth && truth <= interval.high;
}

static void test_estimates(void)
{
	double truth = 0, sum = 0, squares = 0, variances = 0, blocks = 0;
	int covered = 0;

	for (int b = 0; b < BLOCKS; b++)
		truth += (double)size_of(b) + 8;
	for (int h = 0; h < HEAPS; h++) {
		struct heap_weight all = {0};

		for (int b = 0; b < BLOCKS; b++)
			add(&all, b, is_sampled(b));
		sum += all.bytes;
		squares += (all.bytes - truth) * (all.bytes - truth);
		variances += all.variance;
		blocks += all.blocks;
		covered += covers(sampled_interval(all.bytes, all.variance, MEAN, 0.95), truth);
	}
	tap_near(sum / HEAPS / truth, 1, 4 * sqrt(squares / HEAPS / HEAPS) / truth,
		"bytes: no bias, within 4 standard errors");
	tap_near(blocks / HEAPS / BLOCKS, 1, 0.05, "blocks: no bias");
	tap_near(variances / squares, 1, 0.1, "the variance is estimated as it is");
	tap_between((double)covered / HEAPS, 0.935, 0.975, "of the 95 % intervals so many cover");
}

/* Half of the blocks go and others come, of twice the size: the other half says nothing. */
static void test_growth(void)
{
	double truth = 0;
	int covered = 0, narrower = 0;

	for (int b = 0; b < BLOCKS; b += 2)
		truth += (double)size_of(b / 2) - (double)size_of(b);
	for (int h = 0; h < HEAPS; h++) {
		struct heap_weight before = {0}, after = {0}, moved = {0};
		struct interval from, to, grew;

		for (int b = 0; b < BLOCKS; b++) {
			bool sampled = is_sampled(b);

			add(&before, b, sampled);
			if (b % 2)
				add(&after, b, sampled);
			else
				add(&moved, b, sampled);
		}
		for (int b = 0; b < BLOCKS / 2; b++) {
			bool sampled = is_sampled(b);

			add(&after, b, sampled);
			add(&moved, b, sampled);
		}
		from = sampled_interval(before.bytes, before.variance, MEAN, 0.95);
		to = sampled_interval(after.bytes, after.variance, MEAN, 0.95);
		grew = sampled_growth(from, to, moved.variance, 0.95);
		covered += covers(grew, truth);
		narrower += grew.high - grew.low <
			    interval_difference(from, to).high - interval_difference(from, to).low;
	}
	tap_between((double)covered / HEAPS, 0.935, 0.98, "growth: so many intervals cover");
	tap_between((double)narrower / HEAPS, 0.9, 1, "and they know what did not move");
}

static void test_edges(void)
{
	struct heap_weight whole = heap_weight_of(100 * MEAN, 100 * MEAN, MEAN);
	struct heap_weight small = heap_weight_of(1, 1, MEAN);
	struct interval interval = sampled_interval(0, 0, MEAN, 0.95);

	tap_near(whole.bytes, 100 * MEAN, 1, "a block of 100 means is known");
	tap_near(whole.variance, 0, 1, "without doubt");
	tap_near(small.bytes, MEAN, 1, "a byte that is sampled stands for a mean of bytes");
	tap_near(interval.low, 0, 0, "nothing was sampled: there may be nothing");
	tap_near(interval.high / MEAN, 3.6889, 1e-3, "or, by Garwood, up to 3.7 means");
	interval = sampled_interval(1000, 0, MEAN, 0.95);
	tap_near(interval.high - interval.low, 0, 0, "all was sampled: a point");
}

/* ---- the table ------------------------------------------------------------------------------- */

#define ADDRESSES 700
#define PROCESSES 3

static bool there[PROCESSES + 1][ADDRESSES];
static size_t told;

static void count(void *context, const struct heap_block *block)
{
	(void)context;
	(void)block;
	told++;
}

static struct heap_block block_of(uint32_t process, int address)
{
	return (struct heap_block){.address = 4096 + 16 * (uint64_t)address,
		.process = process,
		.stack = (uint32_t)address};
}

static bool same_as_list(struct heap_live *live)
{
	struct heap_block block;
	size_t count_there = 0;
	bool same = true;

	for (uint32_t p = 1; p <= PROCESSES; p++)
		for (int a = 0; a < ADDRESSES; a++) {
			bool found = heap_live_remove(live, p, block_of(p, a).address, &block);

			same = same && found == there[p][a] &&
			       (!found || block.stack == (uint32_t)a);
			if (found)
				heap_live_add(live, &block);
			count_there += there[p][a];
		}
	return same && live->count == count_there;
}

static void test_table(void)
{
	struct heap_live live = {0};
	struct heap_block block;
	bool right = true;
	size_t held = 0;

	for (int i = 0; i < 20000; i++) {
		uint32_t p = 1 + (uint32_t)(random_uniform(&source) * 2);
		int a = (int)(random_uniform(&source) * ADDRESSES);

		block = block_of(p, a);
		if (random_uniform(&source) < 0.5) {
			right = right &&
				heap_live_remove(&live, p, block.address, &block) == there[p][a];
			there[p][a] = false;
		} else {
			right = right && heap_live_add(&live, &block);
			there[p][a] = true;
		}
	}
	tap_ok(right && same_as_list(&live), "adding and removing: as a list\n");
	for (int a = 0; a < ADDRESSES; a++) {
		there[3][a] = there[1][a];
		held += there[1][a];
	}
	heap_live_inherit(&live, 1, 3, count, NULL);
	tap_near((double)told, (double)held, 0, "a child inherits each block");
	tap_ok(same_as_list(&live), "and all its parent's are where they were\n");
	told = 0;
	memset(there[1], 0, sizeof(there[1]));
	heap_live_remove_all(&live, 1, count, NULL);
	tap_near((double)told, (double)held, 0, "a process ends with each of its blocks");
	tap_ok(same_as_list(&live), "and no other's\n");
	heap_live_release(&live);
	tap_ok(!heap_live_remove(&live, 1, 4096, &block), "an empty table has no block\n");
}

int main(void)
{
	test_estimates();
	test_growth();
	test_edges();
	test_table();
	return tap_done();
}
