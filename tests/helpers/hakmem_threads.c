/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_threads: threads that come and go, forks among them, libraries and signals.
 *
 *	hakmem_threads sequential N     N threads, one by one, with destructors that allocate
 *	hakmem_threads pools N          rounds of 16 at once; N threads in all
 *	hakmem_threads forks N          N forks by three threads, while others allocate
 *	hakmem_threads endings N        N processes that end while three threads allocate
 *	hakmem_threads signals N        until N signals have interrupted allocation
 *	hakmem_threads library FILE N   FILE is opened and closed N times
 *
 * 0 when all is well. The first two and `library` print VmRSS in kB after a tenth, and at the end.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 16
#define BUSY 3

static void *(*volatile do_malloc)(size_t) = malloc;
static void (*volatile do_free)(void *) = free;

/* What C++ calls for each thread_local object with a destructor. */
extern int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *dso);
extern void *__dso_handle;

static pthread_key_t key;
static atomic_long destroyed, objects_destroyed, signals_seen;
static atomic_bool stop;

static void require(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s (errno %d)\n", what, errno);
	_exit(1);
}

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static void *block_of(size_t size)
{
	char *block = do_malloc(size);

	require(block, "malloc gives a block");
	block[0] = block[size - 1] = 1;
	return block;
}

static void print_rss(void)
{
	char line[256];
	FILE *in = fopen("/proc/self/status", "r");
	long kb = -1;

	while (in && fgets(line, sizeof(line), in))
		sscanf(line, "VmRSS: %ld", &kb);
	if (in)
		fclose(in);
	printf("%ld\n", kb);
}

/* ---- short threads ------------------------------------------------------------------------- */

/* Sets itself up again until the C library has enough of it. */
static void destroy_value(void *value)
{
	void *blocks[20];

	do_free(value);
	for (int i = 0; i < 20; i++)
		blocks[i] = block_of(16 + (size_t)i * 100);
	for (int i = 0; i < 20; i++)
		do_free(blocks[i]);
	pthread_setspecific(key, block_of(500));
	atomic_fetch_add(&destroyed, 1);
}

static void destroy_object(void *object)
{
	do_free(object);
	do_free(block_of(3000));
	atomic_fetch_add(&objects_destroyed, 1);
}

/* Gives its last value away: what no destructor frees would be the program's leak, not ours. */
static void destroy_last(void *value)
{
	static __thread int turns;

	if (++turns < PTHREAD_DESTRUCTOR_ITERATIONS)
		destroy_value(value);
	else
		do_free(value);
}

static void *short_thread(void *inherited)
{
	uint64_t state = 1 + (uintptr_t)inherited;
	void *blocks[50];

	pthread_setspecific(key, block_of(100));
	__cxa_thread_atexit_impl(destroy_object, block_of(200), &__dso_handle);
	do_free(inherited);
	for (int i = 0; i < 50; i++)
		blocks[i] = block_of(1 + draw(&state) % (i ? 3000 : 200000));
	for (int i = 1; i < 50; i++)
		do_free(blocks[i]);
	return blocks[0]; /* freed by who joins */
}

static void run_short_threads(long count, int at_once)
{
	pthread_t threads[AT_ONCE];
	bool early = false;

	pthread_key_create(&key, destroy_last);
	for (long done = 0; done < count; done += at_once) {
		for (int i = 0; i < at_once; i++)
			require(pthread_create(&threads[i], NULL, short_thread, block_of(700)) == 0,
				"pthread_create");
		for (int i = 0; i < at_once; i++) {
			void *left = NULL;

			pthread_join(threads[i], &left);
			do_free(left);
		}
		if (!early && done >= count / 10) {
			print_rss();
			early = true;
		}
	}
	print_rss();
	require(objects_destroyed >= count && destroyed == objects_destroyed * 3,
		"all destructors ran");
}

/* ---- forks while others allocate ----------------------------------------------------------- */

static void *busy_thread(void *number)
{
	uint64_t state = 7 + (uintptr_t)number;
	void *blocks[64] = {NULL};

	while (!stop) {
		size_t slot = draw(&state) % 64;

		do_free(blocks[slot]);
		blocks[slot] = block_of(1 + draw(&state) % (slot              ? 4000
								   : slot % 8 ? 3000000
									      : 90000));
	}
	for (int i = 0; i < 64; i++)
		do_free(blocks[i]);
	return NULL;
}

/* An alarm ends a child that hangs, which is then seen in its status. */
static void live_as_child(long number)
{
	void *blocks[100];

	alarm(100);
	for (int i = 0; i < 100; i++)
		blocks[i] = block_of(i % 10 ? 16 + (size_t)i * 37 : (size_t)i * 30000 + 1);
	for (int i = 0; i < 100; i++)
		do_free(blocks[i]);
	if (number % 64 == 0) {
		pthread_t thread;
		void *left = NULL;

		require(pthread_create(&thread, NULL, short_thread, NULL) == 0, "thread in child");
		pthread_join(thread, &left);
		do_free(left);
	}
	if (number % 32 == 1 && fork() == 0) {
		alarm(100);
		do_free(block_of(1000));
		_exit(0);
	}
	if (number % 2)
		exit(0);
	_exit(0);
}

static void *fork_often(void *count)
{
	for (long i = 0; i < (long)count; i++) {
		void *before = block_of(100 + (size_t)i);
		int status = -1;
		pid_t pid = fork();

		require(pid >= 0, "fork");
		if (pid == 0) {
			do_free(before);
			live_as_child(i);
		}
		require(waitpid(pid, &status, 0) == pid && status == 0, "the child ends with 0");
		do_free(before);
	}
	return NULL;
}

/* Handlers of the program's own may allocate too, before and after the allocator's. */
static __thread void *at_fork;

static void before_fork(void)
{
	at_fork = block_of(777);
}

static void after_fork(void)
{
	do_free(at_fork);
	do_free(block_of(70000));
}

static void run_forks(long count)
{
	pthread_t busy[BUSY], forking[2];

	pthread_key_create(&key, destroy_last);
	pthread_atfork(before_fork, after_fork, after_fork);
	for (uintptr_t i = 0; i < BUSY; i++)
		pthread_create(&busy[i], NULL, busy_thread, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_create(&forking[i], NULL, fork_often, (void *)(count / 3));
	fork_often((void *)(count / 3));
	for (int i = 0; i < 2; i++)
		pthread_join(forking[i], NULL);
	stop = true;
	for (int i = 0; i < BUSY; i++)
		pthread_join(busy[i], NULL);
}

static void end_while_busy(long number)
{
	pthread_t busy;

	alarm(100);
	for (uintptr_t i = 0; i < BUSY; i++)
		pthread_create(&busy, NULL, busy_thread, (void *)i);
	usleep((useconds_t)(number % 50 * 100));
	if (number % 2)
		exit(0);
	_exit(0);
}

static void run_endings(long count)
{
	for (long i = 0; i < count; i++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0)
			end_while_busy(i);
		require(waitpid(pid, &status, 0) == pid && status == 0, "it ends with 0");
	}
}

/* ---- signals ------------------------------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	signals_seen++;
}

static void run_signals(long count)
{
	struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
	struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
	pthread_t busy[BUSY];

	sigaction(SIGALRM, &action, NULL);
	for (uintptr_t i = 0; i < BUSY; i++)
		pthread_create(&busy[i], NULL, busy_thread, (void *)i);
	setitimer(ITIMER_REAL, &often, NULL);
	for (size_t i = 0; signals_seen < count; i++) {
		size_t size = i % 3 ? 1 + i % 5000 : 100000 + i * 4099 % 5000000;
		char *block = block_of(size);

		memset(block, (int)i, size < 60000 ? size : 60000);
		require(block[size / 2 % 60000] == (char)i, "contents kept");
		pthread_kill(busy[i % BUSY], SIGALRM);
		do_free(block);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	stop = true;
	for (int i = 0; i < BUSY; i++)
		pthread_join(busy[i], NULL);
}

/* ---- libraries ----------------------------------------------------------------------------- */

static void *use_library(void *library)
{
	char *(*use)(void) = (char *(*)(void))dlsym(library, "use");

	require(use && strcmp(use(), "used") == 0, "the library works");
	return NULL;
}

static void run_library(const char *file, long count)
{
	for (long i = 0; i < count; i++) {
		void *library = dlopen(file, i % 2 ? RTLD_NOW : RTLD_LAZY | RTLD_LOCAL);
		pthread_t thread;

		require(library, "dlopen");
		use_library(library);
		if (i % 4 == 0) { /* a new thread makes the library's thread-local storage anew */
			pthread_create(&thread, NULL, use_library, library);
			pthread_join(thread, NULL);
		}
		require(dlclose(library) == 0 && !dlopen(file, RTLD_NOW | RTLD_NOLOAD), "dlclose");
		if (i == count / 10)
			print_rss();
	}
	print_rss();
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long count = argc > 2 ? atol(argv[argc - 1]) : 0;
	pthread_key_t used;

	/* From the 33rd on libc allocates for keys; an allocator may come to use one that late. */
	for (int i = 0; i < 40; i++)
		pthread_key_create(&used, NULL);
	if (strcmp(what, "sequential") == 0)
		run_short_threads(count, 1);
	else if (strcmp(what, "pools") == 0)
		run_short_threads(count, AT_ONCE);
	else if (strcmp(what, "forks") == 0)
		run_forks(count);
	else if (strcmp(what, "endings") == 0)
		run_endings(count);
	else if (strcmp(what, "signals") == 0)
		run_signals(count);
	else if (strcmp(what, "library") == 0 && argc == 4)
		run_library(argv[2], count);
	else
		return 2;
	return 0;
}
