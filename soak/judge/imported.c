/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules and what they need, for runs that were imported: see imported.h. Called by judge.c. */
#include "soak/judge/imported.h"
#include "soak/judge/rule.h"

bool imported_without(
	const struct judge_input *input, enum rule rule, struct rule_result *ret_result)
{
	const char *missing = NULL, *advice = "record it by soak: soak run, soak attach";

	if (!input->imported)
		return false;
	switch (rule) {
	case RULE_RSS_DRIFT:
	case RULE_RSS_MONOTONIC:
		missing = input->rss_bytes ? NULL : "RSS";
		break;
	case RULE_THROUGHPUT_DROP:
	case RULE_THROUGHPUT_CV:
		missing = input->ops ? NULL : "count of ops";
		advice = "import it as well: soak import --ops COLUMN";
		break;
	case RULE_FAULT_GROWTH:
		missing = input->faults ? NULL : "page fault counts";
		break;
	default:
		missing = "counts of system calls";
	}
	if (!missing)
		return false;
	rule_conclude(ret_result, VERDICT_NOT_JUDGED, "no %s in what was imported", missing);
	rule_advise(ret_result, "%s", advice);
	return true;
}
