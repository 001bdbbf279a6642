/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_limits: what becomes of allocation when the kernel gives no more. 0 when all is well.
 *
 *	hakmem_limits start     a little of everything
 *	hakmem_limits address_space SIZE OTHER
 *	                        up to RLIMIT_AS in blocks of SIZE, then in blocks of OTHER
 *	hakmem_limits maps      with vm.max_map_count mappings; 77: there are too many
 *	hakmem_limits phases N  N times 40 MB in blocks of one size, then of another
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/helpers/hakmem_entries.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MB (1ul << 20)
#define ROOM (96 * MB)
#define PAGE 4096ul
#define MOST_BLOCKS 1200000
#define MOST_MAPS 1100000

static char *blocks[MOST_BLOCKS];

#define REQUIRE(condition) require(condition, #condition, __LINE__)

static void require(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "line %d: not so: %s (errno %d)\n", line, what, errno);
	_exit(1);
}

static void free_all(size_t count)
{
	for (size_t i = 0; i < count; i++)
		do_free(blocks[i]);
}

static void mark(char *block, size_t size)
{
	block[0] = block[size - 1] = (char)size;
}

/* ---- RLIMIT_AS ----------------------------------------------------------------------------- */

/* Mapped, or resident: the first and the second number of statm. */
static size_t bytes_of_self(bool resident)
{
	size_t mapped = 0, in_memory = 0;
	FILE *in = fopen("/proc/self/statm", "r");

	REQUIRE(in && fscanf(in, "%zu %zu", &mapped, &in_memory) == 2);
	fclose(in);
	return (resident ? in_memory : mapped) * PAGE;
}

static size_t fill_up(size_t size, size_t most)
{
	size_t count = 0;

	errno = 0;
	while (count < most && (blocks[count] = do_malloc(size)))
		mark(blocks[count++], size);
	return count;
}

/* Every function fails in the same way, and what is there stays as it is. */
static void want_none(size_t size)
{
	char *kept = blocks[0], first = kept[0];
	void *none = &none;

#define WANT_NONE(call)                                                                            \
	errno = 0;                                                                                 \
	REQUIRE(!(call) && errno == ENOMEM)
	WANT_NONE(do_malloc(size));
	WANT_NONE(do_calloc(size, 1));
	WANT_NONE(do_calloc(1024, size / 1024));
	WANT_NONE(do_realloc(kept, size));
	WANT_NONE(do_realloc(NULL, size));
	WANT_NONE(do_reallocarray(kept, size / 8, 8));
	WANT_NONE(do_memalign(64, size));
	WANT_NONE(do_memalign(4 * MB, size));
	WANT_NONE(do_aligned_alloc(65536, size));
	WANT_NONE(do_valloc(size));
	WANT_NONE(do_pvalloc(size));
	REQUIRE(do_posix_memalign(&none, 4096, size) == ENOMEM && none == &none);
	REQUIRE(kept[0] == first);
}

static void try_address_space(size_t size, size_t other)
{
	struct rlimit limit;
	size_t count;

	/* Whatever an allocator sets aside when it first starts is not what is to be tried. */
	do_free(do_malloc(100));
	REQUIRE(getrlimit(RLIMIT_AS, &limit) == 0);
	limit.rlim_cur = bytes_of_self(false) + ROOM;
	REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
	count = fill_up(size, MOST_BLOCKS);
	REQUIRE(count < MOST_BLOCKS && errno == ENOMEM);
	REQUIRE(count * size >= ROOM / 2);
	want_none(ROOM);
	for (size_t i = 0; i < count; i++)
		REQUIRE(blocks[i][0] == (char)size && blocks[i][size - 1] == (char)size);
	for (int turn = 0; turn < 3; turn++) {
		free_all(count);
		REQUIRE(fill_up(size, count * 3 / 4) == count * 3 / 4);
		count = count * 3 / 4;
	}
	free_all(count);
	/* What one size took is there for another: all of it is free. */
	count = ROOM / 2 / other;
	REQUIRE(fill_up(other, count) == count);
	free_all(count);
}

/* ---- vm.max_map_count ---------------------------------------------------------------------- */

static char *region;
static size_t region_bytes;

static long most_maps(void)
{
	FILE *in = fopen("/proc/sys/vm/max_map_count", "r");
	long most = MOST_MAPS + 1;

	if (in && fscanf(in, "%ld", &most) != 1)
		most = MOST_MAPS + 1;
	if (in)
		fclose(in);
	return most;
}

/* Each second page differs, until the kernel has enough. The last few are mapped one by one. */
static void use_up_maps(size_t most)
{
	size_t done = 0;

	region_bytes = (most + 1000) * PAGE;
	region = mmap(
		NULL, region_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(region != MAP_FAILED);
	while (done + PAGE < region_bytes && mprotect(region + done, PAGE, PROT_READ) == 0)
		done += 2 * PAGE;
	REQUIRE(done + PAGE < region_bytes && errno == ENOMEM);
	while (mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		;
}

/* A block that works, or none and ENOMEM. Freed at once, or kept for later in blocks[at]. */
static void some_or_none(char *block, size_t size, size_t at)
{
	REQUIRE(block || errno == ENOMEM);
	if (block) {
		REQUIRE(malloc_usable_size(block) >= size);
		mark(block, size);
	}
	do_free(blocks[at]);
	blocks[at] = block;
	errno = 0;
}

/* What could not be purged was all written to. */
static char *want_zeros(char *block, size_t size)
{
	for (size_t i = 0; block && i < size; i += 509)
		REQUIRE(block[i] == 0);
	return block;
}

static void allocate_without_maps(size_t size, size_t at)
{
	void *block = NULL;

	errno = 0;
	some_or_none(do_malloc(size), size, at);
	some_or_none(want_zeros(do_calloc(1, size), size), size, at + 1);
	some_or_none(do_memalign(262144, size), size, at + 2);
	some_or_none(do_memalign(16 * MB, size), size, at + 3);
	some_or_none(do_realloc(NULL, size), size, at + 4);
	if (do_posix_memalign(&block, 4096, size) == 0) {
		mark(block, size);
		do_free(block);
	}
}

/* To another size, up or down; where that cannot be, the block is what it was. */
static void resize_without_maps(size_t at, size_t from, size_t to)
{
	char *moved;

	errno = 0;
	moved = do_realloc(blocks[at], to);
	REQUIRE(moved || errno == ENOMEM);
	REQUIRE((moved ? moved : blocks[at])[0] == (char)from);
	if (moved)
		blocks[at] = moved;
}

enum { BEFORE = 80, EACH = 5 };

/* With the second, mappings may lie side by side and become one, which only a hole can end. */
static size_t size_before(size_t i)
{
	return i < BEFORE / 2 ? 3000001 : 4 * MB - 65536;
}

static void allocate_before(void)
{
	for (size_t i = 0; i < BEFORE; i++) {
		blocks[i] = do_malloc(size_before(i));
		REQUIRE(blocks[i]);
		memset(blocks[i], (char)size_before(i), size_before(i));
	}
}

static void try_maps(void)
{
	static const size_t sizes[] = {
		16, 1000, 30000, 65536, 70000, 500000, 2097152, 3000000, 20000000};
	size_t all = BEFORE + COUNT(sizes) * EACH;

	allocate_before();
	use_up_maps((size_t)most_maps());
	for (int turn = 0; turn < 20; turn++)
		for (size_t i = 0; i < COUNT(sizes); i++)
			allocate_without_maps(sizes[i], BEFORE + i * EACH);
	resize_without_maps(1, size_before(1), 9000000);
	resize_without_maps(2, size_before(2), 100);
	resize_without_maps(3, size_before(3), 1000000);
	resize_without_maps(4, size_before(4), 70000);
	/* Each second first, from the end: a hole in a mapping would be one more of them. */
	for (size_t i = all; i-- > 0;) {
		if (i % 2)
			continue;
		errno = 77;
		do_free(blocks[i]);
		REQUIRE(errno == 77);
		blocks[i] = NULL;
	}
	for (size_t i = 5; i < BEFORE; i += 2)
		REQUIRE(blocks[i][0] == (char)size_before(i) &&
			blocks[i][size_before(i) - 1] == (char)size_before(i));
	munmap(region, region_bytes);
	free_all(all);
	/* Not even what the kernel would not unmap keeps its memory. */
	malloc_trim(0);
	REQUIRE(bytes_of_self(true) < 40 * MB);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		REQUIRE(fill_up(sizes[i], 10) == 10);
		free_all(10);
	}
}

/* ---- 40 MB, again and again ---------------------------------------------------------------- */

static void try_phases(long turns)
{
	static const size_t sizes[] = {100, 200000, 5000000, 1000, 40000, 3000, 1500000, 48};

	for (long turn = 0; turn < turns; turn++) {
		size_t size = sizes[(size_t)turn % COUNT(sizes)], count = 40 * MB / size;

		REQUIRE(count < MOST_BLOCKS);
		for (size_t i = 0; i < count; i++) {
			blocks[i] = do_malloc(size);
			REQUIRE(blocks[i]);
			memset(blocks[i], (char)i, size);
		}
		for (size_t i = 0; i < count; i++)
			REQUIRE(blocks[i][size / 2] == (char)i);
		free_all(count);
	}
}

static void try_start(void)
{
	static const size_t sizes[] = {1, 24, 1000, 5000, 65536, 70000, 1000000, 3000000};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *block = do_malloc(sizes[i]);

		REQUIRE(block);
		memset(block, 1, sizes[i]);
		do_free(block);
	}
	REQUIRE(fill_up(100, 10000) == 10000);
	free_all(10000);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "start") == 0)
		try_start();
	else if (strcmp(what, "address_space") == 0 && argc == 4)
		try_address_space(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	else if (strcmp(what, "maps") == 0 && most_maps() > MOST_MAPS)
		return 77;
	else if (strcmp(what, "maps") == 0)
		try_maps();
	else if (strcmp(what, "phases") == 0 && argc == 3)
		try_phases(atol(argv[2]));
	else
		return 2;
	return 0;
}
