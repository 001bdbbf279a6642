/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What real programs had in use, from a file that tools/record-demand has made: lines of
 * milliseconds and the granules in use from then on; # begins a comment.
 */
#ifndef TESTS_RETAIN_TRACE_H
#define TESTS_RETAIN_TRACE_H

#include "tests/retain/heap.h"

/* And then the program calls nothing for a while. Without such a file nothing is played. */
void trace_play(struct heap *heap, const char *path);

#endif
