/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rules: what each is called, which losses it cannot bear, and who judges it. Indexed
 * by enum rule. */
#ifndef SOAK_RULES_H
#define SOAK_RULES_H

#include "soak/judge/rule.h"
#include "soak/judge/uncounted.h"

struct rule_entry {
	struct judge_rule_info info;
	rule_fn *judge;
	bool loss_spoils_pass;      /* lost events or unfollowed processes: a PASS does not stand */
	bool loss_spoils_all;       /* nor does a FAIL */
	enum uncounted_kind per_op; /* what uncounted programs have part in */
	bool gaps_spoil_pass;       /* more than 5 % of the samples missed: a PASS does not stand */
};

extern const struct rule_entry rule_table[RULE_COUNT];

#endif
