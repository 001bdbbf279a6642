/* SPDX-License-Identifier: MIT */
/* The end of a program that misused its memory: one line on stderr, then abort(). */
#ifndef SRC_FAULT_H
#define SRC_FAULT_H

/* "hakmem: WHAT: 0x7f…" */
_Noreturn void hk_fault(const char *what, const void *pointer);

#endif
