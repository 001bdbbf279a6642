/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads that allocate, hand blocks to each other through mailboxes, free what others allocated,
 * end and are replaced, fork and trim. Each block says itself what must be in it.
 *
 *	hakmem_stress                        the test: a fixed list of seeds
 *	hakmem_stress --seed S [--calls N]   one of them; N calls for each thread
 *	hakmem_stress --seconds N [--seed S] seeds S, S + 1, ... for that long
 *
 * Between rounds only the main thread runs: then the heap's books must balance.
 */
#include "src/check.h"
#include "tests/hakmem_pattern.h"
#include "src/hakmem.h"
#include "src/prefixed.h"
#include "tests/hakmem_seeds.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS 3
#define THREADS 7
#define LIVES 3 /* of each of them, in a round */
#define SLOTS 211
#define MAILBOXES 509
#define DEFAULT_CALLS 10007
#define SIZE_LIMIT ((size_t)3 << 20)
#define CHILD_SECONDS 120

/* What was never wanted back stays up to this, besides what was. */
#define KEPT_MAX ((uint64_t)8 << 20)

/* At the start of each block; a pattern fills the rest. */
struct label {
	uint64_t size, seed;
};

struct worker {
	pthread_t thread;
	uint64_t random;
	void *slot[SLOTS];
	bool ending; /* its destructor was called before */
};

static _Atomic(void *) mailboxes[MAILBOXES];
static struct worker workers[THREADS];
static pthread_key_t at_end;
static long calls;
static _Atomic long forks;

static _Noreturn void fault(const char *what, const void *p, uint64_t a, uint64_t b)
{
	dprintf(STDOUT_FILENO,
		"# %s: block %p, %" PRIu64 ", %" PRIu64 " (%#" PRIx64 ", %#" PRIx64 ")\n", what, p,
		a, b, a, b);
	seeds_show_replay();
	_exit(1);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static size_t draw_size(uint64_t *random)
{
	uint64_t drawn = pattern_random(random);
	size_t kind = drawn >> 56, limit = 1024;

	if (kind > 220)
		limit = kind > 254 ? SIZE_LIMIT : kind > 250 ? 200000 : 20000;
	return sizeof(struct label) + (drawn & 0xffffffff) % (limit - sizeof(struct label));
}

static void fill(void *p, size_t size, uint64_t seed)
{
	struct label *label = p;

	*label = (struct label){size, seed};
	pattern_fill(label + 1, size - sizeof(*label), seed);
}

static void verify(const void *p)
{
	const struct label *label = p;
	size_t at = 0;

	if (label->size < sizeof(*label) || label->size > SIZE_LIMIT)
		fault("a block's label was overwritten", p, label->size, label->seed);
	if (!pattern_good(label + 1, label->size - sizeof(*label), label->size - sizeof(*label),
		    label->seed, &at))
		fault("contents changed", p, label->size, at);
}

static void *new_block(uint64_t *random)
{
	size_t size = draw_size(random), align = 16, at;
	unsigned how = (unsigned)(pattern_random(random) >> 60);
	void *p;

	if (how == 0) {
		p = hak_calloc(1, size);
		if (p && !pattern_zero(p, size, &at))
			fault("calloc() gave what is not zero", p, size, at);
	} else if (how == 1) {
		align = (size_t)16 << (pattern_random(random) >> 61);
		p = hak_memalign(align, size);
	} else {
		p = hak_malloc(size);
	}
	if (!p)
		fault("refused", NULL, size, align);
	if ((uintptr_t)p % align != 0 || hak_malloc_usable_size(p) < size)
		fault("alignment or usable size", p, size, hak_malloc_usable_size(p));
	fill(p, size, pattern_random(random));
	return p;
}

static void drop(void *p)
{
	if (!p)
		return;
	verify(p);
	hak_free(p);
}

static void resize(void **slot, uint64_t *random)
{
	struct label was = *(struct label *)*slot;
	size_t size = draw_size(random), kept = was.size < size ? was.size : size, at;
	char *p;

	verify(*slot);
	p = hak_realloc(*slot, size);
	if (!p)
		fault("realloc() refused", *slot, was.size, size);
	if (!pattern_good(
		    p + sizeof(was), was.size - sizeof(was), kept - sizeof(was), was.seed, &at))
		fault("realloc() lost contents", p, was.size, size);
	fill(p, size, pattern_random(random));
	*slot = p;
}

/* Puts a block, or NULL, into a mailbox; what was in there, most likely from another, goes. */
static void mail(void *p, uint64_t *random)
{
	size_t box = pattern_random(random) % MAILBOXES;

	drop(atomic_exchange_explicit(&mailboxes[box], p, memory_order_acq_rel));
}

/* ---- threads --------------------------------------------------------------------------------- */

/*
 * The child has this thread's blocks whole. Not so others', even those in mailboxes: the kernel
 * copies a process page by page while its other threads go on writing.
 */
static _Noreturn void live_as_child(struct worker *worker)
{
	alarm(CHILD_SECONDS); /* a lock that nobody holds any more ends it, and the test says so */
	for (size_t i = 0; i < SLOTS; i++) {
		drop(worker->slot[i]);
		worker->slot[i] = new_block(&worker->random);
	}
	for (size_t i = 0; i < SLOTS; i += 2)
		drop(worker->slot[i]);
	hak_malloc_trim(0);
	for (size_t i = 1; i < SLOTS; i += 2)
		drop(worker->slot[i]);
	_exit(0);
}

static void fork_one(struct worker *worker)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		live_as_child(worker);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fault("a forked child ended badly", NULL, (uint64_t)pid, (uint64_t)status);
	forks++;
}

static void call_once(struct worker *worker)
{
	uint64_t drawn = pattern_random(&worker->random);
	void **slot = &worker->slot[drawn % SLOTS];
	unsigned kind = (unsigned)(drawn >> 52); /* of 4096 */

	if (kind == 0)
		hak_malloc_trim(0);
	else if (kind == 1)
		fork_one(worker);
	else if (!*slot)
		*slot = new_block(&worker->random);
	else if (kind < 400)
		resize(slot, &worker->random);
	else {
		if (kind < 2000)
			mail(*slot, &worker->random);
		else
			drop(*slot);
		*slot = NULL;
	}
}

static void *work(void *of)
{
	struct worker *worker = of;
	long left = 1 + (long)(pattern_random(&worker->random) % (2 * (uint64_t)calls));

	pthread_setspecific(at_end, worker);
	while (left-- > 0)
		call_once(worker);
	return NULL;
}

/*
 * Runs as a destructor of the thread's data, before or after the allocator's own: frees a third of
 * the thread's blocks, mails another, allocates anew, and asks for a round more if any is left.
 */
static void end_work(void *of)
{
	struct worker *worker = of;
	bool any = false;

	for (size_t i = 0; i < SLOTS; i++) {
		void *p = worker->slot[i];

		worker->slot[i] = NULL;
		if (i % 3 == 0 || worker->ending)
			drop(p);
		else if (i % 3 == 1)
			mail(p, &worker->random);
		else
			worker->slot[i] = p;
		any |= worker->slot[i] != NULL;
	}
	drop(new_block(&worker->random));
	worker->ending = true;
	if (any)
		pthread_setspecific(at_end, worker);
}

static void start(struct worker *worker, uint64_t seed)
{
	*worker = (struct worker){.random = seed};
	if (pthread_create(&worker->thread, NULL, work, worker) != 0)
		fault("no thread", NULL, seed, 0);
}

static void run_round(uint64_t *random)
{
	for (size_t i = 0; i < THREADS; i++)
		start(&workers[i], pattern_random(random));
	for (int life = 1; life <= LIVES; life++)
		for (size_t i = 0; i < THREADS; i++) {
			pthread_join(workers[i].thread, NULL);
			if (life < LIVES)
				start(&workers[i], pattern_random(random));
		}
}

/* ---- between rounds -------------------------------------------------------------------------- */

static void want_at_most(const char *what, uint64_t got, uint64_t most)
{
	if (got > most)
		fault(what, NULL, got, most);
}

static void want_equal(const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		fault(what, NULL, got, want);
}

static void verify_at_rest(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < MAILBOXES; i++) {
		void *p = mailboxes[i];

		if (!p)
			continue;
		verify(p);
		bytes += hak_malloc_usable_size(p);
	}
	if (!getenv("HAKMEM_CHECK")) /* without caches */
		want_equal("threads, of which only main() runs", hak_counters.threads, 1);
	want_at_most("in blocks, of in_use_bytes", bytes, hak_counters.in_use_bytes);
	want_at_most("in_use_bytes, of committed_bytes", hak_counters.in_use_bytes,
		hak_counters.committed_bytes);
	want_equal("hk_verify_heap()", (uint64_t)hk_verify_heap(), 0);
}

/* All is freed: what is still held is kept for reuse. peak: the most that was seen in use. */
static void verify_emptied(uint64_t before, uint64_t peak)
{
	/* What was wanted again and again is kept, and never more than was in use lately. */
	uint64_t kept = hak_counters.in_use_peak + KEPT_MAX;
	uint64_t committed = hak_counters.committed_bytes;
	uint64_t headers = hak_counters.superslabs << 16;

	dprintf(STDOUT_FILENO,
		"# %ld forks; all freed: in use %" PRIu64 " KiB, retained %" PRIu64
		", committed %" PRIu64 "; peak %" PRIu64 "\n",
		(long)forks, hak_counters.in_use_bytes >> 10, hak_counters.retained_bytes >> 10,
		committed >> 10, peak >> 10);
	want_at_most("retained_bytes", hak_counters.retained_bytes, kept);
	/* What is still in use is in caches, of this thread and of those that have ended. */
	want_at_most("committed_bytes when all is freed", committed,
		kept + headers + hak_counters.in_use_bytes);
	hak_malloc_trim(0);
	headers = hak_counters.superslabs << 16;
	want_equal("retained_bytes after malloc_trim()", hak_counters.retained_bytes, 0);
	want_equal("in_use_bytes after malloc_trim()", hak_counters.in_use_bytes, before);
	want_at_most("committed_bytes after malloc_trim()", hak_counters.committed_bytes,
		before + headers);
}

static int run_seed(const char *self, uint64_t seed)
{
	bool holding = getenv("HAKMEM_CHECK") || getenv("HAKMEM_PROFILE");
	uint64_t random = seed * 0x9e3779b97f4a7c15u ^ 1, before, peak = 0;
	char arguments[40];

	snprintf(arguments, sizeof(arguments), "--seed %" PRIu64, seed);
	seeds_replay_by(self, arguments);
	seeds_calls = calls;
	pthread_key_create(&at_end, end_work);
	hak_free(hak_malloc(1));
	hak_malloc_trim(0);
	before = hak_counters.in_use_bytes;
	for (int round = 0; round < ROUNDS; round++) {
		run_round(&random);
		verify_at_rest();
		peak = peak > hak_counters.in_use_bytes ? peak : hak_counters.in_use_bytes;
	}
	for (size_t i = 0; i < MAILBOXES; i++)
		drop(atomic_exchange(&mailboxes[i], NULL));
	verify_at_rest();
	if (!holding)
		verify_emptied(before, peak);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct seeds_run runs[] = {{.seed = 1}, {.seed = 2}, {.seed = 3}, {.seed = 5},
		{7, "1009", "HAKMEM_CHECK=1"}, {11, "1009", "HAKMEM_PROFILE=lean"},
		{13, "1009", "HAKMEM_PROFILE=fast"}, {17, "1009", "HAKMEM_KEEP_BYTES=0"}};
	uint64_t seed = seeds_argument(argc, argv, "--seed", 0);
	long seconds = (long)seeds_argument(argc, argv, "--seconds", 0);

	calls = (long)seeds_argument(argc, argv, "--calls", DEFAULT_CALLS);
	if (seconds > 0)
		return seeds_for(argv[0], seconds, seed);
	if (seed > 0)
		return run_seed(argv[0], seed);
	for (size_t i = 0; i < COUNT(runs); i++)
		seeds_try(argv[0], &runs[i]);
	return tap_done();
}
