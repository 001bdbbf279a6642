/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_calls: makes an allocator ask the kernel for things, and looks at what it counts.
 *
 *	hakmem_calls work    allocates in all ways, between two calls of getppid(), and in a
 *	                     forked child as well. Says "PID FROM TO" of malloc()'s
 *	                     code, then "mremap PID N M" at its end, M being mprotect's
 *	hakmem_calls steps   at each line of its input it goes a step further, and says what the
 *	                     counters are; "end" when there are no more
 *	hakmem_calls churn   allocates in four threads until its input ends
 *	hakmem_calls read PID ADDRESS [TURNS]
 *	                     what another process has counted; read often, says only "ok", if no
 *	                     count ever fell and no amount was beyond reason
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/hakmem.h"

#define THREADS 4
#define BLOCKS 40000
#define COUNTS 8 /* what only ever grows, before the amounts */

static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void *(*volatile do_memalign)(size_t, size_t) = memalign;
static void (*volatile do_free)(void *) = free;

static void *blocks[BLOCKS];
static atomic_bool stop;

static const char *const names[] = {"alloc", "free", "madvise", "madvise_disabled", "mmap_total",
	"fallback_mmap", "huge_alloc", "mremap", "in_use_bytes", "committed_bytes",
	"retained_bytes", "in_use_peak", "superslabs", "huge_blocks", "threads", "purges",
	"purged_bytes", "regretted_bytes", "refaulted_bytes", "retained_peak", "cached_bytes",
	"mprotect"};

static const struct hak_counters *own_counters(void)
{
	const struct hak_counters *own = dlsym(RTLD_DEFAULT, "hak_counters");

	if (!own) {
		fputs("no hak_counters here\n", stderr);
		_exit(3);
	}
	return own;
}

static uint64_t field(const struct hak_counters *counters, size_t i)
{
	uint64_t value;

	memcpy(&value, (const char *)counters + offsetof(struct hak_counters, alloc) + 8 * i, 8);
	return value;
}

static void say(const struct hak_counters *counters)
{
	printf("version=%" PRIu32 " size=%" PRIu32, counters->version, counters->size);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		printf(" %s=%" PRIu64, names[i], field(counters, i));
	putchar('\n');
	fflush(stdout);
}

/* ---- calls --------------------------------------------------------------------------------- */

static void fill(size_t size, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		blocks[i] = do_malloc(size);
		memset(blocks[i], 1, size);
	}
}

static void drop(size_t count)
{
	for (size_t i = 0; i < count; i++)
		do_free(blocks[i]);
}

/* Memory comes and goes in all sizes, and huge blocks change theirs. */
static void ask_for_much(void)
{
	static const size_t sizes[] = {100, 1000, 9000, 70000, 400000, 1500000, 3000000, 30000000};
	void *huge = NULL;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t count = 60000000 / sizes[i] < BLOCKS ? 60000000 / sizes[i] : BLOCKS;

		fill(sizes[i], count);
		drop(count);
	}
	for (size_t bytes = 3000000; bytes < 200000000; bytes *= 2)
		huge = do_realloc(huge, bytes);
	huge = do_realloc(huge, 5000000);
	do_free(huge);
	for (size_t align = 32; align <= 64 << 20; align *= 2)
		do_free(do_memalign(align, 3 * align));
	do_free(do_calloc(1000, 10000));
	malloc_trim(0);
}

/* Of its end: what the line at exit does not have. */
static void say_rest(void)
{
	printf("mremap %d %" PRIu64 " %" PRIu64 "\n", (int)getpid(), own_counters()->mremap,
		own_counters()->mprotect);
	fflush(stdout);
}

static void say_code(void)
{
	char line[512], *from, *to;
	void *malloc_now = dlsym(RTLD_DEFAULT, "malloc");
	uintptr_t code = (uintptr_t)malloc_now;
	FILE *in = fopen("/proc/self/maps", "r");

	while (in && fgets(line, sizeof(line), in)) {
		from = line;
		to = strchr(line, '-') + 1;
		if (strtoul(from, NULL, 16) <= code && code < strtoul(to, NULL, 16))
			printf("%d %lu %lu\n", (int)getpid(), strtoul(from, NULL, 16),
				strtoul(to, NULL, 16));
	}
	if (in)
		fclose(in);
	fflush(stdout);
}

static int work(void)
{
	pid_t pid;

	say_code();
	syscall(SYS_getppid);
	ask_for_much();
	syscall(SYS_getppid);
	fill(1000, BLOCKS);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_getppid);
		drop(BLOCKS);
		ask_for_much();
		syscall(SYS_getppid);
		say_rest();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	say_rest();
	return 0;
}

/* ---- steps --------------------------------------------------------------------------------- */

static void step_small(void)
{
	fill(1000, BLOCKS);
}

static void step_free(void)
{
	drop(BLOCKS);
}

static void step_large(void)
{
	fill(300000, 100);
}

static void step_huge(void)
{
	drop(100);
	fill(10000000, 7);
}

static void step_trim(void)
{
	drop(7);
	malloc_trim(0);
}

static int steps(void)
{
	static void (*const all[])(void) = {
		step_small, step_free, step_large, step_huge, step_trim};
	char line[16];

	for (size_t i = 0; fgets(line, sizeof(line), stdin) && i < sizeof(all) / sizeof(all[0]);
		i++) {
		all[i]();
		say(own_counters());
	}
	puts("end");
	return 0;
}

/* ---- churn --------------------------------------------------------------------------------- */

static void *churn(void *number)
{
	uint64_t state = 88172645463325252ull + (uintptr_t)number;
	void *held[200] = {NULL};

	while (!stop) {
		size_t size;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		size = state >> 20 & 63 ? 16 + (state >> 30) % 5000 : 16 + (state >> 30) % 4000000;
		do_free(held[state % 200]);
		held[state % 200] = state >> 60 & 1 ? do_malloc(size) : NULL;
	}
	for (int i = 0; i < 200; i++)
		do_free(held[i]);
	return NULL;
}

static int churn_until_end(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, churn, (void *)i);
	puts("churning");
	fflush(stdout);
	while (getchar() != EOF)
		;
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* ---- read ---------------------------------------------------------------------------------- */

static bool fetch(pid_t pid, uintptr_t address, struct hak_counters *counters)
{
	struct iovec to = {counters, sizeof(*counters)},
		     from = {(void *)address, sizeof(*counters)};

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)sizeof(*counters);
}

static bool is_sane(const struct hak_counters *before, const struct hak_counters *now)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool is_count = i < COUNTS || i == 15 || i == 16;

		if (is_count ? field(now, i) < field(before, i)
			     : field(now, i) > (uint64_t)1 << 36) {
			printf("%s: %" PRIu64 " after %" PRIu64 "\n", names[i], field(now, i),
				field(before, i));
			return false;
		}
	}
	return now->version == HAK_COUNTERS_VERSION && now->size >= sizeof(*now);
}

static int read_others(pid_t pid, uintptr_t address, long turns)
{
	struct hak_counters before = {0}, now;

	for (long i = 0; i < turns; i++) {
		if (!fetch(pid, address, &now) || !is_sane(&before, &now))
			return 1;
		before = now;
		usleep(1000);
	}
	if (turns > 1)
		puts("ok");
	else
		say(&now);
	return 0;
}

int main(int argc, char **argv)
{
	static char out[4096], in[4096];
	const char *what = argc > 1 ? argv[1] : "";

	/* stdio would allocate. */
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	setvbuf(stdin, in, _IOFBF, sizeof(in));
	if (strcmp(what, "work") == 0)
		return work();
	if (strcmp(what, "steps") == 0)
		return steps();
	if (strcmp(what, "churn") == 0)
		return churn_until_end();
	if (strcmp(what, "read") == 0 && argc >= 4)
		return read_others(
			atoi(argv[2]), strtoul(argv[3], NULL, 16), argc > 4 ? atol(argv[4]) : 1);
	return 2;
}
