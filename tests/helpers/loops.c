/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loops whose cost per turn is known well, for tools/bench: what does watching them add?
 *
 *	loops MODE N [FILE]
 *
 * N is the number of turns, done in 64 batches. Prints, to FILE if given, in ns per call: the
 * cheapest batch, the median batch, the mean of all; then the number of calls. `idle` takes seconds
 * instead of turns.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 64
#define SLOTS 64
#define IDLE_OPS 1000
#define IDLE_NS 10000000

static char *page;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void loop_other(int64_t turns)
{
	while (turns-- > 0)
		syscall(SYS_getppid);
}

static void loop_churn(int64_t turns)
{
	while (turns-- > 0)
		madvise(page, 4096, MADV_NORMAL);
}

static void loop_mmap(int64_t turns)
{
	while (turns-- > 0) {
		void *p = mmap(
			NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || munmap(p, 4096))
			abort();
	}
}

/* xorshift64: each turn needs the one before it, so that no turn can be left out. */
static uint64_t draw(void)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static void loop_none(int64_t turns)
{
	static volatile uint64_t sum;
	uint64_t local = sum;

	while (turns-- > 0)
		local += draw();
	sum = local;
}

static void loop_malloc(int64_t turns)
{
	static char *volatile slots[SLOTS];

	for (int64_t i = 0; i < turns; i++) {
		char *p = malloc(16 + draw() % 1009);

		if (!p)
			abort();
		*p = 1;
		free(slots[i % SLOTS]);
		slots[i % SLOTS] = p;
	}
}

/* About one percent of a CPU: 100 000 allocator calls a second in a heap that stands still. */
static void loop_idle(int64_t seconds)
{
	const struct timespec pause = {.tv_nsec = IDLE_NS};
	int64_t end = now_ns() + seconds * 1000000000ll;

	while (now_ns() < end) {
		loop_malloc(IDLE_OPS / 2);
		nanosleep(&pause, NULL);
	}
}

static const struct {
	const char *name;
	void (*loop)(int64_t turns);
	int calls; /* per turn */
} modes[] = {
	{"other", loop_other, 1},
	{"churn", loop_churn, 1},
	{"mmap", loop_mmap, 2},
	{"none", loop_none, 1},
	{"malloc", loop_malloc, 1},
	{"idle", loop_idle, 0},
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(void (*loop)(int64_t), int64_t turns, int calls, FILE *out)
{
	int64_t batch = turns / BATCHES + 1, begin = now_ns();
	double ns[BATCHES], mean;

	for (int b = 0; b < BATCHES; b++) {
		int64_t start = now_ns();

		loop(batch);
		ns[b] = (double)(now_ns() - start) / (batch * calls);
	}
	mean = (double)(now_ns() - begin) / (BATCHES * batch * calls);
	qsort(ns, BATCHES, sizeof(*ns), ascending);
	fprintf(out, "%.4f %.4f %.4f %lld\n", ns[0], (ns[BATCHES / 2 - 1] + ns[BATCHES / 2]) / 2,
		mean, (long long)(BATCHES * batch * calls));
}

int main(int argc, char **argv)
{
	int64_t turns = argc > 2 ? atoll(argv[2]) : 0;
	FILE *out = argc > 3 ? fopen(argv[3], "w") : stdout;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t m = 0; turns > 0 && out && m < sizeof(modes) / sizeof(*modes); m++) {
		if (strcmp(argv[1], modes[m].name) != 0)
			continue;
		if (!modes[m].calls) {
			modes[m].loop(turns);
			return 0;
		}
		modes[m].loop(turns / 8 + 1); /* warms up */
		measure(modes[m].loop, turns, modes[m].calls, out);
		return fclose(out) != 0;
	}
	fputs("usage: loops other|churn|mmap|none|malloc|idle N [FILE]\n", stderr);
	return 2;
}
