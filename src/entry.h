/* SPDX-License-Identifier: MIT */
/*
 * Names of the entry points: libc's, or, in a build with HAKMEM_NO_OVERRIDE, hak_malloc() and so
 * on, for tests of the internals that use libc's malloc themselves.
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

/* malloc() if the bin is empty, or without trying it. */
void *hk_malloc_slowly(size_t size);

/* memalign(); `align` must be a power of two. */
void *hk_memalign(size_t align, size_t size);

#endif
