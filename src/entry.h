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
#include "src/prefixed.h"
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
