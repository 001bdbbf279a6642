/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of rules, of a run by itself (by enum rule) and against a baseline (by enum
 * regression, in regression.c): what each is called, what it needs, which losses it cannot bear,
 * and who judges and plans it. All else that depends on the rule is read from its row.
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
	plan_fn *plan;          /* NULL: has no length that decides it */
	/* without these series, in the order in which their want is told, it cannot be judged */
	enum series_id needs[RULE_NEEDS];
	size_t needs_count;
	bool window;                /* nor without a steady window */
	bool scoped;                /* heeds --budget-scope */
	bool loss_spoils_pass;      /* lost events or unfollowed processes: a PASS does not stand */
	bool loss_spoils_all;       /* nor does a FAIL */
	enum uncounted_kind per_op; /* what uncounted programs have part in */
	bool gaps_spoil_pass;       /* more than 5 % of the samples missed: a PASS does not stand */
};

extern const struct rule_entry rule_table[RULE_COUNT];

/* Its needs[i] of a run; with the scope, the allocator's calls in place of all budget calls. */
enum series_id rule_need(const struct rule_entry *entry, size_t i, bool allocator_scope);

/* Seven of the metrics are system calls: is the series one of their sums? */
bool rule_needs_calls(enum series_id series);

/* True, with the result concluded, if a series that the rule needs or the window is missing. */
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
