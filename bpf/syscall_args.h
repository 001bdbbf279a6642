/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The arguments of a system call as it returns: they stand in the user registers that were saved
 * when the thread entered the kernel. SYSCALL_ARGn(regs), regs from bpf_task_pt_regs() (5.15).
 *
 * SYSCALL_IP is the instruction behind the system call's. SYSCALL_CALLER is where the function that
 * made it returns to, if that function has no frame of its own, as libc's wrappers have none; else
 * it is any word.
 */
#ifndef SOAK_BPF_SYSCALL_ARGS_H
#define SOAK_BPF_SYSCALL_ARGS_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, r10, ip, sp;
};
#define SYSCALL_IP(regs) ((regs)->ip)
#define SYSCALL_CALLER(regs) user_word_at((regs)->sp)
#define SYSCALL_ARG0(regs) ((regs)->di)
#define SYSCALL_ARG1(regs) ((regs)->si)
#define SYSCALL_ARG2(regs) ((regs)->dx)
#define SYSCALL_ARG3(regs) ((regs)->r10)
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 pc;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	__u64 orig_x0; /* x0 itself is the result by then */
};
#define SYSCALL_IP(regs) ((regs)->user_regs.pc)
#define SYSCALL_CALLER(regs) ((regs)->user_regs.regs[30])
#define SYSCALL_ARG0(regs) ((regs)->orig_x0)
#define SYSCALL_ARG1(regs) ((regs)->user_regs.regs[1])
#define SYSCALL_ARG2(regs) ((regs)->user_regs.regs[2])
#define SYSCALL_ARG3(regs) ((regs)->user_regs.regs[3])
#else
#error "say where this machine keeps the arguments of a system call"
#endif

#pragma clang attribute pop

#endif
