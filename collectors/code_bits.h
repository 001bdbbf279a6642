/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bits of a return address that are part of the address. On arm64 the other bits may hold a
 * signature (pointer authentication). Their number depends on the size of the kernel's address
 * space, so the processor is asked.
 */
#ifndef SOAK_CODE_BITS_H
#define SOAK_CODE_BITS_H

#include <stdint.h>

/* All bits are set on machines without signatures. */
uint64_t code_bits(void);

#endif
