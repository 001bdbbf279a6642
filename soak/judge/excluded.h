/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Windows that no rule but memory_return judges: deploys, injected faults. What is left counts as
 * pieces (pieces.h): nothing slopes across a window, and no count of it is in any sum.
 *
 * A window is FROM..TO. Either is a time since the start (90s, 10m) or the text of a mark; TO may
 * be +TIME, so long after FROM. Without FROM it begins with the run, without TO it ends with it. By
 * marks there are as many windows as there are marks FROM, each up to the next mark TO.
 */
#ifndef SOAK_JUDGE_EXCLUDED_H
#define SOAK_JUDGE_EXCLUDED_H

#include "soak/judge/judge.h"

/* Is it a list of windows, with commas? Returns 0, or -EINVAL with one line in `error`. */
int excluded_check(const char *list, struct text *error);

/* The windows of this run, in order; those that overlap are one. The doubt is the caller's. */
void excluded_find(const struct judge_input *input, const struct judge_settings *settings,
	struct judge_excluded *ret_excluded);

/*
 * The first window that one FROM..TO names in this run. Returns 0, or -EINVAL with one line in
 * `error`: the text is not a window, or the run lacks such a mark or time.
 */
int excluded_window(const struct judge_input *input, const char *text,
	struct judge_window *ret_window, struct text *error);

/* The input without them. Times stay as they are. */
struct kept {
	struct judge_input input;
	double *values; /* of its series */
	struct judge_break *breaks;
};

/* Returns 0 or -ENOMEM; kept_release() is due in any case. The original must outlive it. */
int excluded_cut(const struct judge_input *input, const struct judge_excluded *excluded,
	struct kept *ret_kept);
void kept_release(struct kept *kept);

#endif
