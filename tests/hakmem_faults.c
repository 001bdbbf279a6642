/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeout: 900 */
/*
 * The kernel refuses: the n-th call of a kind, or that and all later ones, for every n that a
 * workload reaches. Whatever is refused, a call then gives memory or says ENOMEM, contents stay,
 * and when the kernel grants again all works as if nothing had been.
 *
 * Each n is a program of its own, in which calls fail from before the allocator's constructor on,
 * so that the start of the allocator is among what fails. For this the internals are built with
 * HAKMEM_OS_FAULTS.
 *
 *	hakmem_faults                 the test
 *	hakmem_faults CASE N          one case with one N, in this process: ends with 0, 42 or 43;
 *	                              for a debugger, set the case's option before
 */
#include "src/check.h"
#include "src/os.h"
#include "tests/hakmem_pattern.h"
#include "src/hakmem.h"
#include "src/prefixed.h"
#include "tests/tap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCKS 1009
#define OBSTACLES 64
#define CHILD_SECONDS 60
#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define ONLY(call) (1u << (call))
#define ADVICE (ONLY(HK_OS_MADVISE) | ONLY(HK_OS_MADVISE_PURGE))

enum { NOT_REACHED = 42, REFUSED_ADVICE = 43 }; /* how a process ends, besides 0 */

static const struct plan {
	const char *name;
	unsigned calls; /* ONLY() of those that fail */
	bool lasting;   /* all from the n-th on, until the workload ends */
	bool may_be_null;
	const char *option, *value; /* for the environment */
} plans[] = {
	{"one mmap", ONLY(HK_OS_MMAP), false, true, "HAKMEM_PROFILE", "balanced"},
	{"one munmap", ONLY(HK_OS_MUNMAP), false, true, "HAKMEM_PROFILE", "balanced"},
	{"one madvise", ADVICE, false, false, "HAKMEM_PROFILE", "balanced"},
	{"one mremap", ONLY(HK_OS_MREMAP), false, false, "HAKMEM_PROFILE", "balanced"},
	{"every mmap", ONLY(HK_OS_MMAP), true, true, "HAKMEM_PROFILE", "balanced"},
	{"every munmap", ONLY(HK_OS_MUNMAP), true, true, "HAKMEM_PROFILE", "balanced"},
	{"every madvise", ADVICE, true, false, "HAKMEM_PROFILE", "balanced"},
	{"every mremap", ONLY(HK_OS_MREMAP), true, false, "HAKMEM_PROFILE", "balanced"},
	{"every munmap and madvise", ONLY(HK_OS_MUNMAP) | ADVICE, true, true, "HAKMEM_PROFILE",
		"balanced"},
	{"everything", ~0u, true, true, "HAKMEM_PROFILE", "balanced"},
	{"one of all", ~0u, false, true, "HAKMEM_KEEP_BYTES", "0"},
	{"every munmap and madvise", ONLY(HK_OS_MUNMAP) | ADVICE, true, true, "HAKMEM_KEEP_BYTES",
		"0"},
	{"one of all", ~0u, false, true, "HAKMEM_CHECK", "1"},
	{"everything", ~0u, true, true, "HAKMEM_CHECK", "1"},
};

/* ---- the kernel ------------------------------------------------------------------------------ */

static const struct plan *plan = plans;
static bool armed;
static long nth, met, refused, advised_in_vain;
static uint64_t made[HK_OS_CALLS];

bool hk_os_fault(enum hk_os_call call)
{
	bool fails;

	/* With names the heap grows by mremap(), without them by mmap(). */
	if (call == HK_OS_NAME)
		return plan->calls != ONLY(HK_OS_MREMAP);
	made[call]++;
	advised_in_vain += call == HK_OS_MADVISE_PURGE && hak_counters.madvise_disabled;
	if (!armed || !(plan->calls & ONLY(call)))
		return false;
	met++;
	fails = plan->lasting ? met >= nth : met == nth;
	refused += fails;
	return fails;
}

static _Noreturn void fault(const char *what, const void *p, size_t a, size_t b)
{
	dprintf(STDOUT_FILENO,
		"# %s, the %ld.: %s: %p, %zu, %zu; again: %s=%s hakmem_faults %td %ld\n",
		plan->name, nth, what, p, a, b, plan->option, plan->value, plan - plans, nth);
	_exit(1);
}

/* ---- a workload that comes by every place where the kernel is called ------------------------- */

static struct held {
	char *start;
	size_t size;
} held[BLOCKS];

static void *obstacles[OBSTACLES];
static size_t obstacle_count;

/* Something of the program's own, that stands where the allocator will want to go on mapping. */
static void obstruct(void)
{
	void *p = mmap(NULL, 16 * KIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED && obstacle_count < OBSTACLES)
		obstacles[obstacle_count++] = p;
}

static void clear_obstacles(void)
{
	while (obstacle_count > 0)
		munmap(obstacles[--obstacle_count], 16 * KIB);
}

static bool may_be_null(size_t size)
{
	if (!armed || refused == 0 || !plan->may_be_null)
		fault("refused without need", NULL, size, 0);
	if (errno != ENOMEM)
		fault("errno is not ENOMEM", NULL, size, (size_t)errno);
	return true;
}

static void keep(size_t i, void *p, size_t size, size_t align)
{
	if (!p && may_be_null(size))
		return;
	if ((uintptr_t)p % align != 0 || hak_malloc_usable_size(p) < size)
		fault("alignment or usable size", p, size, hak_malloc_usable_size(p));
	held[i] = (struct held){p, size};
	pattern_fill(p, size, i);
}

static void take(size_t i, size_t size)
{
	errno = 0;
	keep(i, hak_malloc(size), size, 16);
}

static void take_zeros(size_t i, size_t size)
{
	size_t at = 0;
	void *p;

	errno = 0;
	p = hak_calloc(1, size);
	if (p && !pattern_zero(p, size, &at))
		fault("calloc() gave what is not zero", p, size, at);
	keep(i, p, size, 16);
}

static void take_aligned(size_t i, size_t size, size_t align)
{
	errno = 0;
	keep(i, hak_memalign(align, size), size, align);
}

static void want_contents(size_t i, size_t kept)
{
	size_t at = 0;

	if (!pattern_good(held[i].start, held[i].size, kept, i, &at))
		fault("contents changed", held[i].start, held[i].size, at);
}

static void drop(size_t i)
{
	if (!held[i].start)
		return;
	want_contents(i, held[i].size);
	errno = 2 * BLOCKS;
	hak_free(held[i].start);
	if (errno != 2 * BLOCKS)
		fault("free() changed errno", held[i].start, held[i].size, (size_t)errno);
	held[i] = (struct held){0};
}

/* A realloc() that is refused leaves the block as it is. */
static void resize(size_t i, size_t size)
{
	char *p;

	if (!held[i].start)
		return;
	errno = 0;
	p = hak_realloc(held[i].start, size);
	if (p)
		held[i].start = p;
	else
		may_be_null(size);
	want_contents(i, held[i].size < size ? held[i].size : size);
	if (p) {
		held[i].size = size;
		pattern_fill(p, size, i);
	}
}

static void *allocate_and_end(void *unused)
{
	for (size_t i = 900; i < 930; i++)
		take(i, 48 * (i - 899));
	return unused;
}

static void use_small_blocks(void)
{
	pthread_t thread;

	for (size_t i = 0; i < 900; i++)
		i % 7 ? take(i, 1 + i * 37 % 3000) : take_zeros(i, 1 + i * 37 % 3000);
	if (pthread_create(&thread, NULL, allocate_and_end, NULL) != 0)
		fault("no thread", NULL, 0, 0);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < 930; i += 3)
		drop(i);
	for (size_t i = 1; i < 930; i += 3)
		resize(i, held[i].size + i % 200);
}

static void use_large_blocks(void)
{
	for (size_t i = 930; i < 950; i++) {
		obstruct();
		take(i, (i - 929) * 65 * KIB);
	}
	for (size_t i = 930; i < 942; i += 2)
		resize(i, held[i].size + 70 * KIB);
	for (size_t i = 931; i < 950; i += 4)
		resize(i, held[i].size / 2);
	for (size_t i = 930; i < 950; i += 2)
		drop(i);
	for (size_t i = 930; i < 950; i += 4)
		take_zeros(i, 200 * KIB);
	resize(931, 3 * MIB);
}

/* More are freed than are kept, and some fit into what was kept. */
static void use_huge_blocks(void)
{
	for (size_t i = 960; i < 970; i++) {
		obstruct();
		take(i, 2 * MIB + (i - 959) * 200 * KIB);
	}
	for (size_t i = 960; i < 965; i++)
		resize(i, held[i].size + 3 * MIB);
	resize(961, 2 * MIB + 4 * KIB);
	resize(962, 70 * KIB);
	for (size_t i = 970; i < 975; i++)
		take_aligned(i, 100 * KIB * (i - 969), 128 * KIB << (i - 970) * 2);
	resize(973, 4 * MIB);
	resize(971, 3000);
	for (size_t i = 960; i < 970; i++)
		drop(i);
	take_zeros(960, 2 * MIB + 300 * KIB);
	take(961, 3 * MIB);
	take_aligned(962, 5 * MIB, 64 * KIB);
}

static void workload(void)
{
	use_small_blocks();
	use_large_blocks();
	use_huge_blocks();
	hak_malloc_trim(0);
	for (size_t i = 0; i < BLOCKS; i++)
		if (i % 5 != 0 || i >= 930)
			drop(i);
	clear_obstacles();
	use_large_blocks();
	for (size_t i = 0; i < BLOCKS; i++)
		drop(i);
	clear_obstacles();
	hak_malloc_trim(0);
}

/* ---- one process ----------------------------------------------------------------------------- */

static void want_equal(const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		fault(what, NULL, got, want);
}

static void verify(void)
{
	want_equal("hk_verify_heap()", (uint64_t)hk_verify_heap(), 0);
	want_equal("mmap calls counted", hak_counters.mmap_total, made[HK_OS_MMAP]);
	want_equal("munmap calls counted", hak_counters.free, made[HK_OS_MUNMAP]);
	want_equal("madvise calls counted", hak_counters.madvise,
		made[HK_OS_MADVISE] + made[HK_OS_MADVISE_PURGE]);
	want_equal("mremap calls counted", hak_counters.mremap, made[HK_OS_MREMAP]);
	want_equal("purges after a refusal", (uint64_t)advised_in_vain, 0);
	if (strcmp(plan->option, "HAKMEM_CHECK") != 0) /* which holds blocks back */
		want_equal("in_use_bytes when all is freed", hak_counters.in_use_bytes, 0);
}

/* Before all constructors. */
static void arm(int argc, char **argv)
{
	if (argc != 3)
		return;
	plan = &plans[strtoul(argv[1], NULL, 10) % COUNT(plans)];
	nth = strtol(argv[2], NULL, 10);
	armed = true;
}

__attribute__((section(".preinit_array"), used)) static void (*const arm_early)(int, char **) = arm;

/* Returns how the process shall end. */
static int try_one(void)
{
	workload();
	armed = false;
	verify();
	workload();
	verify();
	if (refused == 0)
		return NOT_REACHED;
	return hak_counters.madvise_disabled ? REFUSED_ADVICE : 0;
}

/* Returns a status as from waitpid(). */
static int try_in_child(const struct plan *which, long n)
{
	int status = -1;
	char number[24], count[24];
	pid_t pid;

	snprintf(number, sizeof(number), "%td", which - plans);
	snprintf(count, sizeof(count), "%ld", n);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(CHILD_SECONDS); /* an endless loop is a fault as well */
		setenv(which->option, which->value, 1);
		execl("/proc/self/exe", "hakmem_faults", number, count, (char *)NULL);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

/*
 * Every n where one call fails. A refusal that lasts from later on is much like the one before, and
 * what another option changes is when calls are made, more than which.
 */
static long step(const struct plan *which, long n)
{
	if (which->lasting)
		return 1 + n / 8;
	return strcmp(which->option, "HAKMEM_PROFILE") == 0 ? 1 : 3;
}

/* Three assertions for each plan. */
static void try_all(const struct plan *which)
{
	long n, bad = 0, disabled = 0;
	int status = 0;

	for (n = 1; bad < 3; n += step(which, n)) {
		status = try_in_child(which, n);
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_REACHED)
			break;
		disabled += WIFEXITED(status) && WEXITSTATUS(status) == REFUSED_ADVICE;
		if (WIFEXITED(status) && (status == 0 || WEXITSTATUS(status) == REFUSED_ADVICE))
			continue;
		printf("# the %ld. ended with status %#x\n", n, (unsigned)status);
		bad++;
		if (WIFSIGNALED(status)) /* a loop without end need not be seen thrice */
			break;
	}
	tap_ok(bad == 0, which->name);
	printf(" fails (%s=%s): %ld ended badly\n", which->option, which->value, bad);
	tap_ok(n - 1 >= 5, which->name);
	printf(" was met %ld times (want at least 5)\n", n - 1);
	if (which->lasting && which->calls & ONLY(HK_OS_MADVISE_PURGE))
		tap_ok(disabled > 0, which->name);
	else /* one refusal concerns one place */
		tap_ok(disabled == 0, which->name);
	printf(": madvise_disabled after %ld\n", disabled);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc == 3)
		_exit(try_one()); /* what is bad does not come back */
	for (size_t i = 0; i < COUNT(plans); i++)
		try_all(&plans[i]);
	return tap_done();
}
