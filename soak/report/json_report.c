/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts as JSON, for programs: of one run an object, of several an array of such. docs/json.md
 * has every member, and what REPORT_JSON_SCHEMA promises. Figures that do not exist are null.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/run_figures.h"
#include "soak/report/json.h"
#include "soak/report/moments.h"
#include "soak/report/report.h"

#define REPORT_JSON_SCHEMA 1

/* Of a rule on growth: what it was, and the figure that tells it. */
static void add_outcome(cJSON *object, const struct outcome *outcome)
{
	const struct outcome_info *info = outcome_info(outcome->kind);
	cJSON *told;

	if (!info->figure)
		return;
	told = cJSON_AddObjectToObject(object, "outcome");
	json_text(told, "name", info->word);
	json_text(told, "figure", info->figure);
	json_number(told, "estimate", outcome->estimate);
	json_number(told, "low", outcome->low);
	json_number(told, "high", outcome->high);
	json_text(told, "unit", info->unit);
}

static cJSON *rule_json(const struct report_rule *rule)
{
	const struct rule_result *r = rule->result;
	cJSON *object = cJSON_CreateObject();

	json_text(object, "rule", rule->name);
	if (r->verdict != VERDICT_NOT_JUDGED) {
		json_text(object, "verdict", verdict_name(r->verdict));
		json_number(object, "estimate", r->estimate);
		json_number(object, "low", r->low);
		json_number(object, "high", r->high);
		json_number(object, "target", r->target);
		if (rule->detectable)
			json_number(object, "detectable", r->detectable);
		json_text(object, "unit", rule->unit);
	}
	json_text(object, "reason", text_of(&r->reason));
	if (r->advice.length)
		json_text(object, "advice", text_of(&r->advice));
	if (r->verdict == VERDICT_INCONCLUSIVE && r->more_s > 0)
		json_number(object, "more_s", r->more_s);
	add_outcome(object, &r->outcome);
	for (size_t i = 0; i < RULE_FIGURES && r->also[i].name; i++)
		json_number(object, r->also[i].name, r->also[i].value);
	return object;
}

static cJSON *run_json(struct run *run)
{
	static const char *const keys[] = {"command", "workload", "allocator", "allocator_version",
		"allocator_path", "judge_options", "start_utc", "duration_s", "end_reason",
		"target_exit_status", "target_signal", "host_cpu", "kernel", "imported_from",
		"imported_format", "imported_rss", "imported_ops", "imported_series"};
	cJSON *object = cJSON_CreateObject();

	json_text(object, "file", run_path(run));
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		if (run_fact(run, keys[k]))
			json_text(object, keys[k], run_fact(run, keys[k]));
	return object;
}

static cJSON *losses_json(struct run *run)
{
	const double *missed = run_series(run, METRIC_missed_ticks);
	size_t n = run_sample_count(run);
	cJSON *object = cJSON_CreateObject();

	json_number(object, "missed_ticks", missed && n ? missed[n - 1] : NAN);
	json_number(object, "lost_events", run_fact_number(run, "lost_events", NAN));
	json_number(object, "unfollowed", run_fact_number(run, "unfollowed", NAN));
	json_number(object, "skipped_probes", run_fact_number(run, "skipped_probes", NAN));
	json_number(object, "compat_programs", run_fact_number(run, "compat_programs", NAN));
	json_number(object, "compat_calls", run_fact_number(run, "compat_calls", NAN));
	json_number(object, "ring_madvises", run_fact_number(run, "ring_madvises", NAN));
	json_number(object, "overflowed", run_fact_number(run, "overflowed", NAN));
	json_number(object, "lost_marks", run_fact_number(run, "lost_marks", 0));
	json_number(object, "uncounted_programs", run_fact_number(run, "uncounted_programs", NAN));
	json_number(object, "uncounted_calls", run_fact_number(run, "uncounted_calls", NAN));
	if (run_fact(run, "uncounted_names"))
		json_text(object, "uncounted_names", run_fact(run, "uncounted_names"));
	return object;
}

static void add_quantity(cJSON *object, const char *name, double value, const char *unit)
{
	cJSON *quantity = cJSON_AddObjectToObject(object, name);

	json_number(quantity, "value", value);
	json_text(quantity, "unit", unit);
}

/* Of the steady window, or of all if there is none; the peak is the whole run's. */
static cJSON *summary_json(const struct report *report)
{
	struct run_figures figures = run_figures(report->run, report->judgement);
	cJSON *object = cJSON_CreateObject();

	cJSON_AddBoolToObject(object, "steady", figures.steady);
	add_quantity(object, "rss_mean", figures.rss_mean_bytes, "bytes");
	add_quantity(object, "rss_high", figures.rss_high_bytes, "bytes");
	add_quantity(object, "rss_peak", figures.rss_peak_bytes, "bytes");
	add_quantity(object, "ops", figures.ops, "ops");
	add_quantity(object, "ops_rate", figures.ops_per_s, "ops/s");
	add_quantity(object, "faults", figures.faults, "faults");
	add_quantity(object, "faults_rate", figures.faults_per_s, "faults/s");
	add_quantity(object, "churn_calls", figures.churn_calls, "calls");
	return object;
}

static cJSON *report_object(const struct report *report)
{
	const struct judgement *j = report->judgement;
	struct report_rule all[REPORT_RULES_MAX];
	size_t n = report_rules(report, all);
	cJSON *root = cJSON_CreateObject();
	cJSON *steady = cJSON_AddObjectToObject(root, "steady");
	cJSON *rules = cJSON_AddArrayToObject(root, "rules");
	cJSON *not_judged = cJSON_AddArrayToObject(root, "not_judged");
	bool window = j->from_s <= j->to_s;

	json_number(root, "schema", REPORT_JSON_SCHEMA);
	json_text(root, "soak_version", SOAK_VERSION);
	json_text(root, "verdict", verdict_name(report_verdict(report)));
	json_text(root, "reason", report_reason(report));
	json_text(root, "profile", j->profile);
	json_number(steady, "from_s", window ? j->from_s : NAN);
	json_number(steady, "to_s", window ? j->to_s : NAN);
	json_text(steady, "how", text_of(&j->steady_how));
	for (size_t i = 0; i < n; i++)
		if (!report_silent(&all[i]))
			cJSON_AddItemToArray(
				all[i].result->verdict == VERDICT_NOT_JUDGED ? not_judged : rules,
				rule_json(&all[i]));
	cJSON_AddItemToObject(root, "summary", summary_json(report));
	cJSON_AddItemToObject(root, "marks", moments_marks_json(report->run));
	cJSON_AddItemToObject(root, "excluded", moments_excluded_json(&j->excluded));
	cJSON_AddItemToObject(root, "losses", losses_json(report->run));
	cJSON_AddItemToObject(root, "run", run_json(report->run));
	if (report->baseline)
		cJSON_AddItemToObject(root, "baseline", run_json(report->baseline));
	return root;
}

int report_json(FILE *out, const struct report *reports, size_t n)
{
	cJSON *array;

	if (n == 1)
		return json_print(out, report_object(&reports[0]));
	array = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(array, report_object(&reports[i]));
	return json_print(out, array);
}
