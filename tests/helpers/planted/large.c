/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program of 300 MB, with 200 000 functions, that makes 103 madvises by a call, and one more from
 * each of 1009 places in code without a file.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

__asm__(".macro function\n"
	".type function_number_\\@, @function\n"
	"function_number_\\@:\n"
	".cfi_startproc\n	push %rbx\n	.cfi_adjust_cfa_offset 8\n	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n	ret\n.cfi_endproc\n"
	".size function_number_\\@, .-function_number_\\@\n"
	".endm\n"
	".text\n.rept 200000\nfunction\n.endr\n"
	".section .text.padding, \"ax\", @progbits\n.skip 300000000, 0x90\n.text");

static volatile long sink;

__attribute__((noinline)) static void by_call(void)
{
	for (int i = 0; i < 103; i++)
		sink += madvise((void *)4096, 0, MADV_NORMAL);
}

int main(void)
{
	/* mov eax, SYS_madvise; syscall; ret */
	static const unsigned char own[] = {0xb8, SYS_madvise, 0, 0, 0, 0x0f, 0x05, 0xc3};
	unsigned char *code = mmap(NULL, 1009 * sizeof(own), PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	by_call();
	for (int i = 0; i < 1009; i++) {
		memcpy(code + i * sizeof(own), own, sizeof(own));
		sink += ((long (*)(void *, long, long))(code + i * sizeof(own)))(
			(void *)4096, 0, MADV_NORMAL);
	}
	return 0;
}
