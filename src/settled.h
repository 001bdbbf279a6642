/* SPDX-License-Identifier: MIT */
/*
 * What is settled at the start: the options, the key, and the mode. It lies on pages of its own,
 * which become read-only then, so that a stray write to it ends the program there and then.
 */
#ifndef SRC_SETTLED_H
#define SRC_SETTLED_H

#include "src/layout.h"
#include "src/options.h"

#include <stdint.h>

enum hk_mode {
	HK_UNSET, /* nobody has called yet */
	HK_NORMAL,
	HK_CHECK, /* HAKMEM_CHECK: check.h */
	HK_LIBC,  /* HAKMEM_FORCE_LIBC_ALLOC: libc.h */
};

/* As long as the longest page of a kernel. */
#if defined(__x86_64__)
#define HK_SETTLED_BYTES HK_PAGE
#else
#define HK_SETTLED_BYTES HK_GRANULE
#endif

struct hk_settled {
	struct hk_options options;

	/* The secret for the xor of links: HK_MARK on top, 6 in the lowest bits, random between. */
	uint64_t key;
	enum hk_mode mode;
} __attribute__((aligned(HK_SETTLED_BYTES)));

extern struct hk_settled hk_settled __attribute__((visibility("hidden")));

/* Once, when all is set. If the kernel refuses, it stays writable. */
void hk_settle(void);

#endif
