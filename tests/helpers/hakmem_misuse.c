/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_misuse CASE SIZE [MB]: misuses a block of SIZE bytes in one way, with so many megabytes of
 * blocks in use besides. Prints its address first, or "any" where the allocator cannot know it;
 * then "survived", if it does.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void (*volatile do_free)(void *) = free;

static _Alignas(64) char global[4096];
static const _Alignas(64) char constant[64] = "x";
static char *volatile block;
static size_t size;

static void announce(const void *pointer)
{
	if (pointer)
		printf("%p\n", pointer);
	else
		puts("any");
	fflush(stdout);
}

static void free_wrongly(void *pointer)
{
	announce(pointer);
	do_free(pointer);
	puts("survived");
	exit(0);
}

/* ---- double frees -------------------------------------------------------------------------- */

static void double_at_once(void)
{
	do_free(block);
	free_wrongly(block);
}

static void double_between(void)
{
	void *others[5];

	for (int i = 0; i < 5; i++)
		others[i] = do_malloc(size);
	do_free(others[0]);
	do_free(block);
	for (int i = 1; i < 5; i++)
		do_free(others[i]);
	free_wrongly(block);
}

/* The block has left the thread's cache long ago; its neighbours are in use, or are not. */
static void free_thousands(int every)
{
	enum { MOST = 30000 };
	static void *others[MOST];
	size_t count = 100000000 / size < MOST ? 100000000 / size : MOST;

	for (size_t i = 0; i < count; i++)
		others[i] = do_malloc(size);
	do_free(block);
	for (size_t i = 0; i < count; i++)
		if (every == 1 || i % (size_t)every)
			do_free(others[i]);
}

static void double_after_thousands(void)
{
	free_thousands(1);
	free_wrongly(block);
}

static void double_among_used(void)
{
	free_thousands(2);
	free_wrongly(block);
}

static void double_after_trim(void)
{
	free_thousands(1);
	malloc_trim(0);
	free_wrongly(block);
}

static void *free_block(void *pointer)
{
	do_free(pointer);
	return NULL;
}

static pthread_barrier_t barrier;

static void *free_block_late(void *pointer)
{
	pthread_barrier_wait(&barrier);
	do_free(pointer);
	return NULL;
}

/* Started before the first free(): what it takes to start must not reuse the block. */
static void double_by_another(void)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	announce(block);
	pthread_create(&thread, NULL, free_block_late, block);
	do_free(block);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}

static void double_after_exit(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, free_block, block);
	pthread_join(thread, NULL);
	free_wrongly(block);
}

static void realloc_freed(void)
{
	do_free(block);
	announce(block);
	block = do_realloc(block, 2 * size);
}

/* ---- pointers that are not blocks ---------------------------------------------------------- */

static void *own_mapping(void)
{
	char *own = mmap(NULL, 9 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (void *)(((uintptr_t)own + (4 << 20) - 1) & -(4ul << 20));
}

/* What follows the last of some blocks was never given out. */
static void *never_given(void)
{
	char *last = block;

	for (int i = 0; i < 3; i++) {
		char *next = do_malloc(size);

		last = next > last ? next : last;
	}
	return last + malloc_usable_size(last);
}

/* The same for the last block of a slab: what is left of 64 KiB behind it is not a block. */
static void *past_the_last(void)
{
	size_t usable = malloc_usable_size(block);
	char *last = block;

	while ((uintptr_t)last / 65536 == ((uintptr_t)last + 2 * usable - 1) / 65536)
		last = do_malloc(size);
	return last + usable;
}

/* Returns only if the name is none of these. */
static void free_invalid(const char *name)
{
	_Alignas(64) char local[256] = "";
	const struct {
		const char *name;
		void *pointer;
	} invalid[] = {
		{"stack", local + 64},
		{"global", global},
		{"constant", (void *)constant},
		{"code", (void *)((uintptr_t)free_invalid & ~15ul)},
		{"brk", (char *)sbrk(4096) + 64},
		{"mapping", own_mapping()},
		{"not_mapped", (void *)0x10000},
		{"first_page", (void *)16},
		{"not_canonical", (void *)0x4141414141414140},
		{"kernels", (void *)-4096},
		{"inside_by_16", block + 16},
		{"inside_by_8", block + 8},
		{"inside_by_1", block + 1},
		{"inside_by_half", block + (size / 2 & ~15ul)},
		{"inside_by_page", block + 4096},
		{"inside_by_64k", block + 65536},
		{"before", block - 16},
		{"free_granule", (void *)(((uintptr_t)block | ((4ul << 20) - 1)) - 65535)},
		{"never_given", never_given()},
		{"past_the_last", strcmp(name, "past_the_last") == 0 ? past_the_last() : NULL},
	};

	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		if (strcmp(invalid[i].name, name) == 0)
			free_wrongly(invalid[i].pointer);
}

/*
 * A block that no other has come near to yet. Its first free() may pass; the program uses it, and
 * it would be given out again among the others of its slab.
 */
static void never_given_far(void)
{
	size_t usable = malloc_usable_size(block);
	char *far = block + 52000 / usable * usable, *got;

	do_free(far);
	announce(far);
	for (size_t i = 0; i < 65536 / size; i++) {
		got = do_malloc(size);
		memset(got, 1, size);
	}
}

/* What pages lost when they were given back, they have again when they are used anew. */
static void double_after_purge(void)
{
	enum { MOST = 20000, SLOT = 32 };
	static char *others[MOST];
	char *last, *got;

	for (int i = 0; i < MOST; i++)
		others[i] = do_malloc(SLOT - 8);
	last = (char *)((uintptr_t)others[MOST / 2] | 65535) + 1 - SLOT;
	for (int i = 0; i < MOST; i++)
		if ((uintptr_t)others[i] % 65536 >= SLOT)
			do_free(others[i]);
	malloc_trim(0);
	do
		got = do_malloc(SLOT - 8);
	while ((uintptr_t)got / 4096 != (uintptr_t)last / 4096);
	free_wrongly(last);
}

static void realloc_inside(void)
{
	announce(block + 16);
	block = do_realloc(block + 16, 3 * size);
}

/* Even if nothing has to move. */
static void realloc_inside_same(void)
{
	announce(block + 16);
	block = do_realloc(block + 16, size - 16);
}

/* ---- freed blocks that are written to ------------------------------------------------------ */

static void overwrite(const void *with, size_t bytes)
{
	char *other = do_malloc(size);

	do_free(other);
	do_free(block);
	memcpy(block, with, bytes);
	announce(NULL);
	for (int i = 0; i < 3; i++)
		other = do_malloc(size);
	memset(other, 0, size);
}

static void link_to_nowhere(void)
{
	overwrite("AAAAAAAA", 8);
}

static void link_to_global(void)
{
	void *target = global;

	overwrite(&target, 8);
}

static void link_and_mark(void)
{
	overwrite("AAAAAAAABBBBBBBB", 16);
}

static void link_zeroed(void)
{
	overwrite("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void link_bit(void)
{
	do_free(block);
	block[0] ^= 0x40;
	announce(NULL);
	block = do_malloc(size);
	block = do_malloc(size);
}

/* ---- for HAKMEM_CHECK ---------------------------------------------------------------------- */

static void overflow_by_1(void)
{
	block[size] ^= 0x55;
	free_wrongly(block);
}

static void overflow_not_freed(void)
{
	block[size] ^= 0x55;
	announce(block);
	exit(0);
}

static void overflow_then_realloc(void)
{
	block[size] ^= 0x55;
	announce(block);
	block = do_realloc(block, 2 * size);
}

static void late_write_first(void)
{
	do_free(block);
	block[0] ^= 0x55;
	announce(block);
	exit(0);
}

static void late_write_last(void)
{
	do_free(block);
	block[size - 1] ^= 0x55;
	announce(block);
	exit(0);
}

/* ---- no misuse: none of these may be taken for one ----------------------------------------- */

enum { BLOCKS = 64 };
static char *volatile many[BLOCKS];
static char stale[BLOCKS][16];

/* Blocks that still hold, or are given, what the allocator left in freed ones. */
static void stale_contents(void)
{
	for (int turn = 0; turn < 200; turn++) {
		for (int i = 0; i < BLOCKS; i++)
			many[i] = do_malloc(size); /* nothing is written: old contents stay */
		for (int i = 0; i < BLOCKS; i++)
			memcpy(many[(i * 7 + turn) % BLOCKS], many[i], 16);
		for (int i = 0; i < BLOCKS; i++)
			do_free(many[i]);
		for (int i = 0; i < BLOCKS; i++)
			memcpy(stale[i], many[i], 16); /* of freed blocks */
		for (int i = 0; i < BLOCKS; i++) {
			many[i] = do_malloc(size);
			memcpy(many[i], stale[(i * turn) % BLOCKS], 16);
		}
		for (int i = 0; i < BLOCKS; i++)
			memcpy(many[i], stale[i], 16);
		for (int i = 0; i < BLOCKS; i++)
			do_free(many[BLOCKS - 1 - i]);
	}
	/* The same block with exactly its own old contents, once more and alone. */
	for (int i = 0; i < 1000; i++) {
		block = do_malloc(size);
		memcpy(block, stale[0], 16);
		do_free(block);
		memcpy(stale[0], block, 16);
	}
}

static void *stale_in_thread(void *unused)
{
	stale_contents();
	return unused;
}

static void stale_in_turn(void)
{
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, stale_in_thread, NULL);
		pthread_join(thread, NULL);
	}
	stale_contents();
}

#define CASE(function)                                                                             \
	{                                                                                          \
#function, function                                                                \
	}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(double_at_once),
	CASE(double_between),
	CASE(double_after_thousands),
	CASE(double_among_used),
	CASE(double_after_trim),
	CASE(double_by_another),
	CASE(double_after_exit),
	CASE(realloc_freed),
	CASE(never_given_far),
	CASE(double_after_purge),
	CASE(realloc_inside),
	CASE(realloc_inside_same),
	CASE(link_to_nowhere),
	CASE(link_to_global),
	CASE(link_and_mark),
	CASE(link_zeroed),
	CASE(link_bit),
	CASE(overflow_by_1),
	CASE(overflow_not_freed),
	CASE(overflow_then_realloc),
	CASE(late_write_first),
	CASE(late_write_last),
	CASE(stale_contents),
	CASE(stale_in_turn),
};

static void use_megabytes(unsigned long megabytes)
{
	for (unsigned long i = 0; i < megabytes * 1000; i++)
		if (!do_malloc(1000))
			exit(2);
}

int main(int argc, char **argv)
{
	static char buffer[256];

	if (argc != 3 && argc != 4)
		return 2;
	/* stdio must not be given the very block that is then freed once more. */
	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	size = strtoul(argv[2], NULL, 10);
	use_megabytes(argc == 4 ? strtoul(argv[3], NULL, 10) : 0);
	block = do_malloc(size);
	free_invalid(argv[1]);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		cases[i].run();
		puts("survived");
		return 0;
	}
	return 2;
}
