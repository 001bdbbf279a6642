/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of demand as series of moves: see shapes.h. Used by hakmem_retain.c. */
#include "tests/retain/shapes.h"

#include <math.h>
#include <stdlib.h>

#define GRANULE_BYTES 65536
#define STEP MIB /* granules that a program takes or gives back at once, when it does so in a row */
#define KIB_BYTES ((size_t)1 << 10)
#define MIB_BYTES ((size_t)1 << 20)
#define LEARNING_S 5.0
#define LEARNING_CYCLES 20
#define CYCLES 60 /* after learning */

static uint64_t random_state;

void shapes_seed(uint64_t seed)
{
	random_state = seed;
}

/* splitmix64 */
static uint64_t random_word(void)
{
	uint64_t word = random_state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

static size_t random_between(size_t low, size_t high)
{
	return low + (size_t)(random_word() % (high - low + 1));
}

static uint64_t ns(double seconds)
{
	return (uint64_t)(seconds * (double)SECOND);
}

/* From one level to another, in steps spread over some time. */
static void slide(struct heap *heap, uint64_t start, uint64_t span, size_t from, size_t to)
{
	size_t steps = ((from > to ? from - to : to - from) + STEP - 1) / STEP;

	for (size_t i = 1; i <= steps; i++) {
		size_t moved = i == steps ? 0 : (steps - i) * STEP;

		heap_set(heap, start + span * i / steps, from > to ? to + moved : to - moved);
	}
}

/* A program that goes on, with little: a MiB more or less each 100 ms. */
static uint64_t use_lightly(struct heap *heap, uint64_t now, double seconds, size_t level)
{
	uint64_t end = now + ns(seconds);

	for (bool more = false; now < end; more = !more) {
		heap_set(heap, now, more ? level + MIB : level);
		now += 100 * MS;
	}
	return now;
}

static uint64_t cycles_to_learn(double period_s)
{
	double cycles = LEARNING_S / period_s;

	return cycles > LEARNING_CYCLES ? (uint64_t)cycles : LEARNING_CYCLES;
}

/* High for its share of the period; up and down in a row. Nothing happens in between. */
static void square_cycle(struct heap *heap, uint64_t now, const struct shape *shape)
{
	uint64_t span = ns(shape->period_s / 20);

	slide(heap, now, span, shape->low, shape->high);
	slide(heap, now + ns(shape->period_s * shape->share), span, shape->high, shape->low);
}

static void sawtooth_cycle(struct heap *heap, uint64_t now, const struct shape *shape)
{
	slide(heap, now, ns(shape->period_s) - 1, shape->low, shape->high);
	slide(heap, now + ns(shape->period_s) - 1, 0, shape->high, shape->low);
}

/* The same, never quite as high; and low for as short as it takes to go down and up. */
static void varied_cycle(struct heap *heap, uint64_t now, const struct shape *shape)
{
	struct shape other = *shape;

	other.high -= random_between(0, shape->high / 10);
	square_cycle(heap, now, &other);
}

static void play_cycles(struct heap *heap, const struct shape *shape,
	void (*cycle)(struct heap *, uint64_t, const struct shape *))
{
	uint64_t learning = cycles_to_learn(shape->period_s), now = SECOND;

	heap_set(heap, now, shape->low);
	for (uint64_t i = 0; i < learning + learning / 2 + CYCLES; i++) {
		heap_steady(heap, i >= learning);
		cycle(heap, now, shape);
		now += ns(shape->period_s);
	}
	heap_ended(heap);
	use_lightly(heap, now, 20, shape->low);
}

static void play_square(struct heap *heap, const struct shape *shape)
{
	play_cycles(heap, shape, square_cycle);
}

static void play_varied(struct heap *heap, const struct shape *shape)
{
	play_cycles(heap, shape, varied_cycle);
}

static void play_sawtooth(struct heap *heap, const struct shape *shape)
{
	play_cycles(heap, shape, sawtooth_cycle);
}

/* Requests come at random, each takes what it needs and gives it back when it is done. */
static void play_requests(struct heap *heap, const struct shape *shape)
{
	size_t in_use = shape->low;
	uint64_t now = SECOND;

	heap_set(heap, now, in_use);
	for (uint64_t i = 0; i < shape->ops; i++) {
		size_t size = random_between(shape->high / 8, shape->high);

		heap_steady(heap, now > 20 * SECOND);
		now += ns(-log2((double)(random_word() >> 11 | 1) / 9007199254740992.0) * 0.693 /
			  shape->ops_per_s);
		slide(heap, now, MS, in_use, in_use + size);
		now += 2 * MS;
		slide(heap, now, MS, in_use + size, in_use);
		now += MS;
	}
	heap_ended(heap);
	use_lightly(heap, now, 20, in_use);
}

/* A slot at random is freed if it is in use; else a block of random size is put there. */
static void play_replacement(struct heap *heap, const struct shape *shape)
{
	size_t *slots = calloc(shape->slots, sizeof(*slots));
	size_t bytes = 0;
	uint64_t now = SECOND;

	if (!slots)
		abort();
	for (uint64_t i = 0; i < shape->ops; i++) {
		size_t *slot = &slots[random_word() % shape->slots];

		if (*slot > 0) {
			bytes -= *slot;
			*slot = 0;
		} else {
			*slot = random_between(shape->low, shape->high);
			bytes += *slot;
		}
		now = SECOND + (uint64_t)((double)i / shape->ops_per_s * (double)SECOND);
		heap_steady(heap, now > 6 * SECOND);
		heap_set(heap, now, (bytes + GRANULE_BYTES - 1) / GRANULE_BYTES);
	}
	free(slots);
	heap_ended(heap);
	use_lightly(heap, now, 30, MIB);
}

/* Much the same in use, in blocks that fit the holes now better, now worse. */
static void play_fragmented(struct heap *heap, const struct shape *shape)
{
	size_t in_use = shape->high;
	uint64_t now = SECOND;

	heap_set(heap, now, in_use);
	for (uint64_t i = 0; i < shape->ops; i++) {
		now += ns(1 / shape->ops_per_s);
		heap_steady(heap, now > 100 * SECOND);
		heap_waste(heap, random_between(0, random_between(0, shape->high / 4)));
		in_use = random_between(shape->low, shape->high);
		heap_set(heap, now, in_use);
	}
	heap_ended(heap);
	heap_waste(heap, 0);
	use_lightly(heap, now, 20, MIB);
}

/* An array that doubles by copying, until `high`, in period_s; then it is freed. */
static void play_array(struct heap *heap, const struct shape *shape)
{
	uint64_t now = SECOND;
	size_t size = 1;
	double doublings = log2((double)shape->high);

	heap_set(heap, now, size);
	while (size < shape->high) {
		now += ns(shape->period_s / doublings);
		heap_set(heap, now, 3 * size);
		size *= 2;
		heap_set(heap, now + MS, size);
	}
	heap_set(heap, now + SECOND, size);
	slide(heap, now + SECOND, 10 * MS, size, 0);
	heap_dropped(heap);
	heap_idle(heap, now + 60 * SECOND);
}

/* Taken in a second, given back within period_s; the program never calls again. */
static void play_drain(struct heap *heap, const struct shape *shape)
{
	slide(heap, SECOND, SECOND, 0, shape->high);
	slide(heap, 3 * SECOND, ns(shape->period_s), shape->high, shape->low);
	heap_dropped(heap);
	heap_idle(heap, 60 * SECOND);
}

/* After a wave it goes on with another level for good. */
static void play_shrink(struct heap *heap, const struct shape *shape)
{
	uint64_t now = SECOND;

	heap_set(heap, now, 0);
	for (int i = 0; i < 30; i++) {
		slide(heap, now, 50 * MS, 0, shape->high);
		slide(heap, now + SECOND / 2, 50 * MS, shape->high, 0);
		now += SECOND;
	}
	slide(heap, now, 50 * MS, 0, shape->high);
	slide(heap, now + SECOND, 50 * MS, shape->high, shape->low);
	heap_ended(heap);
	use_lightly(heap, now + 2 * SECOND, 30, shape->low);
}

/* So many cycles of 1 s, then `low` for a while, then high once more; and it never calls again. */
static void play_last_drop(struct heap *heap, const struct shape *shape)
{
	uint64_t now = SECOND;

	heap_set(heap, now, 0);
	for (unsigned i = 0; i < shape->slots; i++) {
		slide(heap, now, 50 * MS, 0, shape->high);
		slide(heap, now + SECOND / 2, 50 * MS, shape->high, 0);
		now += SECOND;
	}
	slide(heap, now, 50 * MS, 0, shape->low);
	now = use_lightly(heap, now + SECOND, shape->period_s, shape->low);
	slide(heap, now, 50 * MS, shape->low, shape->high);
	slide(heap, now + SECOND / 2, 50 * MS, shape->high, 0);
	heap_dropped(heap);
	heap_idle(heap, now + 60 * SECOND);
}

/* Grows in ten seconds, and goes back by 1 % of it per period. */
static void play_slow_decay(struct heap *heap, const struct shape *shape)
{
	uint64_t now = SECOND;
	size_t level = shape->high;

	slide(heap, now, 10 * SECOND, 0, level);
	for (now += 10 * SECOND; level > 4 * MIB; now += ns(shape->period_s)) {
		level -= shape->high / 100;
		heap_set(heap, now, level + MIB);
		heap_set(heap, now + MS, level);
	}
	heap_dropped(heap);
	heap_idle(heap, now + 20 * SECOND);
}

/* Twice a short gap, then one of period_s, or of 5 s each so many times. */
static void play_adversary(struct heap *heap, const struct shape *shape)
{
	uint64_t now = SECOND;

	for (unsigned i = 0; i < 200; i++) {
		bool middling = shape->slots && i / 3 % shape->slots == 0;
		double gap_s = i % 3 < 2 ? 0.1 : middling ? 5 : shape->period_s;

		slide(heap, now, MS, 0, shape->high);
		slide(heap, now + 10 * MS, MS, shape->high, 0);
		now = use_lightly(heap, now + 20 * MS, gap_s, 0);
		heap_set(heap, now, 0);
	}
}

const struct shape shapes[] = {
#define WAVE(text, kind, s, part)                                                                  \
	{                                                                                          \
		text, kind, .period_s = s, .share = part, .low = MIB, .high = 101 * MIB,           \
			    .steady = true, .forgotten_s = (s) < 3 ? 10 : 14, .ratio = 3           \
	}
	WAVE("square wave of 1 ms", play_square, 0.001, 0.5),
	WAVE("square wave of 30 ms", play_square, 0.03, 0.5),
	WAVE("square wave of 1 s", play_square, 1, 0.5),
	WAVE("square wave of 3 s", play_square, 3, 0.5),
	WAVE("square wave of 10 s", play_square, 10, 0.5),
	WAVE("square wave of 10 s, high for 1 s", play_square, 10, 0.1),
	WAVE("wave of 5.8 s, never as high", play_varied, 5.756, 0.9),
	WAVE("sawtooth of 1 ms", play_sawtooth, 0.001, 0),
	WAVE("sawtooth of 100 ms", play_sawtooth, 0.1, 0),
	WAVE("sawtooth of 1 s", play_sawtooth, 1, 0),
	WAVE("sawtooth of 10 s", play_sawtooth, 10, 0),
#undef WAVE
	{"wave of 1 s between 60 and 100 MiB", play_square, .period_s = 1, .share = 0.5,
		.low = 60 * MIB, .high = 100 * MIB, .steady = true},
	{"requests of 2 to 16 MiB, 50 a second", play_requests, .low = 20 * MIB, .high = 16 * MIB,
		.ops_per_s = 50, .ops = 20000, .steady = true, .forgotten_s = 14, .ratio = 3},
	{"requests of 4 to 32 MiB, 1 in 2 s", play_requests, .low = 5 * MIB, .high = 32 * MIB,
		.ops_per_s = 0.5, .ops = 1000, .forgotten_s = 14, .ratio = 3},
#define REPLACEMENT(text, n, least, most, rate, count)                                             \
	{                                                                                          \
		text, play_replacement, .slots = n, .low = least, .high = most, .ops_per_s = rate, \
					.ops = count, .steady = true, .forgotten_s = 14,           \
					.ratio = 3                                                 \
	}
	REPLACEMENT("8 slots of 4 to 16 MiB", 8, 4 * MIB_BYTES, 16 * MIB_BYTES, 500, 1000000),
	REPLACEMENT("20 slots of 0.5 to 4 MiB", 20, MIB_BYTES / 2, 4 * MIB_BYTES, 500, 1000000),
	REPLACEMENT("100 slots of 64 KiB to 1 MiB", 100, 64 * KIB_BYTES, MIB_BYTES, 5000, 1000000),
	REPLACEMENT("400 slots of 16 B to 64 KiB", 400, 16, 64 * KIB_BYTES, 1e7, 100000000),
#undef REPLACEMENT
	{"fragmented, 90 to 100 MiB, 100 a second", play_fragmented, .low = 90 * MIB,
		.high = 100 * MIB, .ops_per_s = 100, .ops = 200000, .steady = true, .allowed = 1},
	{"array doubled to 64 MiB, freed", play_array, .period_s = 0.5, .high = 64 * MIB,
		.after_drop = KEEP},
	{"array doubled to 64 MiB in 30 s, freed", play_array, .period_s = 30, .high = 64 * MIB,
		.after_drop = KEEP},
	{"110 MiB drained at once", play_drain, .period_s = 0.01, .high = 110 * MIB,
		.after_drop = KEEP},
	{"110 MiB drained in 20 s", play_drain, .period_s = 20, .high = 110 * MIB,
		.after_drop = KEEP},
	{"110 MiB drained to a half", play_drain, .period_s = 0.01, .low = 55 * MIB,
		.high = 110 * MIB, .after_drop = 55 * MIB * PERCENT / 100},
	{"100 MiB twice within 5 s", play_last_drop, .slots = 1, .period_s = 3, .high = 100 * MIB,
		.after_drop = KEEP},
	{"wave of 1 s; a minute later 100 MiB once", play_last_drop, .slots = 30, .period_s = 60,
		.high = 100 * MIB, .after_drop = KEEP},
	{"wave of 1 s; 100 MiB for a minute, freed", play_last_drop, .slots = 30, .period_s = 60,
		.low = 99 * MIB, .high = 100 * MIB, .after_drop = KEEP},
	{"wave of 1 s, then nothing", play_shrink, .high = 100 * MIB, .forgotten_s = 10},
	{"wave of 1 s, then a half", play_shrink, .low = 50 * MIB, .high = 100 * MIB,
		.forgotten_s = 10},
	{"100 MiB that shrink by 1 % a second", play_slow_decay, .period_s = 1, .high = 100 * MIB,
		.after_drop = KEEP},
#define ADVERSARY(text, s, each, most)                                                             \
	{                                                                                          \
		text, play_adversary, .period_s = s, .slots = each, .high = 100 * MIB,             \
				      .ratio = most                                                \
	}
	ADVERSARY("adversary: gaps of 0.1, 0.1 and 4.2 s", 4.2, 0, 3),
	ADVERSARY("adversary: gaps of 0.1, 0.1 and 5.5 s", 5.5, 0, 3),
	ADVERSARY("adversary: gaps of 0.1, 0.1 and 15 s", 15, 0, 3),
	ADVERSARY("adversary: gaps of 0.1, 0.1 and 18 s", 18, 0, 4.75),
	ADVERSARY("adversary: the same, each fifth 5 s", 18, 5, 4.75),
#undef ADVERSARY
};
const size_t shapes_count = sizeof(shapes) / sizeof(shapes[0]);
