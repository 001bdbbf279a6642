/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Free numbers: a lock-free stack (Treiber 1986) in the probes' memory. User space gives a number
 * back by running a BPF program of type syscall, never by bpf(2) calls on a map: while such a call
 * is under way, the kernel skips all probes at tracepoints on that CPU, even while the call is
 * preempted (kernel/bpf/syscall.c, bpf_disable_instrumentation()).
 *
 * The lower half of `top` is the number on top, 0 if there is none. The upper half counts changes:
 * without it, a number that was taken and given back meanwhile would look untouched.
 */
#ifndef SOAK_BPF_FREE_LIST_H
#define SOAK_BPF_FREE_LIST_H

#include <linux/types.h>

/* Other CPUs may win each attempt, and a probe must end. */
#define FREE_LIST_ATTEMPTS 64

#define FREE_LIST_AFTER(top, number) ((((top) >> 32) + 1) << 32 | (number))

/*
 * Takes a number; 0: there is none. `next` has `room` entries, the number below each number; `room`
 * is a power of two.
 */
static inline __attribute__((always_inline)) __u32 free_list_take(
	__u64 *top, const __u32 *next, __u32 room)
{
	for (int attempt = 0; attempt < FREE_LIST_ATTEMPTS; attempt++) {
		__u64 was = *(volatile __u64 *)top;
		__u32 number = was & (room - 1);

		if (!number)
			return 0;
		if (__sync_bool_compare_and_swap(
			    top, was, FREE_LIST_AFTER(was, *(volatile const __u32 *)&next[number])))
			return number;
	}
	return 0;
}

/* Gives a number back. False: all attempts failed, and the number is lost. */
static inline __attribute__((always_inline)) _Bool free_list_give(
	__u64 *top, __u32 *next, __u32 room, __u32 number)
{
	for (int attempt = 0; attempt < FREE_LIST_ATTEMPTS; attempt++) {
		__u64 was = *(volatile __u64 *)top;

		*(volatile __u32 *)&next[number & (room - 1)] = was;
		if (__sync_bool_compare_and_swap(top, was, FREE_LIST_AFTER(was, number)))
			return 1;
	}
	return 0;
}

#endif
