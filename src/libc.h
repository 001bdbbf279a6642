/* SPDX-License-Identifier: MIT */
/* HAKMEM_FORCE_LIBC_ALLOC: libc's own malloc, behind the same entry points and text layout. */
#ifndef SRC_LIBC_H
#define SRC_LIBC_H

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* libc's entry points by their own names; a static link has none of them. */
extern void *__libc_malloc(size_t size) __attribute__((weak));
extern void __libc_free(void *p) __attribute__((weak));
extern void *__libc_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__libc_realloc(void *p, size_t size) __attribute__((weak));
extern void *__libc_memalign(size_t align, size_t size) __attribute__((weak));

static inline bool hk_libc_is_there(void)
{
	return __libc_malloc && __libc_free && __libc_calloc && __libc_realloc && __libc_memalign;
}

size_t hk_libc_usable_size(void *p);
int hk_libc_trim(size_t pad);
struct mallinfo2 hk_libc_mallinfo2(void);
void hk_libc_stats(void);
int hk_libc_info(int options, FILE *stream);
int hk_libc_mallopt(int parameter, int value);

#endif
