/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who held the live heap at a moment of a run, and whose part grew between two. */
#ifndef SOAK_REPORT_HEAP_ACCOUNT_H
#define SOAK_REPORT_HEAP_ACCOUNT_H

#include <stdbool.h>
#include <stdio.h>

#include "soak/record/run_heap.h"
#include "soak/stats/interval.h"

enum heap_by {
	HEAP_BY_NOTHING,
	HEAP_BY_SITE,    /* call stacks */
	HEAP_BY_FUNCTION /* each counts what it and all that it calls hold */
};

struct heap_account_options {
	enum heap_by by;
	bool growth;         /* between the two moments; else what there is at `to_s` */
	double from_s, to_s; /* since the start; beyond the last reading: at the last */
	int top;             /* rows; 0: all */
	double confidence;
};

struct heap_part {
	/* Index of a site, or of the first frame with the function's name. */
	size_t index;
	struct run_heap_value from, to;
	struct interval estimate; /* of what it holds, or grew by */
};

struct heap_account {
	struct run_heap heap;
	double from_s, to_s;     /* of the readings */
	struct heap_part *parts; /* the largest estimates first, in amount */
	size_t count;
	struct heap_part all;
	double in_use; /* or its growth, by the allocator's own account; NAN: untold */
};

/*
 * Returns 0, -ENOENT if nothing was sampled, -ENODATA if there is no reading, -ENOMEM or -EIO.
 * After 0 the caller calls heap_account_release().
 */
int heap_account_measure(struct run *run, const struct heap_account_options *options,
	struct heap_account *ret_account);
void heap_account_release(struct heap_account *account);

void heap_account_print(FILE *out, struct run *run, const struct heap_account *account,
	const struct heap_account_options *options);

/* Returns 0 or -ENOMEM. */
int heap_account_json(
	FILE *out, const struct heap_account *account, const struct heap_account_options *options);

/* One line for each stack that holds, or grew by, bytes: as flamegraph.pl reads it. */
void heap_account_folded(FILE *out, const struct heap_account *account);

#endif
