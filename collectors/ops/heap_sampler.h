/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Part of the preload library, inside the target: samples allocations by bytes, and sends each
 * sample and its release to the observer. docs/heap-sampling.md. Nothing here allocates.
 */
#ifndef SOAK_OPS_HEAP_SAMPLER_H
#define SOAK_OPS_HEAP_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/ops/either_libc.h"
#include "collectors/ops/soakops.h"

#define HEAP_SAMPLER_HIDDEN __attribute__((visibility("hidden")))

/*
 * Begins to sample, if the page asks for that: from now on `next` leads here, and from here to what
 * it led to before. Call it once, before other threads start.
 */
void heap_sampler_open(struct soakops_page *page, struct next_allocator *next) HEAP_SAMPLER_HIDDEN;

extern bool heap_sampler_is_on HEAP_SAMPLER_HIDDEN;

/* Bytes that this thread may still allocate before its next sample, or before it draws anew. */
extern __thread uint64_t heap_sampler_until
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

void heap_sampler_sample(void *block, size_t size) __attribute__((visibility("hidden"), cold));
bool heap_sampler_forget(void *block) __attribute__((visibility("hidden"), cold));

/* How many sampled blocks there are of each hash: most blocks have one of which there is none. */
#define HEAP_SAMPLER_HASHES 65536
extern uint8_t heap_sampler_hashes[HEAP_SAMPLER_HASHES] HEAP_SAMPLER_HIDDEN;

static inline uint64_t heap_sampler_hash(const void *block)
{
	return ((uintptr_t)block >> 4) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Counts the bytes, unless the next sample is among them. */
static inline bool heap_sampler_passes(size_t size)
{
	uint64_t until = heap_sampler_until;

	if (__builtin_expect(size > until, 0))
		return false;
	heap_sampler_until = until - size;
	return true;
}

/* A call has returned this block, or NULL. */
static inline void heap_sampler_allocated(void *block, size_t size)
{
	if (block && __builtin_expect(!heap_sampler_passes(size), 0))
		heap_sampler_sample(block, size);
}

/* A block is about to be released. Was it sampled? */
static inline bool heap_sampler_freeing(void *block)
{
	return __builtin_expect(
		       __atomic_load_n(&heap_sampler_hashes[heap_sampler_hash(block) >> 48],
			       __ATOMIC_RELAXED) != 0,
		       0) &&
	       heap_sampler_forget(block);
}

#endif
