/* SPDX-License-Identifier: MIT */
/*
 * How entry points are named: as libc's, or, built with HAKMEM_NO_OVERRIDE, hak_malloc() and so on,
 * for tests of the internals that want libc's malloc for themselves.
 */
#ifndef SRC_ENTRY_H
#define SRC_ENTRY_H

#include <stddef.h>

#define ENTRY __attribute__((visibility("default")))

#ifdef HAKMEM_NO_OVERRIDE
#define NAME(name) hak_##name
struct mallinfo;
struct mallinfo2;
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
int hak_mallopt(int parameter, int value);
#else
#define NAME(name) name
#include <malloc.h>
#include <stdlib.h>
#endif

/* malloc() for those who have found the bin empty, or do not want to look. */
void *hk_malloc_slowly(size_t size);

/* memalign() with an alignment that is a power of two. */
void *hk_memalign(size_t align, size_t size);

#endif
