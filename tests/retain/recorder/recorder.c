/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded, records what a program has in use, in granules of 64 KiB: blocks above 64 KiB rounded
 * up to granules, the others by their bytes. tools/record-demand builds it and thins what it
 * writes: lines of milliseconds and granules, to DEMAND_FILE.PID, one for each change.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define GRANULE ((size_t)65536)
#define HISTORY_BYTES ((size_t)64 << 20)

struct event {
	uint64_t us;
	size_t granules;
};

static void *(*real_malloc)(size_t);
static void (*real_free)(void *);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t small_bytes, large_granules, last;
static struct event *events; /* a ring would lose the beginning: when it is full, all is written */
static size_t count;
static uint64_t start_us;
static int file = -1;

/* dlsym() allocates before it can tell where malloc() is. */
static char early[16384];
static size_t early_used;

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void write_out(void)
{
	char line[64];

	for (size_t i = 0; i < count; i++) {
		int n = snprintf(line, sizeof(line), "%.3f %zu\n", (double)events[i].us / 1000,
			events[i].granules);

		if (write(file, line, (size_t)n) != n)
			break;
	}
	count = 0;
}

static void open_file(void)
{
	const char *base = getenv("DEMAND_FILE");
	char name[512];

	if (!base)
		return;
	snprintf(name, sizeof(name), "%s.%d", base, (int)getpid());
	file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	count = 0;
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
	if (file >= 0)
		close(file);
	open_file();
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void begin(void)
{
	events = mmap(
		NULL, HISTORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (events == MAP_FAILED)
		events = NULL;
	start_us = now_us();
	open_file();
	pthread_atfork(before_fork, after_fork, in_child);
}

__attribute__((destructor)) static void end(void)
{
	pthread_mutex_lock(&lock);
	if (file >= 0)
		write_out();
	pthread_mutex_unlock(&lock);
}

/* The first call comes from ld.so, while there is one thread. */
static void find_real(void)
{
	real_calloc = dlsym(RTLD_NEXT, "calloc");
	real_free = dlsym(RTLD_NEXT, "free");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	real_aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
	real_malloc = dlsym(RTLD_NEXT, "malloc");
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static void *take_early(size_t bytes)
{
	size_t at = early_used;

	early_used += (bytes + 15) / 16 * 16;
	if (early_used > sizeof(early))
		_exit(127);
	return early + at;
}

static void note(size_t bytes, bool more)
{
	size_t granules = bytes > GRANULE ? (bytes + GRANULE - 1) / GRANULE : 0, in_use;

	pthread_mutex_lock(&lock);
	if (granules == 0)
		small_bytes += more ? bytes : -bytes;
	else
		large_granules += more ? granules : -granules;
	in_use = large_granules + (small_bytes + GRANULE - 1) / GRANULE;
	if (in_use != last && events && file >= 0) {
		events[count++] = (struct event){now_us() - start_us, in_use};
		if (count == HISTORY_BYTES / sizeof(*events))
			write_out();
	}
	last = in_use;
	pthread_mutex_unlock(&lock);
}

static void *took(void *p)
{
	if (p)
		note(malloc_usable_size(p), true);
	return p;
}

void *malloc(size_t bytes)
{
	static __thread bool finding;

	if (!real_malloc) {
		if (finding)
			return take_early(bytes);
		finding = true;
		find_real();
		finding = false;
	}
	return took(real_malloc(bytes));
}

void *calloc(size_t n, size_t bytes)
{
	if (!real_malloc)
		return take_early(n * bytes);
	return took(real_calloc(n, bytes));
}

void free(void *p)
{
	int saved = errno;

	if (!p || is_early(p))
		return;
	note(malloc_usable_size(p), false);
	real_free(p);
	errno = saved;
}

/* As if it were copied, unless it stays where it is: hakmem grows large blocks in place, too. */
void *realloc(void *p, size_t bytes)
{
	size_t old = p && !is_early(p) ? malloc_usable_size(p) : 0;
	void *moved;

	if (!p)
		return malloc(bytes);
	if (is_early(p)) {
		moved = malloc(bytes);
		if (moved)
			memcpy(moved, p, bytes < 256 ? bytes : 256);
		return moved;
	}
	moved = real_realloc(p, bytes);
	if (!moved && bytes > 0)
		return NULL;
	if (moved)
		note(malloc_usable_size(moved), true);
	note(old, false);
	return moved;
}

int posix_memalign(void **ret_p, size_t alignment, size_t bytes)
{
	int error;

	if (!real_malloc)
		free(malloc(1));
	error = real_posix_memalign(ret_p, alignment, bytes);
	if (error == 0)
		took(*ret_p);
	return error;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	if (!real_malloc)
		free(malloc(1));
	return took(real_aligned_alloc(alignment, bytes));
}

void *memalign(size_t alignment, size_t bytes)
{
	return aligned_alloc(alignment, bytes);
}
