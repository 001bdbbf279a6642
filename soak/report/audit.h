/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The syscall budget of a run as an account, in three formats. */
#ifndef SOAK_REPORT_AUDIT_H
#define SOAK_REPORT_AUDIT_H

#include <stdio.h>

#include "soak/judge/judge.h"
#include "soak/record/run_account.h"

enum audit_weight { WEIGHT_CALLS, WEIGHT_BYTES, WEIGHT_NS };

struct audit_options {
	unsigned int keys;        /* a bit for each enum account_key */
	enum account_phase phase; /* PHASE_COUNT: all */
	int top;                  /* rows; 0: all */
};

/* The phases of a run. The judgement gives the steady window. */
struct account_bounds audit_bounds(struct run *run, const struct judgement *judgement);

/* Of a row that is grouped by caller: "redis-server: zmalloc in redis-server". Not escaped. */
void audit_print_caller(FILE *out, const struct account_row *row);

/* All return what run_account() does. The judgement gives the steady window and the budget. */
int audit_print(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options);
int audit_json(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options);

/* One line for each stack: frames separated by ;, then the weight, as flamegraph.pl reads it. */
int audit_folded(FILE *out, struct run *run, const struct judgement *judgement,
	const struct audit_options *options, enum audit_weight weight);

#endif
