/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SOAK_INTERLEAVE_H
#define SOAK_INTERLEAVE_H

#include <stddef.h>

/*
 * Which of `n` runs at position `i` of a round: each once per round, in alternating order. So a
 * linear drift of the machine affects all alike.
 */
static inline size_t interleave(size_t round, size_t i, size_t n)
{
	return round % 2 ? n - 1 - i : i;
}

#endif
