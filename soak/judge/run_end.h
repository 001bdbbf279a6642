/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the target of a recorded run ended, and whether that is a failure. */
#ifndef SOAK_JUDGE_RUN_END_H
#define SOAK_JUDGE_RUN_END_H

#include <stdbool.h>

#include "soak/record/run_reader.h"

/*
 * If the target ends by itself, only status 0 is no failure. If soak told it to end, any signal and
 * any status is allowed, except a crash. Only the target's first process counts: that process is
 * responsible for its children.
 */
struct run_end {
	struct text text; /* "was killed by SIGSEGV within 3.2 s"; empty: it was still running */
	bool failed;
	bool aborted;        /* its memory was beyond the limits of --abort-at */
	int status;          /* exit status of a failed one; 0: it was a signal */
	const char *unknown; /* why its end is not known, or NULL; static */
};

/* The caller releases the text. */
void run_end(struct run *run, struct run_end *ret_end);

#endif
