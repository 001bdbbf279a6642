/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is counted of a churn call: which of the system calls it is, its kind, its bytes, and
 * whether it failed.
 */

const volatile int churn_number[CHURN_SYSCALL_COUNT]; /* of the system call, on this machine */

#define MAX_ERRNO 4095

/* What a call was given and gave, and what is counted of it. */
struct churn_call {
	__u64 argument[4];
	long ret;
	__u64 brk_before;
	__u64 bytes;
	long error;
	__u32 kind;
};

static __always_inline __u32 mmap_kind(unsigned long prot, unsigned long flags)
{
	if (flags & 0x40000) /* MAP_HUGETLB */
		return CHURN_mmap_huge;
	if (!prot && flags & 0x20) /* MAP_ANONYMOUS */
		return CHURN_mmap_reserve;
	if (flags & (0x10 | 0x100000)) /* MAP_FIXED, MAP_FIXED_NOREPLACE */
		return CHURN_mmap_fixed;
	return flags & 0x20 ? CHURN_mmap_anon : CHURN_mmap_file;
}

/* Advice numbers are 0-4, 8-25 and 100-103 (include/uapi/asm-generic/mman-common.h). */
static __always_inline __u32 madvise_kind(unsigned long advice)
{
	if (advice <= 4)
		return CHURN_madvise_normal + advice;
	if (advice >= 8 && advice <= 25)
		return CHURN_madvise_free + (advice - 8);
	if (advice >= 100 && advice <= 103)
		return CHURN_madvise_hwpoison + (advice - 100);
	return CHURN_madvise_other;
}

static __always_inline __u32 process_madvise_kind(unsigned long advice)
{
	switch (advice) {
	case 3:
		return CHURN_process_madvise_willneed;
	case 4: /* this and the next since 6.13, for a process's own memory */
		return CHURN_process_madvise_dontneed;
	case 8:
		return CHURN_process_madvise_free;
	case 20:
		return CHURN_process_madvise_cold;
	case 21:
		return CHURN_process_madvise_pageout;
	case 25:
		return CHURN_process_madvise_collapse;
	default:
		return CHURN_process_madvise_other;
	}
}

static __always_inline __u32 mprotect_kind(unsigned long prot)
{
	if (prot & 4) /* PROT_EXEC */
		return CHURN_mprotect_exec;
	if (prot & 2) /* PROT_WRITE */
		return CHURN_mprotect_write;
	return prot & 1 ? CHURN_mprotect_read : CHURN_mprotect_none;
}

static __always_inline __u32 mremap_kind(const struct churn_call *call)
{
	__u64 before = call->argument[1], after = call->argument[2];

	if (!call->error && (__u64)call->ret != call->argument[0])
		return CHURN_mremap_move;
	if (after == before)
		return CHURN_mremap_same;
	return after > before ? CHURN_mremap_grow : CHURN_mremap_shrink;
}

/*
 * brk never fails by errno: it returns the break as it stands, which is not what was asked for.
 * What it was before is what the last call left. Threads that race for the break, which no C
 * library lets them do, may see each other's.
 */
static __always_inline void describe_brk(struct churn_call *call)
{
	__u64 asked = call->argument[0], before = call->brk_before, after = call->ret;

	call->kind = CHURN_brk_query;
	call->bytes = call->error = 0;
	if (!asked || asked == before)
		return;
	call->kind = asked > before ? CHURN_brk_grow : CHURN_brk_shrink;
	call->bytes = asked > before ? after - before : before - after;
	call->error = after == asked ? 0 : -12;
}

/* Fills bytes, error and kind. Returns the enum churn_syscall, or CHURN_SYSCALL_COUNT. */
static __always_inline __u32 describe_call(struct churn_call *call, int number)
{
	__u64 *argument = call->argument;
	__u32 which = 0;

	while (which < CHURN_SYSCALL_COUNT && churn_number[which] != number)
		which++;
	call->error = (__u64)call->ret >= -(__u64)MAX_ERRNO ? call->ret : 0;
	call->bytes = argument[1];
	switch (which) {
	case CHURN_mmap:
		call->kind = mmap_kind(argument[2], argument[3]);
		break;
	case CHURN_munmap:
		call->kind = CHURN_munmap_any;
		break;
	case CHURN_madvise:
		call->kind = madvise_kind(argument[2]);
		break;
	case CHURN_mremap:
		call->kind = mremap_kind(call);
		call->bytes = argument[2];
		break;
	case CHURN_brk:
		describe_brk(call);
		break;
	case CHURN_mprotect:
		call->kind = mprotect_kind(argument[2]);
		break;
	case CHURN_process_madvise:
		call->kind = process_madvise_kind(argument[3]);
		call->bytes = call->ret;
		break;
	}
	return which;
}

static __always_inline bool maps_file(__u32 which, const struct churn_call *call)
{
	return which == CHURN_mmap && !call->error &&
	       !(call->argument[3] & 0x20) /* MAP_ANONYMOUS */;
}

static __always_inline bool maps_code(__u32 which, const struct churn_call *call)
{
	return maps_file(which, call) && call->argument[2] & 4 /* PROT_EXEC */;
}
