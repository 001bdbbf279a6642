/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of rules, of a run by itself (by enum rule) and against a baseline (by enum
 * regression, in regression.c): the name of each, the series it needs, the losses that take its
 * verdict back, and the functions that judge and plan it. All other code reads its row.
 */
#ifndef SOAK_RULES_H
#define SOAK_RULES_H

#include "soak/judge/plan.h"
#include "soak/judge/regression_rules.h"
#include "soak/judge/rule.h"
#include "soak/judge/uncounted.h"
#include "soak/words/text.h"

#define RULE_NEEDS 2

struct rule_entry {
	struct judge_rule_info info;
	rule_fn *judge;         /* of a run by itself */
	regression_fn *compare; /* of two */
	plan_fn *plan;          /* NULL: no length of the run would decide it */
	/* series that it needs; the first missing one is reported */
	enum series_id needs[RULE_NEEDS];
	size_t needs_count;
	bool window;                /* needs a steady window */
	bool joint;                 /* judges all pieces together, others judge the longest */
	bool scoped;                /* heeds --budget-scope */
	bool loss_spoils_pass;      /* lost events or unfollowed processes: a PASS does not stand */
	bool loss_spoils_all;       /* after these losses a FAIL does not stand either */
	enum uncounted_kind per_op; /* which calls of uncounted programs matter */
	bool gaps_spoil_pass;       /* more than 5 % of the samples missed: a PASS does not stand */
};

extern const struct rule_entry rule_table[RULE_COUNT];

/* The series needs[i]; with the allocator's scope, its calls in place of all budget calls. */
enum series_id rule_need(const struct rule_entry *entry, size_t i, bool allocator_scope);

/* Is the series a sum of system calls? */
bool rule_needs_calls(enum series_id series);

/* True, with the result concluded: a needed series or the window is missing. */
bool rule_lacks(const struct rule_context *context, const struct rule_entry *entry,
	struct rule_result *result);

/* RULE=VALUE, RULE=on or RULE=off, of a table of rules. */
struct rule_choice {
	int rule;
	bool off, on;
	double value;            /* of "on" the default */
	struct growth_unit unit; /* of the value; without a name: the rule's own */
};

/* Returns 0, or -EINVAL with one line in `error`: what was wrong, and what the choices are. */
int rule_choose(const struct rule_entry *table, int count, const char *assignment,
	struct rule_choice *ret_choice, struct text *error);

/* Names the rules with this verdict, separated by commas; returns how many there are. */
size_t rule_list(const struct rule_entry *table, const struct rule_result *results, int count,
	enum verdict verdict, struct text *ret_list);

#endif
