/* SPDX-License-Identifier: MIT */
/*
 * malloc(), free() and their relatives. The first lines of malloc() and free() are all that most
 * calls execute; the rest is in functions of their own, so that no call pays for it.
 */
#include "src/cache.h"
#include "src/check.h"
#include "src/defer.h"
#include "src/entry.h"
#include "src/heap.h"
#include "src/libc.h"
#include "src/life.h"
#include "src/os.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* ---- malloc and free ------------------------------------------------------------------------- */

void *hk_malloc_slowly(size_t size)
{
	enum hk_mode mode = hk_mode();
	bool clean;
	void *p;

	if (mode == HK_LIBC)
		return __libc_malloc(size);
	p = mode == HK_CHECK ? hk_check_alloc(HK_MIN_ALIGN, size, false) : hk_alloc(size, &clean);
	if (!p)
		errno = ENOMEM;
	return p;
}

static __attribute__((noinline)) void *malloc_medium(size_t size)
{
	void *p;

	if (unlikely(size > HK_MEDIUM_MAX))
		return hk_malloc_slowly(size);
	p = hk_pop(hk_medium_class(size) * sizeof(struct hk_bin));
	return likely(p) ? p : hk_malloc_slowly(size);
}

ENTRY void *NAME(malloc)(size_t size)
{
	/* From SIZE_MAX - 14 on this wraps to class 0, whose bin is always empty. */
	size_t rounded = size + HK_MIN_ALIGN - 1;
	void *p;

	if (unlikely(rounded >= HK_SMALL_MAX + HK_MIN_ALIGN))
		return malloc_medium(size);
	p = hk_pop(rounded & ~(size_t)(HK_MIN_ALIGN - 1));
	if (unlikely(!p))
		return hk_malloc_slowly(size);
	HK_FAST(fast_mallocs);
	return p;
}

static __attribute__((noinline)) void free_otherwise(void *p)
{
	enum hk_mode mode = hk_mode();

	if (!p || hk_cache_watch(p))
		return;
	if (mode == HK_LIBC)
		__libc_free(p);
	else if (mode == HK_CHECK)
		hk_check_free(p);
	else
		hk_free(p);
}

static __attribute__((noinline)) void free_slowly(void *p)
{
	if (!hk_defer(p))
		free_otherwise(p);
}

ENTRY void NAME(free)(void *p)
{
	if (unlikely(!hk_push(p)))
		free_slowly(p);
}

/* ---- calloc and realloc ---------------------------------------------------------------------- */

static void *calloc_slowly(size_t size)
{
	bool clean = false;
	void *p;

	if (hk_mode() == HK_LIBC)
		return __libc_calloc(1, size);
	if (hk_mode() == HK_CHECK)
		p = hk_check_alloc(HK_MIN_ALIGN, size, true);
	else
		p = hk_alloc(size, &clean);
	if (!p)
		errno = ENOMEM;
	else if (!clean && hk_mode() == HK_NORMAL)
		memset(p, 0, size);
	return p;
}

ENTRY void *NAME(calloc)(size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (unlikely(__builtin_mul_overflow(count, size, &bytes))) {
		errno = ENOMEM;
		return NULL;
	}
	if (unlikely(bytes == 0 || bytes > HK_MEDIUM_MAX))
		return calloc_slowly(bytes);
	p = hk_pop(hk_class_of(bytes) * sizeof(struct hk_bin));
	return likely(p) ? memset(p, 0, bytes) : calloc_slowly(bytes);
}

static void *move(void *p, size_t size)
{
	size_t usable = hk_usable_size(p);
	void *to = NAME(malloc)(size);

	if (!to)
		return NULL;
	memcpy(to, p, usable < size ? usable : size);
	NAME(free)(p);
	return to;
}

ENTRY void *NAME(realloc)(void *p, size_t size)
{
	enum hk_mode mode = hk_mode();
	void *to;

	if (mode == HK_LIBC)
		return __libc_realloc(p, size);
	if (!p)
		return NAME(malloc)(size);
	if (size == 0) {
		NAME(free)(p);
		return NULL;
	}
	if (mode == HK_CHECK) {
		to = hk_check_realloc(p, size);
		if (!to)
			errno = ENOMEM;
		return to;
	}
	to = hk_resize(p, size);
	return to ? to : move(p, size);
}

ENTRY void *NAME(reallocarray)(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return NAME(realloc)(p, bytes);
}

/* ---- alignment ------------------------------------------------------------------------------- */

/* align: a power of two. */
void *hk_memalign(size_t align, size_t size)
{
	enum hk_mode mode = hk_mode();
	bool clean;
	void *p;

	HK_ASSERT(align > 0 && (align & (align - 1)) == 0);
	if (mode == HK_LIBC)
		return __libc_memalign(align, size);
	p = mode == HK_CHECK ? hk_check_alloc(align, size, false)
			     : hk_alloc_aligned(align, size, &clean);
	if (!p)
		errno = ENOMEM;
	return p;
}

/* As glibc, which takes the next power of two for an alignment that is none. */
ENTRY void *NAME(memalign)(size_t align, size_t size)
{
	if (align > SIZE_MAX / 2 + 1) {
		errno = EINVAL;
		return NULL;
	}
	if (align & (align - 1))
		align = (size_t)1 << (64 - __builtin_clzl(align));
	return hk_memalign(align ? align : 1, size);
}

ENTRY void *NAME(aligned_alloc)(size_t align, size_t size)
{
	return NAME(memalign)(align, size);
}

ENTRY int NAME(posix_memalign)(void **ret_p, size_t align, size_t size)
{
	int before = errno;
	void *p;

	if (align % sizeof(void *) != 0 || align == 0 || (align & (align - 1)))
		return EINVAL;
	p = hk_memalign(align, size);
	errno = before;
	if (!p)
		return ENOMEM;
	*ret_p = p;
	return 0;
}

ENTRY void *NAME(valloc)(size_t size)
{
	return hk_memalign(hk_os_page(), size);
}

ENTRY void *NAME(pvalloc)(size_t size)
{
	size_t page = hk_os_page();

	if (size > PTRDIFF_MAX - page) {
		errno = ENOMEM;
		return NULL;
	}
	return hk_memalign(page, size ? hk_round_up(size, page) : page);
}
