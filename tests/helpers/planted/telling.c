/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator that never frees. With -DTELLS it exports mallinfo2, which says that it was called
 * and aborts; without, it tells nothing. With -DNESTS it tells, its malloc takes a millisecond and
 * calls calloc, and mallinfo2, which allocates, aborts only if it is called meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char heap[64 << 20];
static size_t used;

static void *take(size_t alignment, size_t size)
{
	size_t need = size + alignment + 16;
	size_t at = __atomic_fetch_add(&used, need, __ATOMIC_RELAXED);
	char *block = heap + ((at + 16 + alignment - 1) & -alignment);

	if (at + need > sizeof(heap))
		return NULL;
	memcpy(block - 16, &size, sizeof(size));
	return block;
}

static __thread int is_inside;

void *malloc(size_t size)
{
#ifdef NESTS
	is_inside++;
	usleep(1000);
	free(calloc(1, 1));
	is_inside--;
#endif
	return take(16, size);
}

void *calloc(size_t n, size_t size)
{
	return take(16, n * size); /* memory of which nothing was used before: zero */
}

void *realloc(void *block, size_t size)
{
	void *moved = take(16, size);
	size_t old = 0;

	if (block)
		memcpy(&old, (char *)block - 16, sizeof(old));
	if (moved)
		memcpy(moved, block, old < size ? old : size);
	return moved;
}

void free(void *block)
{
	(void)block;
}

void *memalign(size_t alignment, size_t size)
{
	return take(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return take(alignment, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
	*ret_block = take(alignment, size);
	return *ret_block ? 0 : ENOMEM;
}

#if defined(TELLS) || defined(NESTS)
struct mallinfo2 mallinfo2(void)
{
	static const char words[] = "the planted mallinfo2 was called\n";

#ifdef NESTS
	if (!is_inside) {
		free(malloc(1));
		return (struct mallinfo2){.arena = sizeof(heap), .uordblks = used};
	}
#endif
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	abort();
}
#endif
