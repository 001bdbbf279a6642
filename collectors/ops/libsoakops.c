/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libsoakops.so: counts the allocator calls of an unmodified program in the ops page, and forwards
 * them.
 *
 *	LD_PRELOAD="libsoakops.so libmimalloc.so.2" program
 *
 * It must come first in LD_PRELOAD. Every call of a standard entry point is counted once, as
 * soakops.h defines the kinds, whether the program makes it or a library does, the C library
 * included; what this library causes itself is not counted. Allocators' private extensions
 * (mallocx, sdallocx, mi_malloc, __libc_malloc, ...) are not seen. In a program that has another
 * malloc linked in nothing is counted. What the heap holds is told if asked (heap_reader.h), and
 * who holds it (heap_sampler.h).
 *
 * Costs per process, before main: five mmaps by the loader for this file, then fstat and one mmap
 * of its own: 260 KiB shared, of which two pages become resident, and one more for each 64 threads.
 * Per call 1 to 2 ns.
 *
 * Loads with glibc and with musl (which ignores symbol versions): what only one has is weak.
 *
 * Must be compiled with -fno-builtin (else gcc makes calloc call itself) and -fexceptions (operator
 * new throws through these frames), and without sanitizers, which have allocators of their own.
 */
#define SOAKOPS_IMPLEMENTATION
#define pthread_atfork either_libc_atfork
#define SOAKOPS_SOURCE SOAKOPS_PRELOAD
#include "collectors/ops/arena.h"
#include "collectors/ops/either_libc.h"
#include "collectors/ops/heap_page.h"
#include "collectors/ops/heap_sampler.h"
#include "collectors/ops/soakops.h"
#include "collectors/ops/watched.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define SLOW __attribute__((noinline, cold))
#define LIKELY(x) __builtin_expect(!!(x), 1)

/* The next allocator. A thread that has a slot may just use it: resolving came before slots. */
static struct next_allocator next;

static void (*real_free)(void *);
static void *(*real_realloc)(void *, size_t);

/*
 * The first call comes before any second thread: creating a thread allocates. What arrives in state
 * RESOLVING comes from dlsym itself, and is served from the arena. (Volatile because libc declares
 * dlsym a leaf, that is, promises the compiler that it will not call this file.)
 */
static volatile enum { UNRESOLVED, RESOLVING, RESOLVED } state;

/* These two stand in for the next allocator's in a process in which the arena was used. */
static void free_checking(void *block)
{
	if (!arena_has(block))
		real_free(block);
}

static void *realloc_checking(void *block, size_t size)
{
	return arena_has(block) ? arena_move(block, size, next.malloc) : real_realloc(block, size);
}

static void look_up(void *ret_function, const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	memcpy(ret_function, &function, sizeof(function));
}

/* ---- whether this library serves the program at all ------------------------------------------ */

static volatile bool reached;

/*
 * Another malloc serves the program: one linked into it, or of a library before this one. The
 * little that would be counted here is not its ops, so it never attaches. The observer is told: the
 * kernel shows it who maps the page, and whether for writing.
 */
static void decline(void)
{
	const char *text = getauxval(AT_SECURE) ? NULL : getenv(SOAKOPS_VARIABLE);
	char *end = NULL;
	int fd = text ? (int)strtol(text, &end, 10) : -1;
	struct stat st;

	if (end && *end == ':' && fstat(fd, &st) == 0 && st.st_ino == strtoull(end + 1, NULL, 10))
		mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
}

/* Tried out: an address says nothing, as it may be that of a jump to here in the program. */
static bool serves_program(void)
{
	void *(*volatile allocate)(size_t) = malloc;
	void (*volatile release)(void *) = free;

	void *block;
	bool was_reached;

	reached = false;
	block = allocate(ARENA_BYTES + 1); /* more than the arena has: there it takes nothing */
	was_reached = reached;
	release(block);
	return was_reached;
}

static SLOW void resolve(void)
{
	int saved = errno;

	state = RESOLVING;
	look_up(&real_free, "free");
	look_up(&real_realloc, "realloc");
	look_up(&next.calloc, "calloc");
	look_up(&next.posix_memalign, "posix_memalign");
	look_up(&next.aligned_alloc, "aligned_alloc");
	look_up(&next.memalign, "memalign");
	look_up(&next.valloc, "valloc");
	look_up(&next.pvalloc, "pvalloc");
	look_up(&next.usable_size, "malloc_usable_size");
	look_up(&next.malloc, "malloc");
	either_libc_mute(&next);
	next.free = arena_is_used() ? free_checking : real_free;
	next.realloc = arena_is_used() ? realloc_checking : real_realloc;
	if (!serves_program())
		pthread_once(&soakops_once, decline);
	state = RESOLVED;
	errno = saved;
}

/* For a thread without a slot. False: dlsym is calling; use the arena, nothing is counted. */
static SLOW bool count_slow(enum soakops_kind kind)
{
	if (state == RESOLVING) {
		reached = true;
		return false;
	}
	if (state == UNRESOLVED)
		resolve();
	soakops_add_slow(kind, 1);
	return true;
}

/* Start-up costs are paid at start-up, also by a program that allocates late. */
__attribute__((constructor)) static void start(void)
{
	if (state == UNRESOLVED)
		resolve();
	soakops_count(SOAKOPS_ALLOC, 0);
	if (heap_page_of(soakops_page)->asked)
		watched_begin(soakops_page, &next);
	if (heap_page_of(soakops_page)->sampling)
		heap_sampler_open(soakops_page, &next);
}

/* False for a thread without a slot: nothing is counted yet. */
static inline bool count_fast(enum soakops_kind kind)
{
	struct soakops_slot *slot = soakops_mine;

	if (!LIKELY(slot))
		return false;
	soakops_bump(slot, kind, 1);
	return true;
}

/* False as from count_slow(). */
static inline bool count(enum soakops_kind kind)
{
	return count_fast(kind) || count_slow(kind);
}

static SLOW void *malloc_slow(size_t size)
{
	return count_slow(SOAKOPS_ALLOC) ? next.malloc(size) : arena_alloc(size);
}

EXPORT void *malloc(size_t size)
{
	return count_fast(SOAKOPS_ALLOC) ? next.malloc(size) : malloc_slow(size);
}

static SLOW void free_slow(void *block)
{
	if (count_slow(SOAKOPS_FREE))
		next.free(block);
}

EXPORT void free(void *block)
{
	if (count_fast(SOAKOPS_FREE))
		next.free(block);
	else
		free_slow(block);
}

static SLOW void *calloc_slow(size_t n, size_t size)
{
	size_t bytes;

	if (count_slow(SOAKOPS_ALLOC))
		return next.calloc(n, size);
	/* the arena's bytes are never used twice: they are zero */
	return __builtin_mul_overflow(n, size, &bytes) ? NULL : arena_alloc(bytes);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return count_fast(SOAKOPS_ALLOC) ? next.calloc(n, size) : calloc_slow(n, size);
}

static SLOW void *realloc_slow(void *block, size_t size)
{
	return count_slow(SOAKOPS_REALLOC) ? next.realloc(block, size)
					   : arena_move(block, size, arena_alloc);
}

static inline void *counted_realloc(void *block, size_t size)
{
	return count_fast(SOAKOPS_REALLOC) ? next.realloc(block, size) : realloc_slow(block, size);
}

EXPORT void *realloc(void *block, size_t size)
{
	return counted_realloc(block, size);
}

/* Not forwarded: glibc's calls realloc through the dynamic linker, which would count it twice. */
EXPORT void *reallocarray(void *block, size_t n, size_t size)
{
	size_t bytes;

	if (!__builtin_mul_overflow(n, size, &bytes))
		return counted_realloc(block, bytes);
	count(SOAKOPS_REALLOC);
	errno = ENOMEM;
	return NULL;
}

EXPORT int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
	return count(SOAKOPS_ALLOC) ? next.posix_memalign(ret_block, alignment, size) : ENOMEM;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	return count(SOAKOPS_ALLOC) ? next.aligned_alloc(alignment, size) : NULL;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	return count(SOAKOPS_ALLOC) ? next.memalign(alignment, size) : NULL;
}

EXPORT void *valloc(size_t size)
{
	return count(SOAKOPS_ALLOC) ? next.valloc(size) : NULL;
}

EXPORT void *pvalloc(size_t size)
{
	return count(SOAKOPS_ALLOC) ? next.pvalloc(size) : NULL;
}

/*
 * C++ operators. No form has more than three arguments, each one word in a register on every LP64
 * ABI of Linux, and at most one word of result: all forms are forwarded by the same code, which
 * passes on what it found in the registers.
 *
 * Whether a form must be counted here depends on who defines the next one. mimalloc's and
 * tcmalloc's serve it inside. libstdc++'s call malloc and free, which come back to this library.
 * jemalloc's new is served inside, its delete and its aligned new come back. So the program's own
 * first calls of each form are watched: one that returns without having come back proves that the
 * form is to be counted here, and OBSERVED ones that all came back, that it is not. (More than one,
 * as the allocator may have set up a thread meanwhile, by calling calloc.) Each watched call is
 * itself counted by what it did. What is missed: calls that throw from inside the allocator while
 * none of their form has returned yet.
 */
typedef uintptr_t word;
typedef void *(*operator_function)(word, word, word);

#define OBSERVED 16

struct cxx_form {
	const char *symbol;
	operator_function next;  /* NULL until `counted` is known */
	operator_function found; /* NULL until the first call */
	operator_function watched, sampled;
	unsigned int counted; /* here: 1; where it comes back: 0 */
	unsigned int came_back;
};

/*
 * The global scope has no C++ runtime when it came in with dlopen(RTLD_LOCAL), as an interpreter's
 * extension brings it. The caller's own dependencies have it then. Operators that such a runtime
 * calls in turn are found there at once: their caller may be this file, by a tail call.
 */
static void *look_up_for(const char *symbol, const void *caller)
{
	static void *runtime;
	void *function = dlsym(RTLD_NEXT, symbol), *object;
	Dl_info info;

	object = __atomic_load_n(&runtime, __ATOMIC_RELAXED);
	if (!function && object)
		function = dlsym(object, symbol);
	if (function || !dladdr(caller, &info))
		return function;
	/* kept open: its code is called from now on */
	object = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	function = object ? dlsym(object, symbol) : NULL;
	if (function)
		__atomic_store_n(&runtime, object, __ATOMIC_RELAXED);
	return function;
}

/* Threads that come here at the same time find the same. */
static void find(struct cxx_form *op, const void *caller)
{
	static const char complaint[] = "libsoakops: no C++ runtime found to forward to\n";
	struct soakops_slot *slot = soakops_mine, mute = {};
	int saved = errno;
	void *function;

	soakops_mine_set(&mute); /* dlsym allocates its error text */
	function = look_up_for(op->symbol, caller);
	soakops_mine_set(slot);
	if (!function) {
		(void)!write(2, complaint, sizeof(complaint) - 1);
		abort();
	}
	__atomic_store_n(&op->found, (operator_function)function, __ATOMIC_RELEASE);
	errno = saved;
}

/* Without sampling. */
static operator_function next_of(const struct cxx_form *op)
{
	return is_watched ? op->watched : op->found;
}

/* Blocks of a form that comes back are sampled where it does. */
static void *forward_sampled(struct cxx_form *op, enum soakops_kind kind, word a, word b, word c)
{
	void *result;

	if (kind == SOAKOPS_FREE)
		heap_sampler_freeing((void *)a);
	result = next_of(op)(a, b, c);
	if (kind == SOAKOPS_ALLOC && __atomic_load_n(&op->counted, __ATOMIC_RELAXED))
		heap_sampler_allocated(result, a);
	return result;
}

static void decide(struct cxx_form *op, unsigned int counted)
{
	__atomic_store_n(&op->counted, counted, __ATOMIC_RELAXED);
	__atomic_store_n(
		&op->next, heap_sampler_is_on ? op->sampled : next_of(op), __ATOMIC_RELEASE);
}

static void *observe(struct cxx_form *op, enum soakops_kind kind, word a, word b, word c)
{
	struct soakops_slot *slot;
	uint64_t *count, before;
	bool came_back;
	void *result;

	soakops_count(kind, 0); /* takes a slot if there is one */
	slot = soakops_mine;
	count = &(slot ? slot : &soakops_page->overflow[SOAKOPS_SOURCE - 1])->count[kind];
	before = __atomic_load_n(count, __ATOMIC_RELAXED);
	result = (heap_sampler_is_on ? op->sampled : next_of(op))(a, b, c);
	came_back = __atomic_load_n(count, __ATOMIC_RELAXED) != before;
	if (!came_back)
		soakops_count(kind, 1);
	if (!came_back && kind == SOAKOPS_ALLOC && heap_sampler_is_on)
		heap_sampler_allocated(result, a);
	if (!slot ||
		(kind == SOAKOPS_FREE && !a)) /* other threads' counts, or maybe nothing to do */
		return result;
	if (!came_back)
		decide(op, 1);
	else if (__atomic_add_fetch(&op->came_back, 1, __ATOMIC_RELAXED) == OBSERVED && !op->next)
		decide(op, 0);
	return result;
}

static SLOW void *forward_slow(
	struct cxx_form *op, enum soakops_kind kind, word a, word b, word c, const void *caller)
{
	if (state == UNRESOLVED)
		resolve();
	if (!__atomic_load_n(&op->found, __ATOMIC_ACQUIRE))
		find(op, caller);
	if (!__atomic_load_n(&op->next, __ATOMIC_ACQUIRE))
		return observe(op, kind, a, b, c);
	soakops_count(kind, __atomic_load_n(&op->counted, __ATOMIC_RELAXED));
	return op->next(a, b, c);
}

static inline void *forward(struct cxx_form *op, enum soakops_kind kind, word a, word b, word c)
{
	operator_function function = __atomic_load_n(&op->next, __ATOMIC_ACQUIRE);
	struct soakops_slot *slot = soakops_mine;

	if (!LIKELY(slot && function))
		return forward_slow(op, kind, a, b, c, __builtin_return_address(0));
	soakops_bump(slot, kind, __atomic_load_n(&op->counted, __ATOMIC_RELAXED));
	return function(a, b, c);
}

#define OPERATOR(name, text, kind)                                                                 \
	static void *name##_watched(word a, word b, word c);                                       \
	static void *name##_sampled(word a, word b, word c);                                       \
	static struct cxx_form name##_operator = {                                                 \
		.symbol = text, .watched = name##_watched, .sampled = name##_sampled};             \
	WATCHED(name##_watched, (word a, word b, word c), name##_operator.found(a, b, c))          \
	static void *name##_sampled(word a, word b, word c)                                        \
	{                                                                                          \
		return forward_sampled(&name##_operator, kind, a, b, c);                           \
	}                                                                                          \
	EXPORT void *name(word a, word b, word c) __asm__(text);                                   \
	void *name(word a, word b, word c)                                                         \
	{                                                                                          \
		return forward(&name##_operator, kind, a, b, c);                                   \
	}

OPERATOR(new_one, "_Znwm", SOAKOPS_ALLOC)
OPERATOR(new_array, "_Znam", SOAKOPS_ALLOC)
OPERATOR(new_one_nothrow, "_ZnwmRKSt9nothrow_t", SOAKOPS_ALLOC)
OPERATOR(new_array_nothrow, "_ZnamRKSt9nothrow_t", SOAKOPS_ALLOC)
OPERATOR(new_one_aligned, "_ZnwmSt11align_val_t", SOAKOPS_ALLOC)
OPERATOR(new_array_aligned, "_ZnamSt11align_val_t", SOAKOPS_ALLOC)
OPERATOR(new_one_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t", SOAKOPS_ALLOC)
OPERATOR(new_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t", SOAKOPS_ALLOC)
OPERATOR(delete_one, "_ZdlPv", SOAKOPS_FREE)
OPERATOR(delete_array, "_ZdaPv", SOAKOPS_FREE)
OPERATOR(delete_one_sized, "_ZdlPvm", SOAKOPS_FREE)
OPERATOR(delete_array_sized, "_ZdaPvm", SOAKOPS_FREE)
OPERATOR(delete_one_nothrow, "_ZdlPvRKSt9nothrow_t", SOAKOPS_FREE)
OPERATOR(delete_array_nothrow, "_ZdaPvRKSt9nothrow_t", SOAKOPS_FREE)
OPERATOR(delete_one_aligned, "_ZdlPvSt11align_val_t", SOAKOPS_FREE)
OPERATOR(delete_array_aligned, "_ZdaPvSt11align_val_t", SOAKOPS_FREE)
OPERATOR(delete_one_sized_aligned, "_ZdlPvmSt11align_val_t", SOAKOPS_FREE)
OPERATOR(delete_array_sized_aligned, "_ZdaPvmSt11align_val_t", SOAKOPS_FREE)
OPERATOR(delete_one_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t", SOAKOPS_FREE)
OPERATOR(delete_array_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t", SOAKOPS_FREE)
