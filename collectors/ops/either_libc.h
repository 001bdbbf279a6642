/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Differences between glibc and musl, for a library that both load: libsoakops.so. Call nothing
 * here before dlsym() works.
 */
#ifndef SOAK_EITHER_LIBC_H
#define SOAK_EITHER_LIBC_H

#include <stddef.h>

/*
 * Of libgcc_s, which a program on musl may lack and every process that throws has. If it comes
 * late, frames of the library are left without cleanup.
 */
__asm__(".weak _Unwind_Resume\n.weak __gcc_personality_v0");

/* The allocator to which calls are forwarded. NULL: it lacks that function. */
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
	size_t (*usable_size)(void *);
};

/* pthread_atfork(), which is not part of glibc's shared library. */
int either_libc_atfork(void (*before)(void), void (*parent)(void), void (*child)(void));

/*
 * musl's calloc calls malloc, and its other forms call aligned_alloc, by their public names, so
 * these calls come back to libsoakops.so. They are not the program's. On musl this wraps the
 * functions of `next` so that ops counted during such a call go to a slot that is thrown away.
 */
void either_libc_mute(struct next_allocator *next);

#endif
