/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams of calls against hakmem, and a model beside it that knows every live block: where it is,
 * how large, and what was written into it. What the model is sure of is checked with each call.
 *
 *	hakmem_fuzz                          the test: a fixed list of seeds
 *	hakmem_fuzz --seed S [--calls N]     one stream from a generator
 *	hakmem_fuzz --seconds N [--seed S]   seeds S, S + 1, ... for that long
 *	hakmem_fuzz FILE                     a stream from a file, as AFL gives them
 *
 * Built with HAKMEM_LIBFUZZER it has no main(), for -fsanitize=fuzzer. A stream is made of bursts,
 * each run by one of four threads while the others wait: so blocks are freed by other threads, and
 * threads end that have some, and yet the same stream is the same sequence of calls each time.
 */
#include "src/check.h"
#include "src/hakmem.h"
#include "src/prefixed.h"
#include "tests/hakmem_actors.h"
#include "tests/hakmem_model.h"
#include "tests/hakmem_seeds.h"
#include "tests/hakmem_stream.h"

#include <errno.h>
#include <limits.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DEFAULT_CALLS 30011
#define FILE_MAX ((size_t)1 << 20)
#define MODEL_BYTES_MAX ((size_t)64 << 20)

/* ---- calls ----------------------------------------------------------------------------------- */

/* Nothing of what is checked here may be out of memory. */
static void enter(void *start, size_t size, size_t align, bool to_the_last)
{
	size_t usable;

	if (!start)
		model_fault("refused", NULL, size, align);
	if ((uintptr_t)start % align != 0)
		model_fault("alignment", start, size, align);
	usable = hak_malloc_usable_size(start);
	if (usable < size)
		model_fault("usable size below what was asked for", start, usable, size);
	model_add(start, size, to_the_last ? usable : size, usable);
}

static bool room(size_t size)
{
	return model_count() < MODEL_BLOCKS && model_bytes() + size <= MODEL_BYTES_MAX;
}

static void call_malloc(void)
{
	size_t size = draw_size();

	if (room(size))
		enter(hak_malloc(size), size, 16, draw() % 4 == 0);
}

static void call_calloc(void)
{
	size_t size = draw_size(), count = 1 + draw() % 7, at;
	void *p;

	if (!room(size))
		return;
	p = hak_calloc(count, size / count);
	if (p && !pattern_zero(p, size / count * count, &at))
		model_fault("calloc() gave what is not zero", p, size, at);
	enter(p, size / count * count, 16, draw() % 4 == 0);
}

static void call_aligned(void)
{
	size_t size = draw_size(), align = draw_align(), page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = NULL;

	if (!room(size))
		return;
	switch (draw() % 5) {
	case 0:
		p = hak_valloc(size);
		align = page;
		break;
	case 1:
		p = hak_pvalloc(size);
		align = page;
		size = (size + page - 1) / page * page;
		break;
	case 2:
		p = hak_memalign(align, size);
		break;
	case 3:
		p = hak_aligned_alloc(align, size);
		break;
	default:
		if (hak_posix_memalign(&p, align, size) != 0)
			p = NULL;
	}
	enter(p, size, align > 16 ? align : 16, draw() % 4 == 0);
}

static void give_back(struct block *block)
{
	int before = 1 + draw();
	void *start = block->start;

	model_remove(block);
	errno = before;
	hak_free(start);
	if (errno != before)
		model_fault("free() changed errno", start, (size_t)errno, (size_t)before);
}

static void call_free(void)
{
	if (model_count() > 0)
		give_back(model_nth(draw_below(model_count())));
}

/* Neighbours, so that slabs and runs become empty. */
static void call_free_row(void)
{
	size_t first, length = 1 + draw_below(400);

	if (model_count() == 0)
		return;
	first = draw_below(model_count());
	while (length-- > 0 && first < model_count())
		give_back(model_nth(first));
}

/* More than a batch and more than a slab of one size. */
static void call_malloc_row(void)
{
	size_t size = draw_size(), length = 1 + draw_below(400);

	while (length-- > 0 && room(size * 8))
		enter(hak_malloc(size), size, 16, false);
}

static void call_realloc(void)
{
	size_t size = draw_size(), kept, at;
	struct block old;
	void *p;

	if (model_count() == 0 || !room(size))
		return;
	old = *model_remove(model_nth(draw_below(model_count())));
	if (draw() % 4 == 0)
		size = old.size + draw_below(99) - (old.size < 49 ? old.size : 49);
	errno = 0;
	p = draw() % 4 == 0 ? hak_reallocarray(old.start, 1, size) : hak_realloc(old.start, size);
	if (size == 0) {
		if (p)
			model_fault("realloc() to 0 gave a block", p, old.size, 0);
		return;
	}
	kept = old.size < size ? old.size : size;
	if (p && !pattern_good(p, old.filled, kept, old.seed, &at))
		model_fault("realloc() lost contents", p, kept, at);
	enter(p, size, 16, draw() % 4 == 0);
}

static void want_refused(void *p, const char *what, size_t size)
{
	if (p)
		model_fault(what, p, size, 0);
	if (errno != ENOMEM)
		model_fault("errno is not ENOMEM", NULL, (size_t)errno, size);
	errno = 0;
}

/* What nobody can have. The block that realloc() is asked to resize stays as it is. */
static void call_absurd(void)
{
	size_t size = SIZE_MAX - draw_below((size_t)1 << 24);
	void *unchanged = &size, *p = unchanged;

	if (draw() % 2)
		size -= (size_t)PTRDIFF_MAX - ((size_t)1 << 25);
	errno = 0;
	want_refused(hak_malloc(size), "malloc() of too much", size);
	want_refused(hak_calloc(1, size), "calloc() of too much", size);
	want_refused(hak_calloc(size / 2, 5), "calloc() of an overflow", size);
	want_refused(hak_reallocarray(NULL, size / 2, 5), "reallocarray() of an overflow", size);
	want_refused(hak_memalign(4096, size), "memalign() of too much", size);
	want_refused(hak_pvalloc(size), "pvalloc() of too much", size);
	if (model_count() > 0)
		want_refused(hak_realloc(model_nth(draw_below(model_count()))->start, size),
			"realloc() to too much", size);
	if (hak_posix_memalign(&p, 64, size) != ENOMEM || p != unchanged)
		model_fault("posix_memalign() of too much", p, size, 64);
	if (hak_posix_memalign(&p, 24, 1) != EINVAL || hak_posix_memalign(&p, 4, 1) != EINVAL)
		model_fault("posix_memalign() of a bad alignment", p, 24, 4);
}

static void call_look(void)
{
	struct block *block;
	size_t usable;

	hak_free(NULL);
	if (hak_malloc_usable_size(NULL) != 0)
		model_fault("NULL has a size", NULL, 0, 0);
	if (model_count() == 0)
		return;
	block = model_nth(draw_below(model_count()));
	usable = hak_malloc_usable_size(block->start);
	if (usable != block->usable)
		model_fault("usable size has changed", block->start, usable, block->usable);
	model_check(block);
}

static void call_trim(void)
{
	hak_malloc_trim(draw() % 2 ? 0 : draw_below(1 << 22));
}

/* Everything, the allocator's own books included. */
static void call_check(void)
{
	uint64_t in_use = hak_counters.in_use_bytes, committed = hak_counters.committed_bytes;

	for (size_t i = 0; i < model_count(); i++)
		model_check(model_nth(i));
	if (in_use < model_bytes())
		model_fault("in_use_bytes is less than what is", NULL, in_use, model_bytes());
	if (committed < in_use || hak_counters.retained_bytes > committed)
		model_fault("committed_bytes is less than its parts", NULL, committed, in_use);
	if (hak_mallinfo2().uordblks < model_bytes())
		model_fault("mallinfo2() counts too little", NULL, model_bytes(), 0);
	if (hk_verify_heap() != 0)
		model_fault("hk_verify_heap() found faults", NULL, 0, 0);
}

static void call_check_seldom(void)
{
	if (draw() % 4 == 0)
		call_check();
}

/* ---- bursts ---------------------------------------------------------------------------------- */

/* Weights add up to 256: in bursts that take more than they free, as much, and less. */
static const struct call {
	void (*call)(void);
	uint8_t weight[3];
} calls[] = {
	{call_malloc, {107, 82, 60}},
	{call_calloc, {27, 20, 14}},
	{call_aligned, {20, 16, 12}},
	{call_realloc, {36, 32, 28}},
	{call_free, {44, 84, 116}},
	{call_look, {14, 14, 14}},
	{call_malloc_row, {4, 2, 1}},
	{call_free_row, {1, 3, 8}},
	{call_trim, {1, 1, 1}},
	{call_absurd, {1, 1, 1}},
	{call_check_seldom, {1, 1, 1}},
};

void actors_burst(void)
{
	long left = 1 + draw_below(1500);
	size_t trend, one_call, i;

	taste = (struct taste){.sizes = draw(), .trend = draw()};
	taste.one_size = draw_edge(17);
	trend = model_count() * 8 > MODEL_BLOCKS * 7 ? 2 : taste.trend % 3;
	for (; left > 0 && stream.calls > 0; left--, stream.calls--) {
		seeds_calls++;
		for (one_call = draw(), i = 0; one_call >= calls[i].weight[trend]; i++)
			one_call -= calls[i].weight[trend];
		calls[i].call();
	}
}

/* Runs the stream to its end, and frees all: then nothing may be in use that was not before. */
static void run_stream(void)
{
	uint64_t before;

	hak_free(hak_malloc(1));
	hak_malloc_trim(0);
	before = hak_counters.in_use_bytes;
	while (stream.calls > 0) {
		size_t who = draw();

		if (who % 4 == 3)
			actors_burst();
		else
			actors_give(&actors[who % 4]);
		if (who >= 224)
			actors_end(&actors[who % 3]);
	}
	call_check();
	for (size_t i = 0; i < COUNT(actors); i++)
		actors_end(&actors[i]);
	while (model_count() > 0)
		hak_free(model_remove(model_nth(model_count() / 2))->start);
	hak_malloc_trim(0);
	call_check();
	if (hak_counters.in_use_bytes != before && !getenv("HAKMEM_CHECK")) /* holds blocks back */
		model_fault("in_use_bytes after all was freed", NULL, hak_counters.in_use_bytes,
			before);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	stream = (struct stream){.bytes = bytes, .left = size, .calls = LONG_MAX};
	run_stream();
	return 0;
}

/* ---- as a program ---------------------------------------------------------------------------- */

#ifndef HAKMEM_LIBFUZZER
static int run_seed(const char *self, uint64_t seed, long most)
{
	char arguments[40];

	snprintf(arguments, sizeof(arguments), "--seed %" PRIu64, seed);
	seeds_replay_by(self, arguments);
	stream = (struct stream){.random = seed * 0x9e3779b97f4a7c15u ^ 1, .calls = most};
	run_stream();
	return 0;
}

static int run_file(const char *self, const char *path, long most)
{
	static uint8_t bytes[FILE_MAX];
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

	if (!in) {
		perror(path);
		return 2;
	}
	seeds_replay_by(self, path);
	stream = (struct stream){.bytes = bytes, .left = fread(bytes, 1, sizeof(bytes), in)};
	stream.calls = most;
	run_stream();
	return 0;
}

int main(int argc, char **argv)
{
	static const struct seeds_run runs[] = {{.seed = 1}, {.seed = 2}, {.seed = 3}, {.seed = 5},
		{.seed = 7}, {.seed = 11}, {.seed = 13}, {.seed = 17},
		{29, "10007", "HAKMEM_CHECK=1"}, {31, "10007", "HAKMEM_CHECK=1"},
		{37, "10007", "HAKMEM_PROFILE=lean"}, {41, "10007", "HAKMEM_PROFILE=fast"},
		{43, "10007", "HAKMEM_CACHE_BYTES=0"}, {47, "10007", "HAKMEM_KEEP_BYTES=0"}};
	uint64_t seed = seeds_argument(argc, argv, "--seed", 0);
	long seconds = (long)seeds_argument(argc, argv, "--seconds", 0);
	long most = (long)seeds_argument(argc, argv, "--calls", 0);

	if (seconds > 0)
		return seeds_for(argv[0], seconds, seed);
	if (argc > 1 && strncmp(argv[1], "--", 2) != 0)
		return run_file(argv[0], argv[1], most ? most : LONG_MAX);
	if (seed > 0)
		return run_seed(argv[0], seed, most ? most : DEFAULT_CALLS);
	for (size_t i = 0; i < COUNT(runs); i++)
		seeds_try(argv[0], &runs[i]);
	return tap_done();
}
#endif
