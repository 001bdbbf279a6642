/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SOAK_INTERLEAVE_H
#define SOAK_INTERLEAVE_H

#include <stddef.h>

/*
 * Who of `n` comes at place `i` of a round: all of them once a round, forwards and backwards in
 * turn. Drift of the machine that is even then hits all alike.
 */
static inline size_t interleave(size_t round, size_t i, size_t n)
{
	return round % 2 ? n - 1 - i : i;
}

#endif
