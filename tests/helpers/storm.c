/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process for tests/attach_storm.t to attach to, at any moment:
 *
 *	storm processes    a child every 2 ms; every other one works through a child of its own
 *	storm threads      a thread every 1 ms
 *	storm idle         keepers, half of them threads, and nothing happens
 *	storm crowd N      the same, N keepers, all of them threads
 *
 * Most end soon, having called madvise(MADV_DONTNEED) now and then. One in five is a keeper: it
 * sleeps until KEPT (in a crowd N) later ones have come, so that at any time keepers of every age
 * are there. On SIGUSR1 nothing more is started, each keeper calls madvise(MADV_COLD) CALLS times,
 * and their number of calls altogether is printed. With SIGTERM all ends.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS 7
#define KEPT 30
#define MAPPING 65536

struct shared {
	_Atomic long keepers;  /* started so far */
	_Atomic long alive;    /* keepers that have not left */
	_Atomic long answered; /* keepers that have made their calls */
	_Atomic int burst, end;
};

static struct shared *shared;
static long kept = KEPT;
static void *memory;
static volatile sig_atomic_t asked, ended;

static void on_usr1(int signal)
{
	(void)signal;
	asked = 1;
}

static void on_term(int signal)
{
	(void)signal;
	ended = 1;
	shared->end = 1;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void be_short(void)
{
	for (int i = 0; i < 5; i++) {
		madvise(memory, MAPPING, MADV_DONTNEED);
		sleep_ms(3);
	}
}

/* `number` counts keepers from 1; the main loop has counted it as alive. */
static void be_keeper(long number)
{
	while (!shared->burst && !shared->end && shared->keepers < number + kept)
		sleep_ms(kept / 10); /* however many they are, as little a burden */
	/* One that was too old when the burst came may leave only if nobody has counted on it. */
	if (shared->burst) {
		for (int i = 0; i < CALLS; i++)
			madvise(memory, MAPPING, MADV_COLD);
		shared->answered++;
	}
	shared->alive--;
}

static void live(long number)
{
	if (number)
		be_keeper(number);
	else
		be_short();
}

static void *live_in_thread(void *number)
{
	live((long)number);
	return NULL;
}

static void start_thread(long number)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 65536);
	if (pthread_create(&thread, &attr, live_in_thread, (void *)number))
		_exit(9);
	pthread_attr_destroy(&attr);
}

static void start_process(long number, int nested)
{
	pid_t child = fork();

	if (child < 0)
		_exit(9);
	if (child > 0)
		return;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	child = nested ? fork() : 0;
	if (child == 0)
		live(number);
	else
		waitpid(child, NULL, 0);
	_exit(0);
}

static void start_one(int threads)
{
	static unsigned int turn;
	long number = ++turn % 5 == 0 ? ++shared->keepers : 0;

	if (number)
		shared->alive++;
	if (threads)
		start_thread(number);
	else
		start_process(number, turn & 1);
}

/* Each keeper that has not left either answers or leaves without. */
static void answer(void)
{
	shared->burst = 1;
	while (shared->alive > 0)
		sleep_ms(1);
	printf("%ld\n", (long)shared->answered * CALLS);
	fflush(stdout);
}

static void start_crowd(long n)
{
	kept = n;
	while (shared->keepers < n) {
		shared->alive++;
		start_thread(++shared->keepers);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "idle";
	int storming = strcmp(mode, "processes") == 0 || strcmp(mode, "threads") == 0;

	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory = mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGUSR1, on_usr1);
	signal(SIGTERM, on_term);
	for (int k = 0; strcmp(mode, "idle") == 0 && k < 5 * KEPT; k++)
		start_one(k & 1);
	if (strcmp(mode, "crowd") == 0 && argc > 2)
		start_crowd(atol(argv[2]));
	printf("ready\n");
	fflush(stdout);
	while (!asked && !ended) {
		if (storming)
			start_one(strcmp(mode, "threads") == 0);
		sleep_ms(strcmp(mode, "threads") == 0 ? 1 : 2);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	if (asked)
		answer();
	while (!ended)
		pause();
	shared->end = 1;
	while (wait(NULL) > 0)
		;
	return 0;
}
