/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The preload library counts every call once, exactly, before main, in threads, in children, and in
 * destructors, under each allocator.
 *
 *	ops_preload                     the test
 *	ops_preload calls CASE N        what it watches: N calls of a case
 *	ops_preload run PRELOAD CMD...  runs CMD on a page; prints what it counted, see print_run()
 */
#include "tests/ops_run.h"

#include <malloc.h>
#include <pthread.h>
#include <spawn.h>

#define THREADS 8
#define SHORT_THREADS 10000
#define FORKS 7

extern char **environ;
static char *self;
static void *volatile block; /* volatile: no pair may be optimised away */
static __thread void *volatile mine;
static volatile size_t huge = SIZE_MAX / 2;

/* ---- what is watched ---------------------------------------------------------------------- */

static void pairs(long n)
{
	for (long i = 0; i < n; i++) {
		mine = malloc(16 + (size_t)i % 1000);
		free(mine);
	}
}

static void call_malloc(long n)
{
	pairs(n);
}

static void call_calloc(long n)
{
	for (long i = 0; i < n; i++) {
		block = calloc(3, 1 + (size_t)i % 1000);
		free(block);
	}
}

static void call_realloc(long n)
{
	for (long i = 0; i < n; i++) {
		block = NULL;
		block = realloc(block, 1 + (size_t)i % 1000);
		block = realloc(block, 4000);
		free(block);
	}
}

static void call_reallocarray(long n)
{
	for (long i = 0; i < n; i++) {
		block = reallocarray(NULL, 3, 100);
		errno = 0;
		if (reallocarray(block, huge, 4) || errno != ENOMEM)
			_exit(3);
		free(block);
	}
}

static void call_failing(long n)
{
	for (long i = 0; i < n; i++)
		if (malloc(huge * 2) || calloc(huge, 4))
			_exit(3);
}

static void call_aligned(long n)
{
	void *got = NULL;

	for (long i = 0; i < n; i++) {
		if (posix_memalign(&got, 64, 100) || (uintptr_t)got % 64)
			_exit(3);
		free(got);
		block = aligned_alloc(256, 512);
		free(block);
		block = memalign(128, 100);
		if (!block || (uintptr_t)block % 128)
			_exit(3);
		free(block);
		block = valloc(100);
		free(block);
	}
}

/* Not freed: jemalloc has no pvalloc, and would be given glibc's block. */
static void call_pvalloc(long n)
{
	for (long i = 0; i < n; i++)
		block = pvalloc(100);
}

static void call_free_null(long n)
{
	block = NULL;
	for (long i = 0; i < n; i++)
		free(block);
}

static void *thread_pairs(void *n)
{
	pairs((long)n);
	return NULL;
}

static void wave(void *(*function)(void *), long n)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, function, (void *)n))
			_exit(3);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static void call_threads(long n)
{
	wave(thread_pairs, n);
}

/* One after the other: what glibc itself allocates for threads must not depend on luck. */
static void call_short_threads(long n)
{
	pthread_t thread;

	for (int i = 0; i < SHORT_THREADS; i++) {
		if (pthread_create(&thread, NULL, thread_pairs, (void *)n))
			_exit(3);
		pthread_join(thread, NULL);
	}
}

static void forks(long n)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pairs(n);
			_exit(0);
		}
		pairs(n); /* the parent goes on counting in its own slot meanwhile */
		waitpid(pid, NULL, 0);
	}
}

static void call_forks(long n)
{
	forks(n);
}

/* Children of a program whose other threads are in the middle of malloc. */
static void call_forks_threaded(long n)
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, thread_pairs, (void *)(n * 100));
	forks(n);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

static void call_spawn(long n)
{
	char number[24], *argv[] = {self, (char *)"calls", (char *)"malloc", number, NULL};
	pid_t pid;

	snprintf(number, sizeof(number), "%ld", n);
	for (int i = 0; i < FORKS; i++) {
		if (posix_spawn(&pid, self, NULL, NULL, argv, environ))
			_exit(3);
		pairs(n);
		waitpid(pid, NULL, 0);
	}
}

static void call_vfork(long n)
{
	char number[24];
	pid_t pid;

	snprintf(number, sizeof(number), "%ld", n);
	pid = vfork();
	if (pid == 0) {
		execl(self, self, "calls", "malloc", number, (char *)NULL);
		_exit(3);
	}
	waitpid(pid, NULL, 0);
	pairs(n);
}

static pthread_key_t late_key;

/* Runs until the C library gives up: far later than the library's own destructor. */
static void late_destructor(void *n)
{
	pairs((long)n - 1);
	pthread_setspecific(late_key, n);
}

static void *thread_late(void *n)
{
	pthread_setspecific(late_key, (void *)((long)n + 1));
	return NULL;
}

static void call_destructors(long n)
{
	pthread_key_create(&late_key, late_destructor);
	for (int i = 0; i < 10; i++)
		wave(thread_late, n);
}

static long calls_at_exit;

static void at_exit(void)
{
	pairs(calls_at_exit);
}

static void call_at_exit(long n)
{
	calls_at_exit = n;
	atexit(at_exit);
}

static void call_nothing(long n)
{
	(void)n;
}

/* Before main, and again after the library's own end. */
__attribute__((constructor(101))) static void before_main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[2], "early") == 0)
		pairs(atol(argv[3]));
}

static const struct watched {
	const char *name;
	void (*call)(long n);
	uint64_t alloc, freed, realloced; /* expected per N */
	long n;
} cases[] = {
	{"malloc", call_malloc, 1, 1, 0, 10007},
	{"calloc", call_calloc, 1, 1, 0, 10007},
	{"realloc", call_realloc, 0, 1, 2, 10007},
	{"reallocarray", call_reallocarray, 0, 1, 2, 10007},
	{"failing", call_failing, 2, 0, 0, 1009},
	{"aligned", call_aligned, 4, 4, 0, 1009},
	{"pvalloc", call_pvalloc, 1, 0, 0, 101},
	{"free-null", call_free_null, 0, 1, 0, 10007},
	{"early", call_nothing, 1, 1, 0, 10007},
	{"at-exit", call_at_exit, 1, 1, 0, 10007},
	{"threads", call_threads, THREADS, THREADS, 0, 100003},
	{"short-threads", call_short_threads, SHORT_THREADS, SHORT_THREADS, 0, 7},
	{"destructors", call_destructors, 10 * THREADS * 4, 10 * THREADS * 4, 0, 101},
	{"forks", call_forks, 2 * FORKS, 2 * FORKS, 0, 10007},
	{"forks-threaded", call_forks_threaded, 2 * FORKS + 200, 2 * FORKS + 200, 0, 1009},
	{"spawn", call_spawn, 2 * FORKS, 2 * FORKS, 0, 1009},
	{"vfork", call_vfork, 2, 2, 0, 10007},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static int watched_main(const char *name, long n)
{
	for (size_t i = 0; i < CASES; i++) {
		if (strcmp(name, cases[i].name) == 0) {
			cases[i].call(n);
			return 0;
		}
	}
	return 2;
}

/* ---- the test ----------------------------------------------------------------------------- */

static struct ops_result run_case(const struct ops_run *how, const struct watched *c, long n)
{
	char number[24];
	char *argv[] = {self, (char *)"calls", (char *)c->name, number, NULL};

	snprintf(number, sizeof(number), "%ld", n);
	return ops_run_command(how, argv);
}

static struct ops_result test_case(
	const struct ops_run *how, const struct watched *c, const char *where)
{
	struct ops_result none = run_case(how, c, 0), some = run_case(how, c, c->n), delta = some;
	uint64_t n = (uint64_t)c->n;
	char what[128];

	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		delta.count[kind] -= none.count[kind];
	snprintf(what, sizeof(what), "%s, %s: exact", where, c->name);
	ops_counts(delta.count, c->alloc * n, c->freed * n, c->realloced * n, what);
	if (none.status || some.status) {
		snprintf(what, sizeof(what), "%s, %s: ends well", where, c->name);
		ops_equal((uint64_t)(some.status | none.status), 0, what);
	}
	return some;
}

static const struct watched *case_named(const char *name)
{
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	abort();
}

static void test_allocator(const char *name, const char *library)
{
	char preload[4200];
	struct ops_run how = {.preload = preload};

	if (!ops_preload(library, preload, sizeof(preload))) {
		printf("ok %d # SKIP %s is not installed\n", ++ops_tests, library);
		return;
	}
	for (size_t i = 0; i < CASES; i++)
		test_case(&how, &cases[i], name);
}

static void test_slots(void)
{
	struct ops_run how = {.preload = ops_library()};
	struct ops_result r = run_case(&how, case_named("short-threads"), 7);

	ops_ok(r.used <= 3, "10 000 threads, one after the other, share two slots");
	printf("# used %u\n", r.used);
	r = run_case(&how, case_named("destructors"), 7);
	ops_ok(r.used <= THREADS + 1, "a thread that allocates after its end takes no second slot");
	printf("# used %u\n", r.used);
	r = run_case(&how, case_named("forks"), 7);
	ops_equal(r.attached, FORKS + 1, "each process is in `attached` once");
	ops_equal(r.used, FORKS + 1, "each child takes a slot of its own");
	how.used = SOAKOPS_SLOTS;
	test_case(&how, case_named("threads"), "no slot left");
	test_case(&how, case_named("forks"), "no slot left");
}

static void test_finding(void)
{
	struct ops_run how = {.preload = ops_library(), .close_fd = true};
	char *bad[] = {(char *)"env", (char *)"SOAK_OPS=1:x", self, (char *)"calls",
		(char *)"malloc", (char *)"7", NULL};
	char *shell[] = {(char *)"sh", (char *)"-c", NULL, NULL};
	static const char *const values[] = {
		"", "x", "3", "99999:1", "0:1", "99999999999999999999:1", "-1:5", "2:", "1:x"};
	char text[64], script[4200];

	test_case(&how, case_named("malloc"), "descriptor closed, found through the parent");
	test_case(&how, case_named("spawn"), "descriptor closed, kept for grandchildren");
	how.close_fd = false;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(text, sizeof(text), "SOAK_OPS=%s", values[i]);
		bad[1] = text;
		ops_ok(ops_run_command(&how, bad).status == 0, text);
	}
	snprintf(script, sizeof(script), "unset SOAK_OPS; '%s' calls threads 7", self);
	shell[2] = script;
	ops_ok(ops_run_command(&how, shell).status == 0, "no SOAK_OPS");
}

/* alloc, free, realloc by the library; attached; alloc, free, realloc by the program itself */
static int print_run(const char *preload, char *const *argv)
{
	struct ops_run how = {.preload = preload};
	struct ops_result r = ops_run_command(&how, argv);

	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		printf("%" PRIu64 " ", r.count[kind]);
	printf("%u", r.attached);
	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		printf(" %" PRIu64, r.program[kind]);
	putchar('\n');
	return r.status ? 1 : 0;
}

int main(int argc, char **argv)
{
	static char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	self = length > 0 ? path : argv[0];
	if (argc == 4 && strcmp(argv[1], "calls") == 0)
		return watched_main(argv[2], atol(argv[3]));
	if (argc >= 4 && strcmp(argv[1], "run") == 0)
		return print_run(argv[2], argv + 3);
	if (OPS_SANITIZED) {
		puts("1..0 # SKIP a sanitizer's allocator cannot be preloaded over");
		return 0;
	}
	test_allocator("glibc", "");
	test_allocator("mimalloc", "libmimalloc.so.2");
	test_allocator("jemalloc", "libjemalloc.so.2");
	test_allocator("tcmalloc", "libtcmalloc_minimal.so.4");
	test_slots();
	test_finding();
	return ops_done();
}
