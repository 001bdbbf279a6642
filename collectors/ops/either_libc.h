/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What glibc and musl do differently, for a library that both load: libsoakops.so. Nothing here may
 * be called before dlsym() works.
 */
#ifndef SOAK_EITHER_LIBC_H
#define SOAK_EITHER_LIBC_H

#include <stddef.h>

/* The allocator that calls are forwarded to; NULL where it lacks a function. */
struct next_allocator {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
};

/* pthread_atfork(), which is no part of glibc's shared library. */
int either_libc_atfork(void (*before)(void), void (*parent)(void), void (*child)(void));

/*
 * musl's calloc calls malloc, and its other forms aligned_alloc, by their public names: here. On
 * musl this has `next` swallow what comes back meanwhile, which is not the program's.
 */
void either_libc_mute(struct next_allocator *next);

#endif
