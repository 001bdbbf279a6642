/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the target of a recorded run ended, and whether that is a failure. */
#ifndef SOAK_JUDGE_RUN_END_H
#define SOAK_JUDGE_RUN_END_H

#include <stdbool.h>

#include "soak/record/run_reader.h"

/*
 * By itself the target may only end with status 0. Told to end by soak, it may do so by whatever
 * signal and with whatever status it likes, unless it crashes. Only the first process is meant:
 * what becomes of its children is for it to answer.
 */
struct run_end {
	struct text text; /* "was killed by SIGSEGV within 3.2 s"; empty: it was still running */
	bool failed;
	bool aborted;        /* its memory was beyond the limits of --abort-at */
	int status;          /* exit status of a failed one; 0: it was a signal */
	const char *unknown; /* why nothing of this is known, or NULL; static */
};

/* The caller releases the text. */
void run_end(struct run *run, struct run_end *ret_end);

#endif
