/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which bits of a return address say where it leads. On arm64 the others may hold a signature
 * (pointer authentication): how many they are depends on how much address space the kernel gives,
 * so the processor is asked.
 */
#ifndef SOAK_CODE_BITS_H
#define SOAK_CODE_BITS_H

#include <stdint.h>

/* All bits where there are no signatures. */
uint64_t code_bits(void);

#endif
