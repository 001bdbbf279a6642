/* SPDX-License-Identifier: MIT */
/*
 * The entry points in a build with HAKMEM_NO_OVERRIDE: for tests of the internals, which use libc's
 * malloc themselves.
 */
#ifndef SRC_PREFIXED_H
#define SRC_PREFIXED_H

#include <malloc.h>
#include <stddef.h>
#include <stdio.h>

void *hak_malloc(size_t size);
void hak_free(void *p);
void *hak_calloc(size_t count, size_t size);
void *hak_realloc(void *p, size_t size);
void *hak_reallocarray(void *p, size_t count, size_t size);
void *hak_memalign(size_t align, size_t size);
void *hak_aligned_alloc(size_t align, size_t size);
int hak_posix_memalign(void **ret_p, size_t align, size_t size);
void *hak_valloc(size_t size);
void *hak_pvalloc(size_t size);
size_t hak_malloc_usable_size(void *p);
int hak_malloc_trim(size_t pad);
struct mallinfo2 hak_mallinfo2(void);
struct mallinfo hak_mallinfo(void);
void hak_malloc_stats(void);
int hak_malloc_info(int options, FILE *stream);
int hak_mallopt(int parameter, int value);

#endif
