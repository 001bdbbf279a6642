/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the fuzzer's decisions come from: a file, or a generator, byte by byte; and what it makes
 * of them: sizes and alignments, of which those are likely at which an allocator changes its ways.
 */
#ifndef TESTS_HAKMEM_STREAM_H
#define TESTS_HAKMEM_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "tests/hakmem_pattern.h"

static struct stream {
	const uint8_t *bytes; /* NULL: a generator */
	size_t left;
	uint64_t random;
	long calls; /* that it has yet */
} stream;

/* What a burst likes. */
static struct taste {
	uint8_t sizes, trend;
	size_t one_size;
} taste;

/* The end of a file reads as zeros, and ends the stream with this call. */
static inline uint8_t draw(void)
{
	if (!stream.bytes)
		return (uint8_t)(pattern_random(&stream.random) >> 56);
	if (stream.left == 0) {
		stream.calls = 0;
		return 0;
	}
	stream.left--;
	return *stream.bytes++;
}

static inline size_t draw_below(size_t limit)
{
	size_t value = draw();

	for (size_t range = 256; range < limit; range <<= 8)
		value = value << 8 | draw();
	return value % limit;
}

/* Where classes, slabs, large and huge blocks begin and end. */
static inline size_t draw_edge(size_t largest_shift)
{
	size_t power = (size_t)1 << (5 + draw_below(largest_shift - 4));

	return power / 8 * (8 + draw_below(8)) + draw_below(35) - 17;
}

static inline size_t draw_size(void)
{
	uint8_t kind = draw();

	if (kind == 0)
		return 0;
	switch (taste.sizes % 8) {
	case 0:
		return taste.one_size;
	case 1:
		return draw_below(65537);
	case 2:
		return kind < 240 ? draw_edge(15) : draw_edge(22);
	case 3:
		return kind < 200 ? draw_below(1 << 21) : draw_below(9 << 20);
	default:
		break;
	}
	if (kind < 200)
		return draw_below(1025);
	if (kind < 235)
		return draw_edge(16);
	return kind < 253 ? draw_below(200000) : draw_below(5 << 20);
}

/* Mostly small ones; a GiB now and then. */
static inline size_t draw_align(void)
{
	uint8_t kind = draw();

	if (kind < 200)
		return (size_t)8 << draw_below(10);
	return (size_t)8 << (kind < 250 ? draw_below(17) : kind < 255 ? draw_below(20) : 27);
}

#endif
