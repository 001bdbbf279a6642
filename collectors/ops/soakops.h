/* SPDX-License-Identifier: MIT */
/*
 * soakops.h: how a program publishes its allocator operations, so that an observer can count them
 * from outside.
 *
 *	#define SOAKOPS_IMPLEMENTATION  // in exactly one source file
 *	#include "soakops.h"
 *	...
 *	soakops_count_alloc(1);         // in any file and thread, one by one or in batches
 *
 * Units: one op is one allocator call: malloc, calloc, aligned forms and operator new are `alloc`;
 * free and operator delete are `free`, free(NULL) included; realloc and reallocarray are `realloc`,
 * realloc(NULL, n) included. Failed calls count. The counts are cumulative and never fall.
 *
 * Where they go: the *ops page*, a memfd named "soak-ops": one struct soakops_page, then
 * SOAKOPS_SLOTS slots of one cache line each, SOAKOPS_BYTES in all, and what the observer appends.
 * A thread owns at most one slot and is its only writer. A thread that ends gives its slot back
 * with the counts still in it, and the next owner goes on adding: the truth is the sum over all
 * slots, the two overflow slots included. A slot is only ever reused by the source that first took
 * it. When all slots are taken, threads share their source's overflow slot and add with atomics:
 * slower, as exact. The file is sparse: slots that nobody took cost no memory. A reader need not
 * look beyond slot `used`.
 *
 * How it is found: the environment variable SOAK_OPS=FD:INODE names an inherited descriptor. If
 * that is closed, or is another file, the parent's descriptor of that number is tried through
 * /proc, and reopened under the same number for the children to come. Without an observer the
 * program makes a page of its own and keeps its descriptor open (close-on-exec), so that an
 * observer who comes later finds it in /proc/PID/fd. Nothing here ever fails towards the caller:
 * without any page the counts go nowhere.
 *
 * Threads, signals: thread safe. Not async-signal-safe: do not count in a signal handler.
 * Fork: a child takes a slot of its own, by a pthread_atfork handler. vfork and posix_spawn are
 * fine. A child made by a raw clone system call or by _Fork() runs no handlers and must not count:
 * it would write to its parent's slot. A process that is killed, or leaves by _exit or exec, keeps
 * its slots for ever; their counts stay valid.
 *
 * Marks: soakops_mark() names moments of the run, in the same page.
 *
 * Cost: a thread-local load, a branch, an add to a private cache line: 1 to 2 ns. The first count
 * of a process costs fstat + mmap (without an observer memfd_create + ftruncate + mmap), the first
 * of a thread one compare-and-swap.
 *
 * Language: C11 or C++17, strict or with GNU extensions, gcc or clang, 64-bit Linux. Each linked
 * object that has its own implementation has its own slots, hidden from the others.
 */
#ifndef SOAKOPS_H
#define SOAKOPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define SOAKOPS_ASSERT(what) static_assert(what, #what)
extern "C" {
#else
#define SOAKOPS_ASSERT(what) _Static_assert(what, #what)
#endif

#define SOAKOPS_MAGIC UINT64_C(0x0053504f4b414f53) /* "SOAKOPS" */
#define SOAKOPS_VERSION 1U
#define SOAKOPS_SLOTS 4096U
#define SOAKOPS_MARKS 32U      /* that the page holds until the observer has read them */
#define SOAKOPS_MARK_BYTES 32U /* of a mark's text, its NUL included */
#define SOAKOPS_HEAD_BYTES 4096U
#define SOAKOPS_BYTES (SOAKOPS_HEAD_BYTES + SOAKOPS_SLOTS * 64U)
#define SOAKOPS_NAME "soak-ops"
#define SOAKOPS_VARIABLE "SOAK_OPS"

enum soakops_kind { SOAKOPS_ALLOC, SOAKOPS_FREE, SOAKOPS_REALLOC, SOAKOPS_KINDS };

/* Who counted. A publishing program that also runs under the preload library is in both. */
enum soakops_source { SOAKOPS_PROGRAM = 1, SOAKOPS_PRELOAD = 2, SOAKOPS_SOURCES = 2 };

#define SOAKOPS_MARK_SOURCE 3U /* of slots that hold marks, so that no sum has them */

struct soakops_slot {
	uint64_t count[SOAKOPS_KINDS]; /* written by the owner alone */
	uint32_t owner;                /* 0 free, 1 taken */
	uint32_t source;               /* enum soakops_source; 0 until it is first taken */
	uint32_t next_free;            /* in its source's list of free slots: index + 1, or 0 */
	uint32_t reserved[7];
} __attribute__((aligned(64)));

/* A mark, in the place of a slot. */
struct soakops_mark_slot {
	uint64_t number;  /* the first mark of the page is 1; 0 while it is being written */
	uint64_t time_ns; /* CLOCK_MONOTONIC, when it was made */
	uint64_t reserved;
	uint32_t owner; /* always taken */
	uint32_t source;
	char text[SOAKOPS_MARK_BYTES];
} __attribute__((aligned(64)));

struct soakops_page {
	uint64_t magic; /* written last: the page is whole once it is there */
	uint32_t version;
	uint32_t slot_count;
	uint32_t used;     /* slots [0, used) have been taken at least once; never falls */
	uint32_t attached; /* processes that ever counted here, forked children included */
	uint64_t
		free_list[SOAKOPS_SOURCES]; /* low half: index + 1 of the first; high half: a tag */
	uint64_t marks_made;                /* of them the last SOAKOPS_MARKS are kept */
	uint32_t marks_at; /* index + 1 of the first of their slots; 0: there are none yet */
	struct soakops_slot overflow[SOAKOPS_SOURCES]; /* shared; atomic adds */
	uint8_t reserved[SOAKOPS_HEAD_BYTES - 64 * (1 + SOAKOPS_SOURCES)];
};

SOAKOPS_ASSERT(sizeof(void *) == 8);
SOAKOPS_ASSERT(sizeof(struct soakops_slot) == 64);
SOAKOPS_ASSERT(sizeof(struct soakops_mark_slot) == 64);
SOAKOPS_ASSERT(offsetof(struct soakops_mark_slot, source) == offsetof(struct soakops_slot, source));
SOAKOPS_ASSERT(offsetof(struct soakops_page, overflow) == 64);
SOAKOPS_ASSERT(sizeof(struct soakops_page) == SOAKOPS_HEAD_BYTES);

static inline struct soakops_slot *soakops_slot_at(const struct soakops_page *page, uint32_t index)
{
	return (struct soakops_slot *)((uintptr_t)page + SOAKOPS_HEAD_BYTES) + index;
}

/* Makes a page of SOAKOPS_BYTES zeroed, shared bytes. */
static inline void soakops_page_init(struct soakops_page *page)
{
	page->version = SOAKOPS_VERSION;
	page->slot_count = SOAKOPS_SLOTS;
	__atomic_store_n(&page->magic, SOAKOPS_MAGIC, __ATOMIC_RELEASE);
}

/* Whether a mapping of SOAKOPS_BYTES is an ops page of this layout. */
static inline int soakops_page_valid(const struct soakops_page *page)
{
	return __atomic_load_n(&page->magic, __ATOMIC_ACQUIRE) == SOAKOPS_MAGIC &&
	       page->version == SOAKOPS_VERSION && page->slot_count == SOAKOPS_SLOTS;
}

/* This thread's slot; NULL before its first count, at its end, and while all slots are taken. */
#define SOAKOPS_TLS __attribute__((visibility("hidden"), tls_model("initial-exec")))
extern __thread struct soakops_slot *soakops_mine SOAKOPS_TLS;

/* Counts for a thread that has no slot, after trying to get it one. Preserves errno. */
void soakops_add_slow(enum soakops_kind kind, uint64_t n)
	__attribute__((visibility("hidden"), cold));

/* The owner's add: no locked instruction, for nobody else writes here. */
static inline void soakops_bump(struct soakops_slot *slot, enum soakops_kind kind, uint64_t n)
{
	uint64_t *count = &slot->count[kind];

	__atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline void soakops_count(enum soakops_kind kind, uint64_t n)
{
	struct soakops_slot *slot = soakops_mine;

	if (__builtin_expect(slot != NULL, 1))
		soakops_bump(slot, kind, n);
	else
		soakops_add_slow(kind, n);
}

/* A count of 0 attaches and takes a slot: for a loop that wants no system call in it later. */
static inline void soakops_count_alloc(uint64_t n)
{
	soakops_count(SOAKOPS_ALLOC, n);
}

static inline void soakops_count_free(uint64_t n)
{
	soakops_count(SOAKOPS_FREE, n);
}

static inline void soakops_count_realloc(uint64_t n)
{
	soakops_count(SOAKOPS_REALLOC, n);
}

/*
 * Names this moment of the run by a word or two: soakops_mark("idle"). The observer reads marks at
 * each of its samples, in order, each with the time at which it was made. If there are more than
 * SOAKOPS_MARKS between two samples, the first ones are lost, and the loss is reported. A text is
 * cut off at SOAKOPS_MARK_BYTES - 1 bytes. Without an observer nothing happens. Preserves errno.
 */
void soakops_mark(const char *text) __attribute__((visibility("hidden"), cold));

#ifdef SOAKOPS_IMPLEMENTATION

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What glibc hides under -std=c11, where only ISO C's names are declared. */
#ifdef O_CLOEXEC
#define SOAKOPS_CLOEXEC O_CLOEXEC
#else
#define SOAKOPS_CLOEXEC __O_CLOEXEC
#endif
#if !defined(__cplusplus) && defined(__STRICT_ANSI__) && !defined(_DEFAULT_SOURCE)
extern long syscall(long number, ...);
#endif

#ifndef SOAKOPS_SOURCE
#define SOAKOPS_SOURCE SOAKOPS_PROGRAM
#endif

__thread struct soakops_slot *soakops_mine SOAKOPS_TLS;
static __thread int soakops_leaving; /* this thread has given its slot back for good */

static struct soakops_page
	soakops_nowhere; /* slot_count is 0: all counts end in its overflow slots */
static struct soakops_page *soakops_page = &soakops_nowhere;
static pthread_once_t soakops_once = PTHREAD_ONCE_INIT;
static pthread_key_t soakops_key;
static int soakops_has_key;
static int soakops_announced; /* this process is in page->attached */

/* A thread that holds the top of the list while others pop and push it back is told by the tag. */
static void soakops_push(uint64_t *list, uint32_t index)
{
	uint64_t old = __atomic_load_n(list, __ATOMIC_RELAXED), top;

	do {
		__atomic_store_n(&soakops_slot_at(soakops_page, index)->next_free, (uint32_t)old,
			__ATOMIC_RELAXED);
		top = ((old >> 32) + 1) << 32 | (index + 1);
	} while (!__atomic_compare_exchange_n(
		list, &old, top, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static struct soakops_slot *soakops_pop(uint64_t *list)
{
	uint64_t old = __atomic_load_n(list, __ATOMIC_ACQUIRE), top;
	struct soakops_slot *slot;

	do {
		if (!(uint32_t)old || (uint32_t)old > SOAKOPS_SLOTS)
			return NULL;
		slot = soakops_slot_at(soakops_page, (uint32_t)old - 1);
		top = ((old >> 32) + 1) << 32 | __atomic_load_n(&slot->next_free, __ATOMIC_RELAXED);
	} while (!__atomic_compare_exchange_n(
		list, &old, top, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE));
	return slot;
}

/* The first of so many slots that nobody ever took, or NULL. */
static struct soakops_slot *soakops_fresh(uint32_t n)
{
	uint32_t used = __atomic_load_n(&soakops_page->used, __ATOMIC_RELAXED);

	do {
		if (used + n > soakops_page->slot_count)
			return NULL;
	} while (!__atomic_compare_exchange_n(
		&soakops_page->used, &used, used + n, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return soakops_slot_at(soakops_page, used);
}

static void soakops_release(void)
{
	struct soakops_slot *slot = soakops_mine;

	soakops_leaving = 1; /* what other destructors still count goes to the overflow slot */
	soakops_mine = NULL;
	if (!slot)
		return;
	__atomic_store_n(&slot->owner, 0, __ATOMIC_RELAXED);
	soakops_push(&soakops_page->free_list[SOAKOPS_SOURCE - 1],
		(uint32_t)(slot - soakops_slot_at(soakops_page, 0)));
}

static void soakops_thread_end(void *unused)
{
	(void)unused;
	soakops_release();
}

static void soakops_forked(void)
{
	soakops_mine = NULL; /* it is the parent's */
	soakops_announced = 0;
}

/* At exit(), and when the object that holds this code is unloaded: no key may call into it then. */
__attribute__((destructor)) static void soakops_end(void)
{
	soakops_release();
	if (soakops_has_key)
		pthread_key_delete(soakops_key);
	soakops_has_key = 0;
}

static struct soakops_page *soakops_map(int fd, uint64_t inode)
{
	struct soakops_page *page;
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_ino != inode || st.st_size < (off_t)SOAKOPS_BYTES)
		return NULL;
	page = (struct soakops_page *)mmap(
		NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (soakops_page_valid(page))
		return page;
	munmap(page, (size_t)st.st_size);
	return NULL;
}

/* Some parents close what they do not know in their children, but still have it themselves. */
static struct soakops_page *soakops_borrow(int fd, uint64_t inode)
{
	struct soakops_page *page;
	char path[64];
	int got, kept;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), fd);
	got = open(path, O_RDWR | SOAKOPS_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (got < 0)
		return NULL;
	page = soakops_map(got, inode);
	if (page && got != fd) {
		kept = fcntl(got, F_DUPFD, fd);
		if (kept >= 0 && kept != fd)
			close(kept);
	}
	if (!page || got != fd)
		close(got);
	else
		fcntl(fd, F_SETFD, 0);
	return page;
}

static struct soakops_page *soakops_inherit(void)
{
	const char *text = getauxval(AT_SECURE) ? NULL : getenv(SOAKOPS_VARIABLE);
	struct soakops_page *page;
	unsigned long long inode;
	char *end;
	long fd;

	if (!text || *text < '0' || *text > '9')
		return NULL;
	fd = strtol(text, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9' || fd > 0x7fffffff)
		return NULL;
	inode = strtoull(end + 1, &end, 10);
	if (*end)
		return NULL;
	page = soakops_map((int)fd, inode);
	return page ? page : soakops_borrow((int)fd, inode);
}

static struct soakops_page *soakops_own(void)
{
	int fd = (int)syscall(SYS_memfd_create, SOAKOPS_NAME, 1U /* MFD_CLOEXEC */);
	void *page = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (syscall(SYS_ftruncate, fd, (long)SOAKOPS_BYTES) == 0)
		page = mmap(NULL, SOAKOPS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		close(fd);
		return NULL;
	}
	soakops_page_init((struct soakops_page *)page);
	return (struct soakops_page *)page;
}

static void soakops_attach(void)
{
	struct soakops_page *page = soakops_inherit();

	if (!page)
		page = soakops_own();
	if (page)
		soakops_page = page;
	soakops_has_key = pthread_key_create(&soakops_key, soakops_thread_end) == 0;
	pthread_atfork(NULL, NULL, soakops_forked);
}

static struct soakops_slot *soakops_take(void)
{
	struct soakops_slot *slot;

	pthread_once(&soakops_once, soakops_attach);
	if (!__atomic_exchange_n(&soakops_announced, 1, __ATOMIC_RELAXED))
		__atomic_fetch_add(&soakops_page->attached, 1, __ATOMIC_RELAXED);
	if (soakops_leaving)
		return NULL;
	slot = soakops_pop(&soakops_page->free_list[SOAKOPS_SOURCE - 1]);
	if (!slot)
		slot = soakops_fresh(1);
	if (!slot)
		return NULL;
	__atomic_store_n(&slot->source, SOAKOPS_SOURCE, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->owner, 1, __ATOMIC_RELAXED);
	if (soakops_has_key)
		pthread_setspecific(soakops_key, soakops_page);
	return slot;
}

/* Atomic so that it happens: libc declares functions leaves that do call a preloaded malloc. */
static inline void soakops_mine_set(struct soakops_slot *slot)
{
	__atomic_store_n(&soakops_mine, slot, __ATOMIC_RELAXED);
}

void soakops_add_slow(enum soakops_kind kind, uint64_t n)
{
	struct soakops_slot mute = {
		{0}, 0, 0, 0, {0}}; /* swallows what the C library allocates on our behalf */
	struct soakops_slot *slot;
	int saved = errno;

	soakops_mine_set(&mute);
	slot = soakops_take();
	soakops_mine_set(slot);
	if (slot)
		soakops_bump(slot, kind, n);
	else
		__atomic_fetch_add(&soakops_page->overflow[SOAKOPS_SOURCE - 1].count[kind], n,
			__ATOMIC_RELAXED);
	errno = saved;
}

/* The page's slots for marks, taken by whoever makes its first; NULL: no slot was left. */
static struct soakops_mark_slot *soakops_mark_slots(void)
{
	uint32_t at = __atomic_load_n(&soakops_page->marks_at, __ATOMIC_ACQUIRE), mine;
	struct soakops_slot *slots;

	if (!at && (slots = soakops_fresh(SOAKOPS_MARKS)) != NULL) {
		for (uint32_t i = 0; i < SOAKOPS_MARKS; i++) {
			__atomic_store_n(&slots[i].source, SOAKOPS_MARK_SOURCE, __ATOMIC_RELAXED);
			__atomic_store_n(&slots[i].owner, 1, __ATOMIC_RELAXED);
		}
		mine = (uint32_t)(slots - soakops_slot_at(soakops_page, 0)) + 1;
		if (__atomic_compare_exchange_n(&soakops_page->marks_at, &at, mine, 0,
			    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			at = mine;
	}
	if (!at || at > SOAKOPS_SLOTS - SOAKOPS_MARKS + 1)
		return NULL;
	return (struct soakops_mark_slot *)soakops_slot_at(soakops_page, at - 1);
}

/* How much of a text fits, without part of a character. */
static size_t soakops_mark_length(const char *text)
{
	size_t length = strlen(text);

	if (length < SOAKOPS_MARK_BYTES)
		return length;
	length = SOAKOPS_MARK_BYTES - 1;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

void soakops_mark(const char *text)
{
	struct soakops_mark_slot *slot;
	struct timespec now = {0, 0};
	uint64_t before;
	size_t length;
	int saved = errno;

	pthread_once(&soakops_once, soakops_attach);
	slot = soakops_mark_slots();
	syscall(SYS_clock_gettime, 1L /* CLOCK_MONOTONIC */, &now);
	before = __atomic_fetch_add(&soakops_page->marks_made, 1, __ATOMIC_ACQ_REL);
	if (slot) {
		slot += before % SOAKOPS_MARKS;
		length = soakops_mark_length(text);
		__atomic_store_n(&slot->number, 0, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		slot->time_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
		memcpy(slot->text, text, length);
		memset(slot->text + length, 0, SOAKOPS_MARK_BYTES - length);
		__atomic_store_n(&slot->number, before + 1, __ATOMIC_RELEASE);
	}
	errno = saved;
}

#endif /* SOAKOPS_IMPLEMENTATION */

#ifdef __cplusplus
}
#endif

#endif
