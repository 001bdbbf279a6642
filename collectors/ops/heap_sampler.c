/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples allocations in the target. Called by libsoakops.c. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/ops/heap_owner.h"
#include "collectors/ops/heap_ring.h"
#include "collectors/ops/heap_sampler.h"

#define PAGE 4096

bool heap_sampler_is_on;
uint8_t heap_sampler_hashes[HEAP_SAMPLER_HASHES];
__thread uint64_t heap_sampler_until;

static struct next_allocator below;
static struct heap_ring *ring;
static union heap_owner self;
static size_t overhead; /* bytes of a block that its usable size lacks */

/* ---- when ------------------------------------------------------------------------------------ */

static __thread uint64_t random_state; /* 0: nothing was drawn yet */
static __thread uint64_t mean;         /* with which `until` was drawn */

/*
 * A number that was drawn while samples were rare may be large, and would keep them rare in this
 * thread for long after. So a number counts up to the end of a chunk only. The block that crosses
 * that end is decided anew, whole and with the mean of that time, whatever the number said of it:
 * an exponential number has no memory. So each block is still decided by one mean.
 */
#define CHUNK_MEANS 4                /* of the mean that was asked for */
static __thread uint64_t chunk_rest; /* bytes of the chunk beyond `until` */

/* SplitMix64: G. Steele, D. Lea and C. Flood, OOPSLA 2014. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t draw(void)
{
	return mix(random_state += UINT64_C(0x9e3779b97f4a7c15));
}

/*
 * ln(x) of 0 < x < 1, to 1e-12, without libm, which the target may not have loaded: x = m 2^e with
 * m about 1, and ln(m) = 2 artanh((m - 1) / (m + 1)).
 */
static double natural_log(double x)
{
	uint64_t bits;
	double m, s, square, sum = 0;
	int exponent;

	memcpy(&bits, &x, sizeof(bits));
	exponent = (int)(bits >> 52) - 1023;
	bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
	memcpy(&m, &bits, sizeof(m));
	if (m > 1.4142135623730951) {
		m /= 2;
		exponent++;
	}
	s = (m - 1) / (m + 1);
	square = s * s;
	for (int k = 15; k > 0; k -= 2)
		sum = sum * square + 1.0 / k;
	return exponent * 0.6931471805599453 + 2 * s * sum;
}

/* Bytes until the next sample: exponential, so that each byte is as likely to be the one. */
static uint64_t draw_gap(void)
{
	double uniform = ((double)(draw() >> 11) + 0.5) / 9007199254740992.0;

	return (uint64_t)(-natural_log(uniform) * (double)mean);
}

/* ---- which blocks ---------------------------------------------------------------------------- */

/* Sampled blocks by address: each lies within WINDOW slots of where its hash says. */
#define SLOTS (1u << 18)
#define WINDOW 16

static uint64_t *slots; /* SLOTS and WINDOW of them */
static uint64_t blocks;

/*
 * The mean is doubled when one of the two things that can run out is used up so far, and again for
 * each further step. Each gap has one mean, which its sample carries, so nothing is biased.
 */
#define BLOCKS_MANY 65536 /* sampled and live */
#define BLOCKS_STEP 16384
#define STACKS_MANY (HEAP_STACKS / 4) /* that the observer has not read yet */
#define STACKS_STEP (HEAP_STACKS / 16)

static uint64_t doublings(uint64_t used, uint64_t many, uint64_t step)
{
	return used < many ? 0 : (used - many) / step + 1;
}

static uint64_t mean_now(void)
{
	uint64_t live = __atomic_load_n(&blocks, __ATOMIC_RELAXED);
	uint32_t busy = __atomic_load_n(&ring->busy_stacks, __ATOMIC_RELAXED);

	if (busy > HEAP_STACKS)
		busy = HEAP_STACKS;
	return ring->mean << (doublings(live, BLOCKS_MANY, BLOCKS_STEP) +
			      doublings(busy, STACKS_MANY, STACKS_STEP));
}

static bool change_slot(uint64_t *slot, uint64_t from, uint64_t to)
{
	return __atomic_load_n(slot, __ATOMIC_RELAXED) == from &&
	       __atomic_compare_exchange_n(
		       slot, &from, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static bool change_any(uint64_t hash, uint64_t from, uint64_t to)
{
	uint64_t *home = &slots[hash >> 46];

	for (int i = 0; i < WINDOW; i++)
		if (change_slot(&home[i], from, to))
			return true;
	return false;
}

/* No other thread knows this block: neither of these meets itself for one block. */
static bool remember(void *block)
{
	uint64_t hash = heap_sampler_hash(block);

	if (!change_any(hash, 0, (uintptr_t)block))
		return false;
	__atomic_fetch_add(&blocks, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&heap_sampler_hashes[hash >> 48], 1, __ATOMIC_RELAXED);
	return true;
}

static bool forget(void *block)
{
	uint64_t hash = heap_sampler_hash(block);

	if (!change_any(hash, (uintptr_t)block, 0))
		return false;
	__atomic_fetch_sub(&blocks, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&heap_sampler_hashes[hash >> 48], 1, __ATOMIC_RELAXED);
	return true;
}

/* ---- from where ------------------------------------------------------------------------------ */

/* How the kernel reads a signal mask tells whether a page can be read, and changes nothing. */
static bool is_readable(const void *page)
{
	return syscall(SYS_rt_sigprocmask, -1, page, NULL, 8) == 0 || errno != EFAULT;
}

/* Copies words of the stack, as far as it reaches. */
static void copy_stack(struct heap_stack *stack, const char *bottom)
{
	size_t bytes = PAGE - (uintptr_t)bottom % PAGE;

	while (bytes < sizeof(stack->words) && is_readable(bottom + bytes))
		bytes += PAGE;
	stack->bytes = bytes < sizeof(stack->words) ? bytes : sizeof(stack->words);
	memcpy(stack->words, bottom, stack->bytes);
}

/* The registers that a callee preserves, in DWARF's order. Those of the function it is in. */
#if defined(__x86_64__)
#define STACK_POINTER 7
#define KEPT_REGISTERS (1u << 3 | 1u << 6 | 1u << 7 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15)
#define READ_REGISTERS(stack)                                                                      \
	__asm__ volatile("movq %%rbx, 24(%1)\n\tmovq %%rbp, 48(%1)\n\tmovq %%rsp, 56(%1)\n\t"      \
			 "movq %%r12, 96(%1)\n\tmovq %%r13, 104(%1)\n\tmovq %%r14, 112(%1)\n\t"    \
			 "movq %%r15, 120(%1)\n\tleaq 0(%%rip), %0"                                \
			 : "=&r"((stack)->ip)                                                      \
			 : "r"((stack)->registers)                                                 \
			 : "memory")
#elif defined(__aarch64__)
#define STACK_POINTER 31
#define KEPT_REGISTERS 0xfff80000u
#define READ_REGISTERS(stack)                                                                      \
	__asm__ volatile("stp x19, x20, [%1, 152]\n\tstp x21, x22, [%1, 168]\n\t"                  \
			 "stp x23, x24, [%1, 184]\n\tstp x25, x26, [%1, 200]\n\t"                  \
			 "stp x27, x28, [%1, 216]\n\tstp x29, x30, [%1, 232]\n\t"                  \
			 "mov %0, sp\n\tstr %0, [%1, 248]\n\tadr %0, ."                            \
			 : "=&r"((stack)->ip)                                                      \
			 : "r"((stack)->registers)                                                 \
			 : "memory")
#else
#error "say which registers a callee preserves on this machine"
#endif

/* ---- what is sent ---------------------------------------------------------------------------- */

static void send_allocated(const struct heap_event *event)
{
	struct heap_event full = *event;
	struct heap_stack *stack = heap_ring_take_stack(ring);

	if (stack) {
		READ_REGISTERS(stack);
		stack->known = KEPT_REGISTERS;
		copy_stack(stack, (const char *)stack->registers[STACK_POINTER]);
		full.stack = (uint32_t)(stack - ring->stack + 1);
	} else {
		__atomic_fetch_add(&ring->lost_stacks, 1, __ATOMIC_RELAXED);
	}
	if (heap_ring_send(ring, &full))
		return;
	/* The observer never hears of it, so neither may its release be sent. */
	forget((void *)event->block);
	if (stack)
		heap_ring_give_stack(ring, stack);
	__atomic_fetch_add(&ring->lost_samples, 1, __ATOMIC_RELAXED);
}

/* Room that is left is for releases: a sample that is not taken is missing, a release forever. */
static bool has_room(void)
{
	return __atomic_load_n(&ring->head, __ATOMIC_RELAXED) -
		       __atomic_load_n(&ring->read, __ATOMIC_RELAXED) <
	       HEAP_EVENTS / 4 * 3;
}

static void take(void *block, size_t size, uint64_t drawn_mean)
{
	struct heap_event event = {.owner = self.name,
		.block = (uintptr_t)block,
		.size = size,
		.held = size,
		.mean = drawn_mean,
		.kind = HEAP_ALLOCATED};
	int saved = errno;

	if (below.usable_size)
		event.held = below.usable_size(block) + overhead;
	if (has_room() && remember(block))
		send_allocated(&event);
	else
		__atomic_fetch_add(&ring->lost_samples, 1, __ATOMIC_RELAXED);
	errno = saved;
}

static void seed_thread(void)
{
	uint64_t number = __atomic_fetch_add(&ring->threads, 1, __ATOMIC_RELAXED);

	random_state = mix(ring->seed + mix(number + 1)) | 1;
}

/* A chunk begins, and `gap` bytes from here is the next sample. */
static void begin_chunk(uint64_t gap)
{
	uint64_t chunk = CHUNK_MEANS * ring->mean;

	heap_sampler_until = gap < chunk ? gap : chunk;
	chunk_rest = chunk - heap_sampler_until;
}

/* The bytes of the thread have reached its next sample, or the end of a chunk (none at first). */
void heap_sampler_sample(void *block, size_t size)
{
	uint64_t drawn_mean;

	if (!random_state)
		seed_thread();
	if (size > heap_sampler_until + chunk_rest) {
		uint64_t gap;

		mean = mean_now();
		gap = draw_gap();
		if (size <= gap) {
			begin_chunk(gap - size);
			return;
		}
	}
	drawn_mean = mean;
	mean = mean_now();
	begin_chunk(draw_gap());
	take(block, size, drawn_mean);
}

bool heap_sampler_forget(void *block)
{
	struct heap_event event = {
		.owner = self.name, .block = (uintptr_t)block, .kind = HEAP_FREED};

	if (!forget(block))
		return false;
	if (!heap_ring_send(ring, &event))
		__atomic_fetch_add(&ring->lost_frees, 1, __ATOMIC_RELAXED);
	return true;
}

/* ---- the calls ------------------------------------------------------------------------------- */

/* Sends the block's size with it, and samples it. */
static inline void *allocated(void *block, size_t size)
{
	heap_sampler_allocated(block, size);
	return block;
}

static __attribute__((noinline, cold)) void *malloc_and_sample(size_t size)
{
	void *block = below.malloc(size);

	if (block)
		heap_sampler_sample(block, size);
	return block;
}

/* Nearly always a jump. A call that fails counts like the others: too little to matter. */
static void *malloc_sampled(size_t size)
{
	return heap_sampler_passes(size) ? below.malloc(size) : malloc_and_sample(size);
}

static void *calloc_sampled(size_t n, size_t size)
{
	return allocated(below.calloc(n, size), n * size);
}

/*
 * A new block takes the old one's place; its release is sent first, because the old address may be
 * another thread's before realloc returns. If realloc fails, the old block is sampled once more.
 */
static void *realloc_sampled(void *block, size_t size)
{
	bool was_sampled = heap_sampler_freeing(block);
	void *moved = below.realloc(block, size);

	if (moved)
		return allocated(moved, size);
	if (was_sampled && size && below.usable_size)
		take(block, below.usable_size(block), mean);
	return NULL;
}

static void free_sampled(void *block)
{
	heap_sampler_freeing(block);
	below.free(block);
}

static int posix_memalign_sampled(void **ret_block, size_t alignment, size_t size)
{
	int code = below.posix_memalign(ret_block, alignment, size);

	if (!code)
		heap_sampler_allocated(*ret_block, size);
	return code;
}

static void *aligned_alloc_sampled(size_t alignment, size_t size)
{
	return allocated(below.aligned_alloc(alignment, size), size);
}

static void *memalign_sampled(size_t alignment, size_t size)
{
	return allocated(below.memalign(alignment, size), size);
}

static void *valloc_sampled(size_t size)
{
	return allocated(below.valloc(size), size);
}

static void *pvalloc_sampled(size_t size)
{
	return allocated(below.pvalloc(size), size);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void send_life(enum heap_event_kind kind, uint64_t parent)
{
	struct heap_event event = {.owner = self.name, .block = parent, .kind = kind};

	if (!heap_ring_send(ring, &event))
		__atomic_fetch_add(&ring->lost_frees, 1, __ATOMIC_RELAXED);
}

static void forked(void)
{
	uint64_t parent = self.name;

	self = heap_owner_of_this_process();
	random_state = 0;
	heap_sampler_until = chunk_rest = 0;
	send_life(HEAP_FORKED, parent);
}

/* glibc counts a word of each block as in use that malloc_usable_size() does not. */
static size_t find_overhead(const struct next_allocator *next)
{
	void *usable = NULL, *glibc = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	Dl_info a, b;

	memcpy(&usable, &next->usable_size, sizeof(usable));
	return glibc && usable && dladdr(usable, &a) && dladdr(glibc, &b) &&
			       a.dli_fbase == b.dli_fbase
		       ? sizeof(size_t)
		       : 0;
}

void heap_sampler_open(struct soakops_page *page, struct next_allocator *next)
{
	slots = mmap(NULL, (SLOTS + WINDOW) * sizeof(*slots), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (slots == MAP_FAILED)
		return;
	ring = heap_ring_of(page);
	overhead = find_overhead(next);
	self = heap_owner_of_this_process();
	either_libc_atfork(NULL, NULL, forked);
	send_life(HEAP_STARTED, 0);
	below = *next;
	__atomic_thread_fence(__ATOMIC_RELEASE); /* other threads may call already */
	*next = (struct next_allocator){
		.malloc = malloc_sampled,
		.calloc = calloc_sampled,
		.realloc = realloc_sampled,
		.free = free_sampled,
		.posix_memalign = posix_memalign_sampled,
		.aligned_alloc = aligned_alloc_sampled,
		.memalign = memalign_sampled,
		.valloc = valloc_sampled,
		.pvalloc = pvalloc_sampled,
		.usable_size = below.usable_size,
	};
	heap_sampler_is_on = true;
}
