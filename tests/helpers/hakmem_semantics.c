/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_semantics: what the allocator does at the edges of its interface, one fact on a line. The
 * C library's own malloc is the measure: another one must make this program print the same text.
 * So nothing is printed that an allocator is free to choose, as addresses and usable sizes are.
 */
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/hakmem_entries.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const size_t beyond[] = {(size_t)1 << 48, (size_t)1 << 62, PTRDIFF_MAX - 4096,
	PTRDIFF_MAX - 15, PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, (size_t)PTRDIFF_MAX + 4097,
	SIZE_MAX - 65536, SIZE_MAX - 4096, SIZE_MAX - 32, SIZE_MAX - 16, SIZE_MAX - 1, SIZE_MAX};
static const size_t small[] = {0, 1, 15, 16, 17, 24, 25, 63, 64, 1000, 1024, 1025, 4095, 4096, 4097,
	65535, 65536, 65537, 131072, 1000000, 2097152, 2097153, 33554432};

static const char *name_of(int error)
{
	return error == 0 ? "0" : error == 77 ? "kept" : strerrorname_np(error);
}

__attribute__((format(printf, 1, 2))) static void fact(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	errno = error;
}

/* A block of no name: whether there is one, aligned to 16, usable to `size`, and what errno is. */
static void outcome(const char *call, size_t a, size_t b, void *block, size_t size)
{
	int error = errno;
	const char *how = !block                             ? "NULL"
			  : (uintptr_t)block % 16            ? "misaligned"
			  : malloc_usable_size(block) < size ? "too small"
							     : "a block";

	if (block && size <= (size_t)1 << 26)
		memset(block, 0xa5, size);
	fact("%s(%#zx, %#zx): %s, errno %s", call, a, b, how, name_of(error));
	do_free(block);
	errno = 77;
}

static void try_sizes(const size_t *sizes, size_t count)
{
	errno = 77;
	for (size_t i = 0; i < count; i++) {
		size_t n = sizes[i];
		void *block = NULL;
		int result;

		outcome("malloc", n, 0, do_malloc(n), n);
		outcome("calloc", n, 1, do_calloc(n, 1), n);
		outcome("calloc", 1, n, do_calloc(1, n), n);
		outcome("realloc(NULL)", n, 0, do_realloc(NULL, n), n);
		outcome("reallocarray(NULL)", n, 1, do_reallocarray(NULL, n, 1), n);
		outcome("memalign", 64, n, do_memalign(64, n), n);
		outcome("memalign", 2097152, n, do_memalign(2097152, n), n);
		outcome("aligned_alloc", 4096, n, do_aligned_alloc(4096, n), n);
		outcome("valloc", n, 0, do_valloc(n), n);
		outcome("pvalloc", n, 0, do_pvalloc(n), n);
		result = do_posix_memalign(&block, 256, n);
		errno = 77; /* that posix_memalign leaves it alone is promised by nobody */
		fact("posix_memalign(256, %#zx) returns %s", n, name_of(result));
		outcome("posix_memalign", 256, n, block, n);
	}
}

static void try_overflow(void)
{
	static const size_t pairs[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2},
		{SIZE_MAX / 16 + 1, 16}, {(size_t)1 << 32, (size_t)1 << 32},
		{((size_t)1 << 32) + 1, (size_t)1 << 32}, {SIZE_MAX, SIZE_MAX}, {0, SIZE_MAX},
		{SIZE_MAX, 0}, {0, 0}, {7, 11}, {PTRDIFF_MAX / 8 + 1, 8}};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		size_t a = pairs[i][0], b = pairs[i][1];
		char *kept = do_malloc(100), *grown;

		outcome("calloc", a, b, do_calloc(a, b), 0);
		outcome("reallocarray(NULL)", a, b, do_reallocarray(NULL, a, b), 0);
		memset(kept, 'k', 100);
		grown = do_reallocarray(kept, a, b);
		fact("reallocarray(block, %#zx, %#zx): %s, errno %s", a, b,
			grown ? "a block" : "NULL", name_of(errno));
		if (!grown && a && b)
			fact("the block is as it was: %d", kept[0] == 'k' && kept[99] == 'k');
		if (grown || (a && b))
			do_free(grown ? grown : kept);
		errno = 77;
	}
}

static void try_realloc(void)
{
	static const size_t old[] = {1, 24, 1000, 5000, 65536, 300000, 5000000};

	for (size_t i = 0; i < COUNT(old); i++) {
		char *block = do_malloc(old[i]);

		memset(block, 'r', old[i]);
		for (size_t k = 0; k < COUNT(beyond); k++) {
			void *moved;

			errno = 77;
			moved = do_realloc(block, beyond[k]);
			fact("realloc(%zu bytes, %#zx): %s, errno %s, contents kept %d", old[i],
				beyond[k], moved ? "a block" : "NULL", name_of(errno),
				block[0] == 'r' && block[old[i] - 1] == 'r');
		}
		errno = 77;
		block = do_realloc(block, 0);
		fact("realloc(%zu bytes, 0): %s, errno %s", old[i], block ? "a block" : "NULL",
			name_of(errno));
	}
}

static void try_alignment(size_t alignment)
{
	char *untouched = (char *)&do_free, *block = untouched;
	int result = do_posix_memalign((void **)&block, alignment, 40);

	fact("posix_memalign(%#zx, 40) returns %s, pointer %s", alignment, name_of(result),
		block == untouched             ? "untouched"
		: (uintptr_t)block % alignment ? "misaligned"
					       : "aligned");
	if (result == 0)
		do_free(block);
	errno = 77;
	block = do_memalign(alignment, 40);
	/* Other alignments are rounded up to a power of two. */
	while (alignment & (alignment - 1) && alignment < (size_t)1 << 62)
		alignment += alignment & -alignment;
	fact("memalign(up to %#zx, 40): %s, errno %s", alignment,
		!block                                      ? "NULL"
		: alignment && (uintptr_t)block % alignment ? "misaligned"
							    : "aligned",
		name_of(errno));
	do_free(block);
}

static void try_alignments(void)
{
	void *page;
	static const size_t odd[] = {0, 1, 2, 3, 4, 5, 7, 9, 12, 15, 17, 24, 33, 48, 100, 4097,
		65537, (size_t)1 << 48, (size_t)1 << 62, (size_t)1 << 63, ((size_t)1 << 63) + 1,
		SIZE_MAX - 15, SIZE_MAX};

	for (size_t i = 0; i < COUNT(odd); i++)
		try_alignment(odd[i]);
	for (size_t a = 8; a <= (size_t)1 << 30; a *= 2) {
		void *wide = do_aligned_alloc(a, 3 * a > 100000 ? 100000 : 3 * a), *other;

		try_alignment(a);
		other = do_memalign(a, a < 1000000 ? a + 1 : 1);
		fact("two at once, aligned to %#zx: %d", a,
			wide && other && (uintptr_t)wide % a == 0 && (uintptr_t)other % a == 0 &&
				wide != other);
		do_free(wide);
		do_free(other);
	}
	page = do_valloc(1);
	fact("valloc: %d", (int)((uintptr_t)page % 4096));
	fact("pvalloc: whole pages %d", malloc_usable_size(do_pvalloc(1)) >= 4096);
	fact("pvalloc: whole pages %d", malloc_usable_size(do_pvalloc(4097)) >= 8192);
}

static void try_zero(void)
{
	void *zero[] = {do_malloc(0), do_malloc(0), do_calloc(0, 9), do_calloc(9, 0),
		do_realloc(NULL, 0), do_memalign(64, 0), do_valloc(0), do_aligned_alloc(16, 0),
		do_malloc(1), do_reallocarray(NULL, 0, 0)};
	bool distinct = true;

	for (size_t i = 0; i < COUNT(zero); i++)
		for (size_t k = 0; k < COUNT(zero); k++)
			distinct = distinct && zero[i] && (i == k || zero[i] != zero[k]);
	fact("blocks of no size are blocks, each another: %d", distinct);
	for (size_t i = 0; i < COUNT(zero); i++)
		do_free(zero[i]);
	fact("usable size of NULL: %zu", malloc_usable_size(NULL));
}

/* Enough is freed that memory goes back to the kernel on the way. */
static void try_free_keeps_errno(void)
{
	static void *blocks[20000];
	bool kept = true;

	for (size_t size = 16; size <= 5000000; size = size * 5 / 2) {
		size_t count = size < 4000 ? COUNT(blocks) : 80000000 / size;

		for (size_t i = 0; i < count; i++) {
			blocks[i] = do_malloc(size);
			memset(blocks[i], 1, size < 4096 ? size : 4096);
		}
		errno = 77;
		for (size_t i = 0; i < count; i++) {
			do_free(blocks[i]);
			kept = kept && errno == 77;
		}
	}
	do_free(NULL);
	fact("free keeps errno: %d", kept && errno == 77);
}

static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void try_statistics(void)
{
	enum { BLOCKS = 60000, SIZE = 1000 };
	static void *blocks[BLOCKS];
	size_t before = in_use(), most, after, large;

	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = do_malloc(SIZE);
	most = in_use();
	for (int i = 0; i < BLOCKS; i++)
		do_free(blocks[i]);
	after = in_use();
	fact("mallinfo2 sees 60 MB come: %d, go: %d",
		most - before > 55000000 && most - before < 80000000, after < before + 6000000);
	blocks[0] = do_malloc(50000000);
	large = in_use();
	do_free(blocks[0]);
	fact("mallinfo2 sees a large block come: %d, go: %d", large > after + 49000000,
		in_use() < after + 6000000);
	for (int i = -10; i < 10; i++) {
		int result = mallopt(i, 65536);

		fact("mallopt(%d) returns 0 or 1: %d", i, result == 0 || result == 1);
	}
	fact("mallopt takes M_MMAP_THRESHOLD: %d", mallopt(M_MMAP_THRESHOLD, 1 << 20));
	fact("mallopt takes M_TRIM_THRESHOLD: %d", mallopt(M_TRIM_THRESHOLD, 1 << 20));
	for (int i = 0; i < 3; i++)
		fact("malloc_trim returns 0 or 1: %d", (malloc_trim((size_t)i * 5000) | 1) == 1);
	outcome("malloc, then", 1, 1, do_malloc(100), 100);
}

int main(int argc, char **argv)
{
	/* What malloc_stats prints is the allocator's own; that it prints is what is asked for. */
	if (argc == 2 && strcmp(argv[1], "stats") == 0) {
		malloc_stats();
		return 0;
	}
	try_sizes(small, COUNT(small));
	try_sizes(beyond, COUNT(beyond));
	try_overflow();
	try_realloc();
	try_alignments();
	try_zero();
	try_free_keeps_errno();
	try_statistics();
	return 0;
}
