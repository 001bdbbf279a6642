/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem as a test calls it that has libc's malloc beside it: the sources built with
 * HAKMEM_NO_OVERRIDE name their functions so. Without attributes, for a compiler that believed in
 * them would remove checks that can only fail when the allocator is wrong.
 */
#ifndef TESTS_HAKMEM_PREFIXED_H
#define TESTS_HAKMEM_PREFIXED_H

#include <malloc.h>
#include <stddef.h>

#include "src/hakmem.h"

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
void hak_malloc_stats(void);
int hak_mallopt(int parameter, int value);

#endif
