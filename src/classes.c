/* SPDX-License-Identifier: MIT */
/*
 * The table of size classes, a constant. Read by everything that turns a size into a class or
 * back.
 */
#include "src/classes.h"
#include "src/layout.h"

/* As many blocks as there are in so many bytes, within limits. */
#define WITHIN(bytes, size, least, most)                                                           \
	((bytes) / (size) < (least)         ? (least)                                              \
		: (bytes) / (size) > (most) ? (most)                                               \
					    : (bytes) / (size))

#define INVERSE(size, blocks)                                                                      \
	(uint32_t)(HK_GRANULE % (size) ? (((blocks) << 32) - 1) / ((blocks) * (size)-1) + 1        \
				       : ((uint64_t)1 << 32) / (size))

/*
 * A bin starts small, until it has shown that it needs more. It never has more than 64 KiB, unless
 * that is less than 12 blocks. The stock has room for the halves of a few bins. A carve, what a bin
 * gets from slabs at once, is a page: it is likely to be fresh memory.
 */
#define CLASS(bytes)                                                                               \
	{                                                                                          \
		.size = (bytes), .inverse = INVERSE((uint64_t)(bytes), HK_GRANULE / (bytes)),      \
		.blocks = (uint16_t)(HK_GRANULE / (bytes)),                                        \
		.first_capacity = (bytes) <= 1024   ? 8                                            \
				  : (bytes) <= 8192 ? 4                                            \
						    : 2,                                           \
		.last_capacity = (uint16_t)WITHIN(65536, (bytes), 12, HK_CAPACITY_MAX),            \
		.stock = (uint16_t)WITHIN(65536, (bytes), 8, HK_STOCK_MAX),                        \
		.carve = (uint8_t)WITHIN(4096, (bytes), 1, HK_CARVE_MAX),                          \
	}
#define SMALL_8(n)                                                                                 \
	CLASS(16 * (n)), CLASS(16 * (n + 1)), CLASS(16 * (n + 2)), CLASS(16 * (n + 3)),            \
		CLASS(16 * (n + 4)), CLASS(16 * (n + 5)), CLASS(16 * (n + 6)), CLASS(16 * (n + 7))
#define DOUBLING(step)                                                                             \
	CLASS(9 * (step)), CLASS(10 * (step)), CLASS(11 * (step)), CLASS(12 * (step)),             \
		CLASS(13 * (step)), CLASS(14 * (step)), CLASS(15 * (step)), CLASS(16 * (step))

const struct hk_class hk_classes[HK_CLASSES] = {
	{0},
	SMALL_8(1),
	SMALL_8(9),
	SMALL_8(17),
	SMALL_8(25),
	SMALL_8(33),
	SMALL_8(41),
	SMALL_8(49),
	SMALL_8(57),
	DOUBLING(128),
	DOUBLING(256),
	DOUBLING(512),
	DOUBLING(1024),
	DOUBLING(2048),
	DOUBLING(4096),
};

#define RUN(first, length, n, class)                                                               \
	[(first) + (length) * (n)...(first) + (length) * ((n) + 1) - 1] = (class) + (n)
#define RUNS_8(first, length, class)                                                               \
	RUN(first, length, 0, class), RUN(first, length, 1, class), RUN(first, length, 2, class),  \
		RUN(first, length, 3, class), RUN(first, length, 4, class),                        \
		RUN(first, length, 5, class), RUN(first, length, 6, class),                        \
		RUN(first, length, 7, class)

const uint8_t hk_medium_classes[HK_MEDIUM_MAX / 128 + 1] = {
	RUNS_8(9, 1, 65),
	RUNS_8(17, 2, 73),
	RUNS_8(33, 4, 81),
	RUNS_8(65, 8, 89),
	RUNS_8(129, 16, 97),
	RUNS_8(257, 32, 105),
};
