/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The arguments of a system call as it returns, from the user registers that were saved when the
 * thread entered the kernel. SYSCALL_ARGn(regs), regs from bpf_task_pt_regs() (5.15).
 *
 * SYSCALL_IP is the address behind the system call instruction. SYSCALL_CALLER is the return
 * address of the function that made the call, if that function has no frame, as libc's wrappers;
 * otherwise it is an arbitrary word. SYSCALL_RETURN takes the registers at the return of the
 * kernel's function.
 */
#ifndef SOAK_BPF_SYSCALL_ARGS_H
#define SOAK_BPF_SYSCALL_ARGS_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long ax, bx, cx, dx, si, di, bp, sp, r8, r9, r10, r11, r12, r13, r14, r15, ip;
};
#define SYSCALL_SP(regs) ((regs)->sp)
#define SYSCALL_LINK(regs) 0
/* rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to r15, and the return address */
#define SYSCALL_REGISTERS(to, regs)                                                                \
	((to)[0] = (regs)->ax, (to)[1] = (regs)->dx, (to)[2] = (regs)->cx, (to)[3] = (regs)->bx,   \
		(to)[4] = (regs)->si, (to)[5] = (regs)->di, (to)[6] = (regs)->bp,                  \
		(to)[7] = (regs)->sp, (to)[8] = (regs)->r8, (to)[9] = (regs)->r9,                  \
		(to)[10] = (regs)->r10, (to)[11] = (regs)->r11, (to)[12] = (regs)->r12,            \
		(to)[13] = (regs)->r13, (to)[14] = (regs)->r14, (to)[15] = (regs)->r15,            \
		(to)[16] = (regs)->ip)
#define SYSCALL_IP(regs) ((regs)->ip)
#define SYSCALL_CALLER(regs) user_word_at((regs)->sp)
#define SYSCALL_RETURN(regs) ((long)(regs)->ax)
#define SYSCALL_ARG0(regs) ((regs)->di)
#define SYSCALL_ARG1(regs) ((regs)->si)
#define SYSCALL_ARG2(regs) ((regs)->dx)
#define SYSCALL_ARG3(regs) ((regs)->r10)
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	__u64 orig_x0; /* x0 itself is the result by then */
};
/* Not regs: that is a field's name here. */
#define SYSCALL_SP(saved) ((saved)->user_regs.sp)
#define SYSCALL_LINK(saved) ((saved)->user_regs.regs[30])
/* x0 to x30, and sp */
#define SYSCALL_REGISTERS(to, saved)                                                               \
	do {                                                                                       \
		for (int r = 0; r < 31; r++)                                                       \
			(to)[r] = (saved)->user_regs.regs[r];                                      \
		(to)[31] = (saved)->user_regs.sp;                                                  \
	} while (0)
#define SYSCALL_IP(saved) ((saved)->user_regs.pc)
#define SYSCALL_CALLER(saved) ((saved)->user_regs.regs[30])
#define SYSCALL_RETURN(saved) ((long)(saved)->user_regs.regs[0])
#define SYSCALL_ARG0(saved) ((saved)->orig_x0)
#define SYSCALL_ARG1(saved) ((saved)->user_regs.regs[1])
#define SYSCALL_ARG2(saved) ((saved)->user_regs.regs[2])
#define SYSCALL_ARG3(saved) ((saved)->user_regs.regs[3])
#else
#error "say where this machine keeps the arguments of a system call"
#endif

#pragma clang attribute pop

#endif
