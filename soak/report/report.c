/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats, and what they share: see report.h. Called by the verbs that judge and by
 * all formats.
 */
#include <math.h>
#include <stdio.h>

#include "soak/report/report.h"

const struct report_format report_formats[FORMAT_COUNT] = {
	[FORMAT_TEXT] = {"text", "a scorecard (default)", report_text},
	[FORMAT_JSON] = {"json", "one JSON object; of several runs an array", report_json},
	[FORMAT_JUNIT] = {"junit",
		"JUnit XML: a suite for each run, a case for each rule or figure", report_junit},
	[FORMAT_TAP] = {"tap", "TAP: a test for each rule or figure", report_tap},
	[FORMAT_MARKDOWN] = {"markdown", "a table for a pull request, or $GITHUB_STEP_SUMMARY",
		report_markdown},
};

size_t report_rules(const struct report *report, struct report_rule rules[REPORT_RULES_MAX])
{
	for (int r = 0; report->baseline && r < REGRESSION_COUNT; r++)
		rules[r] = (struct report_rule){regression_name(r), regression_unit(r),
			&report->regression.rules[r], false, NULL, NULL};
	if (report->baseline)
		return REGRESSION_COUNT;
	for (int r = 0; r < RULE_COUNT; r++)
		rules[r] = (struct report_rule){judge_rule_info(r)->name,
			report->judgement->rules[r].unit.name, &report->judgement->rules[r],
			judge_rule_info(r)->detectable, judge_rule_info(r)->help,
			judge_rule_info(r)->wrong};
	return RULE_COUNT;
}

bool report_silent(const struct report_rule *rule)
{
	return rule->result->verdict == VERDICT_NOT_JUDGED && !rule->result->advice.length;
}

enum verdict report_verdict(const struct report *report)
{
	return report->baseline ? report->regression.verdict : report->judgement->verdict;
}

const char *report_reason(const struct report *report)
{
	return report->baseline ? text_of(&report->regression.reason)
				: text_of(&report->judgement->reason);
}

bool report_beyond_rules(const struct report *report)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);

	for (size_t i = 0; i < n; i++)
		if (rules[i].result->verdict == report_verdict(report))
			return false;
	return true;
}

const char *report_title(const struct report *report)
{
	static const char *const keys[] = {"workload", "command", "imported_from"};

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		const char *fact = run_fact(report->run, keys[k]);

		if (fact && *fact)
			return fact;
	}
	return run_path(report->run);
}

struct report_label report_label(const struct report *report)
{
	const char *variant = run_fact(report->run, "variant");
	const char *round = run_fact(report->run, "round");
	struct report_label label = {""};

	if (run_fact(report->run, "job") && variant)
		snprintf(label.text, sizeof(label.text), "variant %.40s, round %.20s", variant,
			round ? round : "1");
	return label;
}

struct report_figures report_figures(const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;
	struct report_figures figures = {"-"};

	if (isnan(r->estimate))
		return figures;
	if (!isnan(r->low) && !isnan(r->high) && r->high > r->low)
		snprintf(figures.text, sizeof(figures.text), "%.3g [%.3g, %.3g] %s", r->estimate,
			r->low, r->high, rule->unit);
	else
		snprintf(figures.text, sizeof(figures.text), "%.3g %s", r->estimate, rule->unit);
	return figures;
}
