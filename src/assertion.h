/* SPDX-License-Identifier: MIT */
/* What comments promise, checked in the builds of the tests: elsewhere no code is made of it. */
#ifndef SRC_ASSERTION_H
#define SRC_ASSERTION_H

#include "src/fault.h"

#include <stddef.h>

#ifdef HAKMEM_ASSERTIONS
#define HK_AS_TEXT(line) #line
#define HK_ASSERT_AT(condition, file, line)                                                        \
	((condition) ? (void)0                                                                     \
		     : hk_fault(file ":" HK_AS_TEXT(line) ": not true: " #condition, NULL))
#define HK_ASSERT(condition) HK_ASSERT_AT(condition, __FILE__, __LINE__)
#else
#define HK_ASSERT(condition) ((void)0)
#endif

#endif
