/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Contents for blocks: each 8 bytes depend on the block's seed and on their place, so that a block
 * that was overwritten, moved wrongly or handed out twice shows. Blocks start at a multiple of 16.
 *
 * Of a block above 64 KiB the first 16 KiB and the last 4 KiB count, and in between the first 64
 * bytes of each 16 KiB: enough to see that a part was lost or is another's, and not too many page
 * faults.
 */
#ifndef TESTS_HAKMEM_PATTERN_H
#define TESTS_HAKMEM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t pattern_word(uint64_t seed, size_t at)
{
	uint64_t word = (seed + at) * 0x9e3779b97f4a7c15u;

	return word ^ word >> 29;
}

#define PATTERN_WHOLE ((size_t)65536) /* of blocks up to this every byte counts */
#define PATTERN_STEP ((size_t)16384)
#define PATTERN_END ((size_t)4096)

/* The next place to look at, at a multiple of 8. */
static inline size_t pattern_next(size_t at, size_t size)
{
	size_t next = at + 8, end = (size & ~(size_t)7) - PATTERN_END;

	if (size <= PATTERN_WHOLE || next < PATTERN_STEP || next >= end || next % PATTERN_STEP < 64)
		return next;
	next = (next + PATTERN_STEP - 1) & ~(PATTERN_STEP - 1);
	return next < end ? next : end;
}

static inline size_t pattern_span(size_t at, size_t size)
{
	return size - at < 8 ? size - at : 8;
}

/* memcmp() of a length that is not known is slow. */
static inline bool pattern_is(const void *start, uint64_t word, size_t span)
{
	uint64_t got;

	if (span < sizeof(got))
		return memcmp(start, &word, span) == 0;
	memcpy(&got, start, sizeof(got));
	return got == word;
}

static inline void pattern_fill(void *block, size_t size, uint64_t seed)
{
	for (size_t at = 0; at < size; at = pattern_next(at, size)) {
		uint64_t word = pattern_word(seed, at);

		memcpy((char *)block + at, &word, pattern_span(at, size));
	}
}

/*
 * Whether what pattern_fill(block, filled, seed) wrote stands in the first `size` bytes. *ret_at is
 * where not.
 */
static inline bool pattern_good(
	const void *block, size_t filled, size_t size, uint64_t seed, size_t *ret_at)
{
	for (size_t at = 0; at < size; at = pattern_next(at, filled)) {
		*ret_at = at;
		if (!pattern_is((const char *)block + at, pattern_word(seed, at),
			    pattern_span(at, size)))
			return false;
	}
	return true;
}

static inline bool pattern_zero(const void *block, size_t size, size_t *ret_at)
{
	for (size_t at = 0; at < size; at = pattern_next(at, size)) {
		*ret_at = at;
		if (!pattern_is((const char *)block + at, 0, pattern_span(at, size)))
			return false;
	}
	return true;
}

static inline uint64_t pattern_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1du;
}

#endif
