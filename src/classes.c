/* SPDX-License-Identifier: MIT */
#include "src/classes.h"
#include "src/layout.h"

#define CLASS(bytes)                                                                               \
	{                                                                                          \
		(bytes), (uint32_t)((((uint64_t)1 << 32) + (bytes)-1) / (bytes)),                  \
			(uint16_t)(HK_GRANULE / (bytes))                                           \
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
