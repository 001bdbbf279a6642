/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A library to be opened by a running program: 149 calls of its own; and with -DWRAPPERS one to be
 * preloaded, whose functions stand in for libc's and cannot be unwound as they should:
 *
 *   mremap    no call frame information, but a frame pointer
 *   madvise   the same, called by several
 *   mprotect  neither
 *   sbrk      a frame larger than what of the stack is looked at
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef WRAPPERS
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

#define FUNCTION(name, body)                                                                       \
	__asm__(".text\n.globl " name "\n.type " name ", %function\n" name ":\n" body              \
		"\tret\n.size " name ", .-" name "\n")

#if defined(__x86_64__)
#define CALL(number) "\tmov $" TEXT(number) ", %eax\n\tsyscall\n"
#define FRAME(call) "\tpush %rbp\n\tmov %rsp, %rbp\n\tsub $64, %rsp\n" call "\tleave\n"

FUNCTION("madvise", FRAME(CALL(SYS_madvise)));
FUNCTION("mremap", FRAME("\tmov %rcx, %r10\n" CALL(SYS_mremap)));
/* clang-format off */
FUNCTION("mprotect", "\tsub $72, %rsp\n" CALL(SYS_mprotect) "\tadd $72, %rsp\n");
FUNCTION("sbrk",
	"\t.cfi_startproc\n\tsub $8192, %rsp\n\t.cfi_adjust_cfa_offset 8192\n"
	"\tmov %rdi, %r8\n\txor %edi, %edi\n"
	CALL(SYS_brk)
	"\tmov %rax, %r9\n\tlea (%rax, %r8), %rdi\n"
	CALL(SYS_brk)
	"\tmov %r9, %rax\n"
	"\tadd $8192, %rsp\n\t.cfi_adjust_cfa_offset -8192\n\t.cfi_endproc\n");
/* clang-format on */
#elif defined(__aarch64__)
#define CALL(number) "\tmov x8, " TEXT(number) "\n\tsvc 0\n"
#define SAVE "\tstp x29, x30, [sp, -80]!\n"
#define RESTORE "\tldp x29, x30, [sp], 80\n"
#define FRAME(call) SAVE "\tmov x29, sp\n" call RESTORE

FUNCTION("madvise", FRAME(CALL(SYS_madvise)));
FUNCTION("mremap", FRAME(CALL(SYS_mremap)));
/* clang-format off */
FUNCTION("mprotect", SAVE "\tmov x29, xzr\n" CALL(SYS_mprotect) RESTORE);
FUNCTION("sbrk",
	"\t.cfi_startproc\n\tsub sp, sp, 8192\n\t.cfi_def_cfa_offset 8192\n"
	"\tadd x11, sp, 4096\n\tstp x29, x30, [x11]\n\t.cfi_offset 29, -4096\n\t.cfi_offset 30, -4088\n"
	"\tmov x9, x0\n\tmov x0, xzr\n"
	CALL(SYS_brk)
	"\tmov x10, x0\n\tadd x0, x0, x9\n"
	CALL(SYS_brk)
	"\tmov x0, x10\n"
	"\tldp x29, x30, [x11]\n\tadd sp, sp, 8192\n"
	"\t.cfi_def_cfa_offset 0\n\t.cfi_restore 29\n\t.cfi_restore 30\n\t.cfi_endproc\n");
/* clang-format on */
#endif
#else
static volatile long sink;

void call_from_plugin(void *page)
{
	for (int i = 0; i < 149; i++)
		sink += madvise(page, 4096, MADV_NORMAL);
}
#endif
