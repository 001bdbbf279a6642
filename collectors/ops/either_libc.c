/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that glibc and musl have under different names. Called by libsoakops.c. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "collectors/ops/either_libc.h"
#include "collectors/ops/soakops.h"

/* glibc has it, and pthread_atfork() is a wrapper for it that each program brings along. */
int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *object)
	__attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

int either_libc_atfork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
	int (*musls)(void (*)(void), void (*)(void), void (*)(void));
	void *function;

	if (__register_atfork)
		return __register_atfork(before, parent, child, &__dso_handle);
	function = dlsym(RTLD_DEFAULT, "pthread_atfork");
	memcpy(&musls, &function, sizeof(musls));
	return musls ? musls(before, parent, child) : ENOSYS;
}

static struct next_allocator musl;

/* Returns what the thread counts in otherwise. */
static struct soakops_slot *count_in(struct soakops_slot *slot)
{
	struct soakops_slot *before = soakops_mine;

	__atomic_store_n(&soakops_mine, slot, __ATOMIC_RELAXED);
	return before;
}

#define MUTED(type, name, parameters, call)                                                        \
	static type name##_muted parameters                                                        \
	{                                                                                          \
		struct soakops_slot mute = {0}, *slot = count_in(&mute);                           \
		type result = musl.call;                                                           \
                                                                                                   \
		count_in(slot);                                                                    \
		return result;                                                                     \
	}

MUTED(void *, calloc, (size_t n, size_t size), calloc(n, size))
MUTED(int, posix_memalign, (void **ret, size_t alignment, size_t size),
	posix_memalign(ret, alignment, size))
MUTED(void *, aligned_alloc, (size_t alignment, size_t size), aligned_alloc(alignment, size))
MUTED(void *, memalign, (size_t alignment, size_t size), memalign(alignment, size))
MUTED(void *, valloc, (size_t size), valloc(size))

void either_libc_mute(struct next_allocator *next)
{
	if (__register_atfork)
		return;
	musl = *next;
	next->calloc = calloc_muted;
	next->posix_memalign = posix_memalign_muted;
	next->aligned_alloc = aligned_alloc_muted;
	next->memalign = memalign_muted;
	next->valloc = valloc_muted;
}
