/* SPDX-License-Identifier: MIT */
/* The allocator's life: first call, fork(), exit. */
#ifndef SRC_LIFE_H
#define SRC_LIFE_H

#include "src/settled.h"

#include <stdbool.h>

/* Reads the options and sets the mode, once. Thread-safe. */
enum hk_mode hk_start(void);

/* Takes every lock except that of HAKMEM_CHECK: nothing changes until they are released. */
void hk_lock_all(void);
void hk_unlock_all(void);

static inline enum hk_mode hk_mode(void)
{
	enum hk_mode mode = __atomic_load_n(&hk_settled.mode, __ATOMIC_ACQUIRE);

	return __builtin_expect(mode != HK_UNSET, 1) ? mode : hk_start();
}

#endif
