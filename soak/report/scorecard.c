/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scorecard: a judged run on one screen, for people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/churn.h"
#include "soak/judge/run_figures.h"
#include "soak/judge/wording.h"
#include "soak/report/growth.h"
#include "soak/report/moments.h"
#include "soak/report/report.h"
#include "soak/report/utf8.h"

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

/* Rules that share verdict and reason, as all do when a run is too short, share a paragraph. */
static bool same_words(const struct rule_result *a, const struct rule_result *b)
{
	return a->verdict == b->verdict && strcmp(text_of(&a->reason), text_of(&b->reason)) == 0;
}

static void print_rule(
	FILE *out, const struct report_rule *rule, const struct report_rule *next, bool colour)
{
	const struct rule_result *result = rule->result;

	fputs("  ", out);
	print_verdict(out, result->verdict, colour, 13);
	fprintf(out, "%-16s ", rule->name);
	if (result->verdict == VERDICT_NOT_JUDGED) {
		fprintf(out, "%s\n", text_of(&result->reason));
		return;
	}
	if (!isnan(result->estimate))
		fprintf(out, "%s, ", report_figures(rule).text);
	fprintf(out, "target %.3g %s\n", result->target, rule->unit);
	if (next && same_words(result, next->result))
		return;
	fprintf(out, "               %s\n", text_of(&result->reason));
	if (result->advice.length)
		fprintf(out, "               -> %s\n", text_of(&result->advice));
}

static void print_those(
	FILE *out, const struct report_rule *rules, size_t n, enum verdict verdict, bool colour)
{
	const struct report_rule *last = NULL;

	for (size_t i = 0; i < n; i++) {
		if (rules[i].result->verdict != verdict || report_silent(&rules[i]))
			continue;
		if (last)
			print_rule(out, last, &rules[i], colour);
		last = &rules[i];
	}
	if (last)
		print_rule(out, last, NULL, colour);
}

/* What is known comes first; below it what is not, and the one run that would tell most of it. */
static void print_undecided(FILE *out, const struct report_rule *rules, size_t n, bool colour)
{
	double longest_s = 0;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		if (rules[i].result->verdict == VERDICT_INCONCLUSIVE)
			longest_s = fmax(longest_s, rules[i].result->more_s);
	if (longest_s > 0) {
		fprintf(out, "\n  with more time (--duration %s or longer): ",
			say_duration_option(longest_s, NULL).text);
		for (size_t i = 0; i < n; i++) {
			if (rules[i].result->verdict != VERDICT_INCONCLUSIVE ||
				!(rules[i].result->more_s > 0))
				continue;
			fprintf(out, "%s%s", any ? ", " : "", rules[i].name);
			any = true;
		}
		fputc('\n', out);
	}
	print_those(out, rules, n, VERDICT_INCONCLUSIVE, colour);
}

static void print_rules(FILE *out, const struct report *report, bool colour)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules);

	print_those(out, rules, n, VERDICT_FAIL, colour);
	print_those(out, rules, n, VERDICT_PASS, colour);
	print_those(out, rules, n, VERDICT_NOT_JUDGED, colour);
	print_undecided(out, rules, n, colour);
}

static const char *fact_or(struct run *run, const char *key, const char *otherwise)
{
	const char *value = run_fact(run, key);

	return value && *value ? value : otherwise;
}

/* Under which allocator; of an imported run where it came from. */
static void print_origin(FILE *out, struct run *run)
{
	if (run_fact(run, "imported_format")) {
		fprintf(out, ", imported (%s)", run_fact(run, "imported_format"));
		return;
	}
	fprintf(out, " under %s", fact_or(run, "allocator", "?"));
	if (fact_or(run, "allocator_version", "")[0])
		fprintf(out, " %s", run_fact(run, "allocator_version"));
}

void report_print_what(FILE *out, const struct report *report)
{
	utf8_print_line(out, report_title(report));
	print_origin(out, report->run);
}

static void print_head(FILE *out, const struct report *report, bool colour)
{
	const struct judgement *j = report->judgement;
	struct run *run = report->run;
	double seconds = run_fact_number(run, "duration_s", NAN);
	struct report_label label = report_label(report);
	const double *t = run_times(run);

	if (isnan(seconds) && t && run_sample_count(run))
		seconds = t[run_sample_count(run) - 1];
	print_verdict(out, report_verdict(report), colour, 0);
	fputs("  ", out);
	report_print_what(out, report);
	fprintf(out, "%s%s, %s, %zu samples\n  %s\n", label.text[0] ? ", " : "", label.text,
		say_clock(isnan(seconds) ? 0 : seconds).text, run_sample_count(run),
		report_reason(report));
	if (report->baseline) {
		fputs("  against the baseline ", out);
		utf8_print_line(out, run_path(report->baseline));
		fputc('\n', out);
	}
	if (!report->baseline && strcmp(j->profile, "default") != 0)
		fprintf(out, "  by the profile %s\n", j->profile);
	if (run_fact(run, "judge_options"))
		fprintf(out, "  recorded with %s\n", run_fact(run, "judge_options"));
	if (run_is_growing(run))
		fprintf(out, "  still recording: the data so far is judged\n");
	else
		fprintf(out, "  how it ended: %s\n",
			fact_or(run, "end_reason",
				"the recorder was killed: the data written until then is "
				"judged"));
	if (j->from_s <= j->to_s)
		fprintf(out, "  steady window %.1f s to %.1f s: %s\n", j->from_s, j->to_s,
			text_of(&j->steady_how));
	else
		fprintf(out, "  no steady window: %s\n", text_of(&j->steady_how));
	moments_print_excluded(out, &j->excluded);
	fputc('\n', out);
}

#define GROWN_SHOWN 3

/* Which mappings grew most over the steady window. */
static void print_growth(FILE *out, struct run *run, const struct judgement *j)
{
	struct growth_options options = {{j->from_s, j->to_s}, 0, 0.95};
	struct growth growth;
	size_t shown = 0;

	if (j->from_s > j->to_s || growth_measure(run, &options, &growth) != 0)
		return;
	for (size_t i = 0; i < growth.count && shown < GROWN_SHOWN; i++) {
		const struct growth_part *part = &growth.parts[i];

		if (!growth_is_notable(&growth, i))
			continue;
		if (!shown)
			fprintf(out, "  grew most from %s to %s: ", say_clock(growth.from_s).text,
				say_clock(growth.to_s).text);
		fprintf(out, "%s+%s ", shown++ ? ", " : "", say_bytes(part->to - part->from).text);
		growth_print_part(out, part);
	}
	if (shown)
		fputs("; soak audit --growth shows all\n", out);
	growth_release(&growth);
}

static void print_figures(FILE *out, struct run *run, const struct judgement *j)
{
	struct run_figures f = run_figures(run, j);

	fprintf(out, "\n  %s: ops %s, RSS mean %s, high %s, page faults %s\n",
		f.steady ? "steady" : "whole run", say_rate(f.ops_per_s).text,
		say_bytes(f.rss_mean_bytes).text, say_bytes(f.rss_high_bytes).text,
		say_rate(f.faults_per_s).text);
}

/* Of an allocator that counts what it holds: how much more it keeps than it has given out. */
static void print_fragmentation(FILE *out, struct run *run, const struct judgement *j)
{
	double in_use = run_window(run, run_sum(run, SERIES_IN_USE), j).mean;
	double committed = run_window(run, run_sum(run, SERIES_COMMITTED), j).mean;
	const char *meaning = run_fact(run, "allocator_stats");

	if (in_use > 0 && committed > 0)
		fprintf(out, "  allocator: %s in use, %s committed: fragmentation %.3g\n",
			say_bytes(in_use).text, say_bytes(committed).text, committed / in_use);
	else if (committed > 0)
		fprintf(out, "  allocator: %s committed\n", say_bytes(committed).text);
	if (meaning && committed > 0)
		fprintf(out, "    (%s; asked each %g ms)\n", meaning,
			run_fact_number(run, "allocator_stats_ms", 0));
}

static double most(struct run *run, enum metric metric)
{
	const double *series = run_series(run, metric);
	double high = NAN;

	for (size_t i = 0; series && i < run_sample_count(run); i++)
		high = fmax(high, series[i]);
	return high;
}

/* Of hakmem: who holds what is not in use, and how often it was given back too soon. */
static void print_retention(FILE *out, struct run *run, const struct judgement *j)
{
	double cached = run_window(run, run_series(run, METRIC_allocator_cached_bytes), j).mean;
	double retained = run_window(run, run_series(run, METRIC_allocator_retained_bytes), j).mean;

	if (isnan(cached) || isnan(retained))
		return;
	fprintf(out, "    %s cached by threads, %s retained, at most %s\n", say_bytes(cached).text,
		say_bytes(retained).text,
		say_bytes(most(run, METRIC_allocator_retained_peak_bytes)).text);
	fprintf(out, "    %s purges; wanted back within a second: %s, within 16 s: %s\n",
		say_count(most(run, METRIC_allocator_purges)).text,
		say_bytes(most(run, METRIC_allocator_regretted_bytes)).text,
		say_bytes(most(run, METRIC_allocator_refaulted_bytes)).text);
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
		struct run_window w = run_window(run, series, j);

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
	double lost = missed && n && !isnan(missed[n - 1]) ? missed[n - 1] : 0;

	while (cpu && last > 0 && isnan(cpu[last - 1]))
		last--;
	fprintf(out,
		"  losses: %.0f of %.0f ticks missed, %.0f events, %.0f processes not followed",
		lost, lost + (double)n, run_fact_number(run, "lost_events", 0),
		run_fact_number(run, "unfollowed", 0));
	if (run_fact_number(run, "skipped_probes", 0) > 0)
		fprintf(out, ", %.0f probes skipped by the kernel",
			run_fact_number(run, "skipped_probes", 0));
	if (run_fact_number(run, "compat_programs", 0) > 0)
		fprintf(out, ", the calls of %.0f 32-bit programs",
			run_fact_number(run, "compat_programs", 0));
	if (run_fact_number(run, "compat_calls", 0) > 0)
		fprintf(out, ", %.0f calls through the 32-bit entry",
			run_fact_number(run, "compat_calls", 0));
	if (run_fact_number(run, "ring_madvises", 0) > 0)
		fprintf(out, ", %.0f madvise requests through io_uring",
			run_fact_number(run, "ring_madvises", 0));
	if (run_fact_number(run, "lost_marks", 0) > 0)
		fprintf(out, ", %.0f marks", run_fact_number(run, "lost_marks", 0));
	if (run_fact(run, "uncounted_names"))
		fprintf(out, ", the ops of %.0f program%s (%s)",
			run_fact_number(run, "uncounted_programs", 0),
			run_fact_number(run, "uncounted_programs", 0) == 1 ? "" : "s",
			run_fact(run, "uncounted_names"));
	if (run_fact_number(run, "lost_sites", 0) > 0)
		fprintf(out, ", %.0f calls at more call sites than can be told apart",
			run_fact_number(run, "lost_sites", 0));
	if (cpu && rss && t && last > 1) {
		fprintf(out, "; observer: %.2f %% of a core, %s",
			100 * cpu[last - 1] / 1e9 / t[last - 1], say_bytes(rss[last - 1]).text);
	}
	fputc('\n', out);
}

static void print_card(FILE *out, const struct report *report, bool colour)
{
	const struct judgement *j = report->judgement;
	struct run *run = report->run;

	print_head(out, report, colour);
	print_rules(out, report, colour);
	print_figures(out, run, j);
	print_growth(out, run, j);
	moments_print_marks(out, run);
	if (run_fact(run, "imported_format"))
		return;
	print_fragmentation(out, run, j);
	print_retention(out, run, j);
	print_peak(out, run);
	print_calls(out, run, j);
	print_losses(out, run);
}

int report_text(FILE *out, const struct report *reports, size_t n)
{
	bool colour = isatty(fileno(out)) && !getenv("NO_COLOR");

	for (size_t i = 0; i < n; i++) {
		if (i)
			fputc('\n', out);
		print_card(out, &reports[i], colour);
	}
	return 0;
}
