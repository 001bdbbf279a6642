/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks the allocator in this process what it holds. Called by libsoakops.c when soak has asked
 * for it in the ops page.
 */
#include "collectors/ops/heap_owner.h"
#include "collectors/ops/heap_reader.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct heap_page *heap_reader_page;
uint32_t heap_reader_answered;

static bool busy;
static enum heap_teller teller;

static union {
	void *found; /* the symbol that the allocator is known by */
	struct mallinfo2 (*mallinfo2)(void);
	int (*mallctl)(const char *, void *, size_t *, void *, size_t);
	int (*tcmalloc)(const char *, size_t *);
	void (*mimalloc)(
		size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *);
} function;

struct held {
	int64_t in_use, committed;
};

static struct held read_glibc(void)
{
	struct mallinfo2 info = function.mallinfo2();

	return (struct held){info.uordblks + info.hblkhd, info.arena + info.hblkhd};
}

static int64_t jemalloc_says(const char *name)
{
	size_t value, size = sizeof(value);

	return function.mallctl(name, &value, &size, NULL, 0) ? HEAP_UNTOLD : (int64_t)value;
}

static struct held read_jemalloc(void)
{
	uint64_t epoch = 1;

	/* Its statistics stand still until the epoch is moved. */
	function.mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	return (struct held){jemalloc_says("stats.allocated"), jemalloc_says("stats.resident")};
}

static struct held read_tcmalloc(void)
{
	size_t in_use, heap, unmapped;

	if (!function.tcmalloc("generic.current_allocated_bytes", &in_use) ||
		!function.tcmalloc("generic.heap_size", &heap) ||
		!function.tcmalloc("tcmalloc.pageheap_unmapped_bytes", &unmapped))
		return (struct held){HEAP_UNTOLD, HEAP_UNTOLD};
	return (struct held){in_use, heap - unmapped};
}

/* What it has given out it counts in debug builds only, and prints then. */
static struct held read_mimalloc(void)
{
	size_t committed = 0, other;

	function.mimalloc(&other, &other, &other, &other, &other, &committed, &other, &other);
	return (struct held){HEAP_UNTOLD, committed};
}

static const struct {
	const char *symbol;
	struct held (*read)(void);
} tellers[HEAP_TELLERS] = {
#define X(id, name, package, symbol, reader, ...) [HEAP_##id] = {symbol, reader},
	ALLOCATORS(X)
#undef X
};

/* A program may link several allocators' libraries; one of them serves it. */
static bool same_object(const void *a, const void *b)
{
	Dl_info of_a, of_b;

	return dladdr(a, &of_a) && dladdr(b, &of_b) && of_a.dli_fbase == of_b.dli_fbase;
}

void heap_reader_open(struct heap_page *page, const void *allocator_malloc)
{
	heap_reader_page = page;
	for (int t = HEAP_TELLERS - 1; t > HEAP_UNKNOWN; t--) {
		void *symbol = dlsym(RTLD_DEFAULT, tellers[t].symbol);

		if (!symbol || !same_object(symbol, allocator_malloc))
			continue;
		function.found = symbol;
		teller = t;
		return;
	}
}

/* Of this process; asked for again when its number has changed. */
static union heap_owner self;
static struct heap_place *mine;

void heap_reader_forked(void)
{
	heap_reader_answered = 0;
	busy = false;
	self.name = 0;
}

static uint64_t my_name(void)
{
	uint32_t pid = getpid();

	if (self.pid != pid)
		self = heap_owner_of_this_process();
	return self.name;
}

static bool change_owner(struct heap_place *place, uint64_t from, uint64_t to)
{
	return __atomic_compare_exchange_n(
		&place->owner.name, &from, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* At exit its place is free again; what comes later takes another. */
__attribute__((destructor)) static void leave(void)
{
	if (mine)
		change_owner(mine, my_name(), 0);
}

/* Of a process that has ended and could not leave. */
static bool is_of_the_dead(const struct heap_place *place)
{
	union heap_owner owner = {.name = __atomic_load_n(&place->owner.name, __ATOMIC_RELAXED)};

	return owner.pid && owner.pid_namespace && owner.pid_namespace == self.pid_namespace &&
	       kill(owner.pid, 0) && errno == ESRCH;
}

/* The same as before, unless the observer took it for a dead process's, or we have forked. */
static struct heap_place *take_place(void)
{
	struct heap_place *place = heap_reader_page->place;
	int saved_errno = errno;
	uint64_t name = my_name();

	if (mine && mine->owner.name == name)
		return mine;
	mine = NULL;
	for (int i = 0; !mine && i < HEAP_PLACES; i++)
		if (place[i].owner.name == name) /* from before an exec */
			mine = &place[i];
	for (int i = 0; !mine && i < HEAP_PLACES; i++)
		if (change_owner(&place[i], 0, name))
			mine = &place[i];
	for (int i = 0; !mine && i < HEAP_PLACES; i++) {
		uint64_t owner = place[i].owner.name;

		if (is_of_the_dead(&place[i]) && change_owner(&place[i], owner, name))
			mine = &place[i];
	}
	errno = saved_errno;
	return mine;
}

/* Not by libc's function: programs that play with time have their own. */
static uint64_t real_time_ns(void)
{
	struct timespec now = {0};

	syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static void tell(struct heap_place *place, uint32_t question)
{
	struct held held = {HEAP_UNTOLD, HEAP_UNTOLD};

	if (tellers[teller].read)
		held = tellers[teller].read();
	__atomic_store_n(&place->answered, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&place->teller, teller, __ATOMIC_RELAXED);
	__atomic_store_n(&place->time_ns, real_time_ns(), __ATOMIC_RELAXED);
	__atomic_store_n(&place->in_use_bytes, held.in_use, __ATOMIC_RELAXED);
	__atomic_store_n(&place->committed_bytes, held.committed, __ATOMIC_RELAXED);
	__atomic_store_n(&place->answered, question, __ATOMIC_RELEASE);
}

void heap_reader_answer(void)
{
	uint32_t question = __atomic_load_n(&heap_reader_page->asked, __ATOMIC_RELAXED);
	struct heap_place *place;

	if (__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE))
		return;
	if (heap_reader_answered != question) {
		/* First: what the allocator calls in turn shall not come here again. */
		__atomic_store_n(&heap_reader_answered, question, __ATOMIC_RELAXED);
		place = take_place();
		if (place)
			tell(place, question);
		else
			__atomic_fetch_add(&heap_reader_page->no_place, 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
}
