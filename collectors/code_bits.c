/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks the processor which bits of a return address are address. Called by callers.c and when
 * the probes are loaded.
 */
#include "collectors/code_bits.h"

/*
 * The instruction strips a signature from x30. A processor without signatures takes it for one that
 * does nothing. Bit 55 tells the kernel's half of the addresses, which is stripped to ones. The
 * size of the address space is the same for all processes, so that what is stripped here is what
 * is stripped from the target's; ptrace's NT_ARM_PAC_MASK would stop a process to learn as much.
 */
uint64_t code_bits(void)
{
#if defined(__aarch64__)
	register uint64_t link __asm__("x30") = ~(1ull << 55);

	__asm__("hint 7" : "+r"(link)); /* xpaclri */
	return link;
#else
	return ~0ull;
#endif
}
