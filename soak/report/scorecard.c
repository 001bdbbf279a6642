/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/churn.h"
#include "soak/judge/wording.h"
#include "soak/report/scorecard.h"

static const char *colour_of(enum verdict verdict)
{
	return verdict == VERDICT_PASS   ? "\033[1;32m"
	       : verdict == VERDICT_FAIL ? "\033[1;31m"
					 : "\033[1;33m";
}

static void print_verdict(FILE *out, enum verdict verdict, bool colour, int width)
{
	fprintf(out, "%s%-*s%s", colour ? colour_of(verdict) : "", width, verdict_name(verdict),
		colour ? "\033[0m" : "");
}

/*
 * What a metric gained, or was on average, within the steady window; without one, over all of the
 * run.
 */
struct window {
	double gain, mean, max;
	double seconds;
};

static struct window look(struct run *run, enum metric metric, const struct judgement *j)
{
	const double *t = run_times(run), *v = run_series(run, metric);
	struct window w = {NAN, NAN, NAN, 0};
	double first = NAN, first_t = 0, sum = 0;
	size_t count = 0;

	for (size_t i = 0; t && v && i < run_sample_count(run); i++) {
		if (isnan(v[i]) || (j->from_s <= j->to_s && (t[i] < j->from_s || t[i] > j->to_s)))
			continue;
		if (!count++) {
			first = v[i];
			first_t = t[i];
		}
		w.gain = v[i] - first;
		w.seconds = t[i] - first_t;
		w.max = fmax(w.max, v[i]);
		sum += v[i];
	}
	if (count)
		w.mean = sum / count;
	return w;
}

static void print_estimate(FILE *out, const struct rule_result *r, const char *unit)
{
	if (isnan(r->estimate))
		return;
	fprintf(out, "%.3g", r->estimate);
	if (!isnan(r->low) && !isnan(r->high) && r->high > r->low)
		fprintf(out, " [%.3g, %.3g]", r->low, r->high);
	fprintf(out, " %s, ", unit);
}

/* Rules that share verdict and reason, as all do when a run is too short, share a paragraph. */
static bool same_words(const struct rule_result *a, const struct rule_result *b)
{
	return a->verdict == b->verdict && strcmp(a->reason, b->reason) == 0;
}

static void print_rules(FILE *out, const struct judgement *j, bool colour)
{
	for (int r = 0; r < RULE_COUNT; r++) {
		const struct rule_result *result = &j->rules[r];
		bool told = r + 1 < RULE_COUNT && same_words(result, result + 1);

		if (result->verdict == VERDICT_NOT_JUDGED)
			continue;
		fputs("  ", out);
		print_verdict(out, result->verdict, colour, 13);
		fprintf(out, "%-16s ", judge_rule_info(r)->name);
		print_estimate(out, result, judge_rule_info(r)->unit);
		fprintf(out, "target %.3g %s\n", result->target, judge_rule_info(r)->unit);
		if (told)
			continue;
		fprintf(out, "               %s\n", result->reason);
		if (result->advice[0])
			fprintf(out, "               -> %s\n", result->advice);
	}
}

static const char *fact_or(struct run *run, const char *key, const char *otherwise)
{
	const char *value = run_fact(run, key);

	return value && *value ? value : otherwise;
}

/* A command can be long and have several lines. */
static void print_one_line(FILE *out, const char *text)
{
	size_t length = 0;

	for (; *text && length < 70; text++, length++)
		fputc(*text < ' ' && *text > 0 ? ' ' : *text, out);
	if (*text)
		fputs("...", out);
}

void scorecard_print_what(FILE *out, struct run *run)
{
	print_one_line(out, fact_or(run, "workload", fact_or(run, "command", "?")));
	fprintf(out, " under %s", fact_or(run, "allocator", "?"));
	if (fact_or(run, "allocator_version", "")[0])
		fprintf(out, " %s", run_fact(run, "allocator_version"));
}

static void print_head(FILE *out, struct run *run, const struct judgement *j, bool colour)
{
	double seconds = run_fact_number(run, "duration_s", NAN);
	const double *t = run_times(run);

	if (isnan(seconds) && t && run_sample_count(run))
		seconds = t[run_sample_count(run) - 1];
	print_verdict(out, j->verdict, colour, 0);
	fputs("  ", out);
	scorecard_print_what(out, run);
	fprintf(out, ", %s, %zu samples\n  %s\n", say_clock(isnan(seconds) ? 0 : seconds).text,
		run_sample_count(run), j->reason);
	fprintf(out, "  it ended because %s\n",
		fact_or(run, "end_reason",
			"the recorder was stopped dead: what it had written is judged"));
	if (j->from_s <= j->to_s)
		fprintf(out, "  steady window %.1f s to %.1f s: %s\n", j->from_s, j->to_s,
			j->steady_how);
	else
		fprintf(out, "  no steady window: %s\n", j->steady_how);
	fputc('\n', out);
}

static double sum3(struct run *run, const struct judgement *j, enum metric a, enum metric b,
	enum metric c, double (*pick)(struct window))
{
	return pick(look(run, a, j)) + pick(look(run, b, j)) + pick(look(run, c, j));
}

static double pick_rate(struct window w)
{
	return w.seconds > 0 ? w.gain / w.seconds : NAN;
}

static double pick_mean(struct window w)
{
	return w.mean;
}

static double pick_max(struct window w)
{
	return w.max;
}

static void print_figures(FILE *out, struct run *run, const struct judgement *j)
{
	double ops = sum3(run, j, METRIC_ops_alloc, METRIC_ops_free, METRIC_ops_realloc, pick_rate);
	double mean = sum3(run, j, METRIC_rss_anon_bytes, METRIC_rss_file_bytes,
		METRIC_rss_shmem_bytes, pick_mean);
	double high = sum3(run, j, METRIC_rss_anon_bytes, METRIC_rss_file_bytes,
		METRIC_rss_shmem_bytes, pick_max);
	double faults =
		pick_rate(look(run, METRIC_minflt, j)) + pick_rate(look(run, METRIC_majflt, j));

	fprintf(out, "\n  %s: ops %s, RSS mean %s, high %s, page faults %s\n",
		j->from_s <= j->to_s ? "steady" : "whole run", say_rate(ops).text,
		say_bytes(mean).text, say_bytes(high).text, say_rate(faults).text);
}

/* Of an allocator that counts what it holds: how much more it keeps than it has given out. */
static void print_fragmentation(FILE *out, struct run *run, const struct judgement *j)
{
	double in_use = look(run, METRIC_allocator_in_use_bytes, j).mean;
	double committed = look(run, METRIC_allocator_committed_bytes, j).mean;

	if (in_use > 0 && committed > 0)
		fprintf(out, "  allocator: %s in use, %s committed: fragmentation %.3g\n",
			say_bytes(in_use).text, say_bytes(committed).text, committed / in_use);
}

static void print_peak(FILE *out, struct run *run)
{
	int64_t peak = run_number(run, "SELECT max(peak_rss_bytes) FROM processes", 0);

	fprintf(out, "  processes: %lld, the largest had a peak RSS of %s\n",
		(long long)run_number(run, "SELECT count(*) FROM processes", 0),
		say_bytes(peak).text);
}

static void print_calls(FILE *out, struct run *run, const struct judgement *j)
{
	static const enum metric calls[] = {
#define X(name) METRIC_##name,
		CHURN_SYSCALLS(X)
#undef X
	};
	size_t n = run_sample_count(run);

	fputs("  calls steady/all:", out);
	for (size_t c = 0; c < sizeof(calls) / sizeof(*calls); c++) {
		const double *series = run_series(run, calls[c]);
		struct window w = look(run, calls[c], j);

		if (!series || !n || isnan(series[n - 1]))
			continue;
		fprintf(out, " %s %.0f/%.0f", metric_info[calls[c]].name,
			isnan(w.gain) ? 0 : w.gain, series[n - 1]);
	}
	fputc('\n', out);
}

static void print_losses(FILE *out, struct run *run)
{
	const double *cpu = run_series(run, METRIC_self_cpu_ns),
		     *rss = run_series(run, METRIC_self_rss_bytes);
	const double *missed = run_series(run, METRIC_missed_ticks), *t = run_times(run);
	size_t n = run_sample_count(run), last = n;

	while (cpu && last > 0 && isnan(cpu[last - 1]))
		last--;
	fprintf(out, "  losses: %.0f of %zu ticks missed, %.0f events, %.0f processes not followed",
		missed && n && !isnan(missed[n - 1]) ? missed[n - 1] : 0, n,
		run_fact_number(run, "lost_events", 0), run_fact_number(run, "unfollowed", 0));
	if (cpu && rss && t && last > 1) {
		fprintf(out, "; observer: %.2f %% of a core, %s",
			100 * cpu[last - 1] / 1e9 / t[last - 1], say_bytes(rss[last - 1]).text);
	}
	fputc('\n', out);
}

void scorecard_print(FILE *out, struct run *run, const struct judgement *judgement, bool colour)
{
	print_head(out, run, judgement, colour);
	print_rules(out, judgement, colour);
	print_figures(out, run, judgement);
	print_fragmentation(out, run, judgement);
	print_peak(out, run);
	print_calls(out, run, judgement);
	print_losses(out, run);
}

static void add_number(cJSON *object, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(object, name, value);
	else
		cJSON_AddNullToObject(object, name);
}

static cJSON *rule_json(enum rule rule, const struct rule_result *r)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "rule", judge_rule_info(rule)->name);
	cJSON_AddStringToObject(object, "verdict", verdict_name(r->verdict));
	add_number(object, "estimate", r->estimate);
	add_number(object, "low", r->low);
	add_number(object, "high", r->high);
	add_number(object, "target", r->target);
	cJSON_AddStringToObject(object, "unit", judge_rule_info(rule)->unit);
	cJSON_AddStringToObject(object, "reason", r->reason);
	if (r->advice[0])
		cJSON_AddStringToObject(object, "advice", r->advice);
	for (size_t i = 0; i < RULE_FIGURES && r->also[i].name; i++)
		add_number(object, r->also[i].name, r->also[i].value);
	return object;
}

static cJSON *run_json(struct run *run)
{
	static const char *const keys[] = {"command", "workload", "allocator", "allocator_version",
		"allocator_path", "start_utc", "duration_s", "end_reason", "host_cpu", "kernel"};
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "file", run_path(run));
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		if (run_fact(run, keys[k]))
			cJSON_AddStringToObject(object, keys[k], run_fact(run, keys[k]));
	return object;
}

static cJSON *losses_json(struct run *run)
{
	const double *missed = run_series(run, METRIC_missed_ticks);
	size_t n = run_sample_count(run);
	cJSON *object = cJSON_CreateObject();

	add_number(object, "missed_ticks", missed && n ? missed[n - 1] : NAN);
	add_number(object, "lost_events", run_fact_number(run, "lost_events", NAN));
	add_number(object, "unfollowed", run_fact_number(run, "unfollowed", NAN));
	add_number(object, "overflowed", run_fact_number(run, "overflowed", NAN));
	return object;
}

int scorecard_json(FILE *out, struct run *run, const struct judgement *judgement)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *steady = cJSON_AddObjectToObject(root, "steady");
	cJSON *rules = cJSON_AddArrayToObject(root, "rules");
	bool window = judgement->from_s <= judgement->to_s;
	char *text;

	cJSON_AddStringToObject(root, "verdict", verdict_name(judgement->verdict));
	cJSON_AddStringToObject(root, "reason", judgement->reason);
	add_number(steady, "from_s", window ? judgement->from_s : NAN);
	add_number(steady, "to_s", window ? judgement->to_s : NAN);
	cJSON_AddStringToObject(steady, "how", judgement->steady_how);
	for (int r = 0; r < RULE_COUNT; r++)
		if (judgement->rules[r].verdict != VERDICT_NOT_JUDGED)
			cJSON_AddItemToArray(rules, rule_json(r, &judgement->rules[r]));
	cJSON_AddItemToObject(root, "losses", losses_json(run));
	cJSON_AddItemToObject(root, "run", run_json(run));
	text = cJSON_Print(root);
	cJSON_Delete(root);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
