/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a planted fault has done so far, in the ops page (heap_page.h). */
#ifndef SOAK_OPS_FAULT_ACCOUNT_H
#define SOAK_OPS_FAULT_ACCOUNT_H

#include <stdint.h>

#define FAULT_VARIABLE "SOAK_FAULT"

struct fault_account {
	uint64_t planter;  /* the process that leaks or churns; 0: none yet */
	uint64_t begun_ns; /* CLOCK_MONOTONIC; 0: not yet */
	uint64_t leaked_bytes, churn_pairs;
	uint64_t slowed_ns; /* CPU time */
	uint64_t reserved[2];
};

#endif
