/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of the preload library: how this process signs what it writes into the ops page. */
#ifndef SOAK_OPS_HEAP_OWNER_H
#define SOAK_OPS_HEAP_OWNER_H

#include "collectors/ops/heap_page.h"

/* Asks the kernel, so remember the answer until a fork. May change errno. */
union heap_owner heap_owner_of_this_process(void) __attribute__((visibility("hidden")));

#endif
