/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * malloc() and its relatives through pointers that the compiler must read each time: no pair of
 * calls can be optimised away, and no size is judged by the compiler.
 */
#ifndef TESTS_HELPERS_HAKMEM_ENTRIES_H
#define TESTS_HELPERS_HAKMEM_ENTRIES_H

#include <malloc.h>
#include <stdlib.h>

static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void *(*volatile do_reallocarray)(void *, size_t, size_t) = reallocarray;
static void *(*volatile do_memalign)(size_t, size_t) = memalign;
static void *(*volatile do_aligned_alloc)(size_t, size_t) = aligned_alloc;
static int (*volatile do_posix_memalign)(void **, size_t, size_t) = posix_memalign;
static void *(*volatile do_valloc)(size_t) = valloc;
static void *(*volatile do_pvalloc)(size_t) = pvalloc;
static void (*volatile do_free)(void *) = free;

#endif
