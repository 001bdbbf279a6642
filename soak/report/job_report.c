/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the summary of a job. Called by soak run with a job file or --repeat. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/judge/wording.h"
#include "soak/report/escape.h"
#include "soak/report/job_report.h"
#include "soak/report/json.h"
#include "soak/report/sheet.h"

#define JOB_JSON_SCHEMA 1

static enum verdict worse(enum verdict a, enum verdict b)
{
	if (a == VERDICT_FAIL || b == VERDICT_FAIL)
		return VERDICT_FAIL;
	return a == VERDICT_PASS && b == VERDICT_PASS ? VERDICT_PASS : VERDICT_INCONCLUSIVE;
}

struct standing {
	enum verdict verdict;
	size_t runs;
	double ops_per_s, rss_bytes;      /* means over the runs */
	const struct job_report_run *why; /* the first run with the verdict; NULL: none has it */
};

static struct standing standing_of(const struct job_report *report, size_t variant)
{
	size_t wanted = report->planned / report->variants_count;
	struct standing standing = {.verdict = VERDICT_PASS};

	for (size_t i = 0; i < report->runs_count; i++) {
		const struct job_report_run *run = &report->runs[i];

		if (run->variant != variant)
			continue;
		standing.verdict = worse(standing.verdict, run->verdict);
		standing.runs++;
		standing.ops_per_s += run->figures.ops_per_s;
		standing.rss_bytes += run->figures.rss_mean_bytes;
	}
	if (standing.runs < wanted)
		standing.verdict = worse(standing.verdict, VERDICT_INCONCLUSIVE);
	for (size_t i = report->runs_count; i-- > 0;)
		if (report->runs[i].variant == variant &&
			report->runs[i].verdict == standing.verdict)
			standing.why = &report->runs[i];
	standing.ops_per_s /= (double)standing.runs;
	standing.rss_bytes /= (double)standing.runs;
	return standing;
}

enum verdict job_verdict(const struct job_report *report)
{
	enum verdict verdict = VERDICT_PASS;

	for (size_t v = 0; v < report->variants_count; v++)
		verdict = worse(verdict, standing_of(report, v).verdict);
	return verdict;
}

/* "runs 2 of 2, ops 1.2 M/s, RSS mean 3 MiB", and of what did not pass the first run's reason. */
static void say_standing(
	const struct job_report *report, const struct standing *standing, struct text *words)
{
	text_set(words, "runs %zu of %zu, ops %s, RSS mean %s", standing->runs,
		report->planned / report->variants_count, say_rate(standing->ops_per_s).text,
		say_bytes(standing->rss_bytes).text);
	if (standing->verdict != VERDICT_PASS && standing->why)
		text_add(words, "; round %u: %s", standing->why->round,
			text_of(&standing->why->reason));
}

void job_print(FILE *out, const struct job_report *report)
{
	fprintf(out, "%s  %s: %zu variants, %zu of %zu runs, interleaved\n",
		verdict_name(job_verdict(report)), report->job, report->variants_count,
		report->runs_count, report->planned);
	for (size_t v = 0; v < report->variants_count; v++) {
		struct standing s = standing_of(report, v);
		scoped_text words = {0};

		say_standing(report, &s, &words);
		fprintf(out, "  %-13s %-16s %s\n", verdict_name(s.verdict), report->variants[v],
			text_of(&words));
	}
	if (report->variants_count > 1)
		fprintf(out, "  which is better: soak compare %s/%s %s/%s\n", report->folder,
			report->variants[0], report->folder, report->variants[1]);
}

static void print_markdown(FILE *out, const struct job_report *report)
{
	enum verdict verdict = job_verdict(report);

	fprintf(out, "## %s soak: %s\n\n**", verdict_symbol(verdict), verdict_name(verdict));
	put_markdown(out, report->job);
	fprintf(out,
		"**: %zu variants, %zu of %zu runs, interleaved\n\n"
		"| verdict | variant | allocator | runs | ops | RSS mean | reason |\n"
		"|---|---|---|--:|--:|--:|---|\n",
		report->variants_count, report->runs_count, report->planned);
	for (size_t v = 0; v < report->variants_count; v++) {
		struct standing s = standing_of(report, v);

		fprintf(out, "| %s %s | ", verdict_symbol(s.verdict), verdict_name(s.verdict));
		put_markdown(out, report->variants[v]);
		fputs(" | ", out);
		put_markdown(out, report->allocators[v]);
		fprintf(out, " | %zu | %s | %s | ", s.runs, say_rate(s.ops_per_s).text,
			say_bytes(s.rss_bytes).text);
		if (s.verdict != VERDICT_PASS && s.why)
			put_markdown(out, text_of(&s.why->reason));
		fputs(" |\n", out);
	}
	fputc('\n', out);
}

int job_document(FILE *out, enum format format, const struct job_report *report,
	const struct report *runs, size_t n)
{
	struct sheet *sheets, *last;
	struct text *words;

	if (format == FORMAT_MARKDOWN) {
		print_markdown(out, report);
		return report_markdown(out, runs, n);
	}
	sheets = report_sheets(runs, n, 1);
	words = calloc(report->variants_count, sizeof(*words));
	if (sheets && words) {
		last = &sheets[n];
		*last = (struct sheet){.name = report->folder,
			.title = report->job,
			.inconclusive = report->inconclusive};
		for (size_t v = 0; v < report->variants_count; v++) {
			struct standing standing = standing_of(report, v);

			say_standing(report, &standing, &words[v]);
			sheet_case(last, report->variants[v], standing.verdict, text_of(&words[v]),
				"");
		}
		if (format == FORMAT_JUNIT)
			sheets_junit(out, "soak run", sheets, n + 1);
		else
			sheets_tap(out, sheets, n + 1);
	}
	for (size_t v = 0; words && v < report->variants_count; v++)
		text_release(&words[v]);
	n = sheets && words;
	free(sheets);
	free(words);
	return n ? 0 : -ENOMEM;
}

static cJSON *run_json(const struct job_report_run *run)
{
	cJSON *object = cJSON_CreateObject();

	json_text(object, "file", run->file);
	json_number(object, "round", run->round);
	json_text(object, "verdict", verdict_name(run->verdict));
	json_text(object, "reason", text_of(&run->reason));
	json_number(object, "ops_per_s", run->figures.ops_per_s);
	json_number(object, "rss_mean_bytes", run->figures.rss_mean_bytes);
	json_number(object, "rss_peak_bytes", run->figures.rss_peak_bytes);
	json_number(object, "faults_per_op", run->figures.faults / run->figures.ops);
	json_number(object, "churn_calls_per_op", run->figures.churn_calls / run->figures.ops);
	return object;
}

int job_json(FILE *out, const struct job_report *report)
{
	cJSON *root = cJSON_CreateObject(), *variants;

	json_number(root, "schema", JOB_JSON_SCHEMA);
	json_text(root, "soak_version", SOAK_VERSION);
	json_text(root, "job", report->job);
	json_text(root, "verdict", verdict_name(job_verdict(report)));
	json_text(root, "folder", report->folder);
	json_number(root, "runs_planned", (double)report->planned);
	json_number(root, "runs_made", (double)report->runs_count);
	variants = cJSON_AddArrayToObject(root, "variants");
	for (size_t v = 0; v < report->variants_count; v++) {
		cJSON *variant = cJSON_CreateObject(), *runs;

		json_text(variant, "variant", report->variants[v]);
		json_text(variant, "allocator", report->allocators[v]);
		json_text(variant, "verdict", verdict_name(standing_of(report, v).verdict));
		runs = cJSON_AddArrayToObject(variant, "runs");
		for (size_t i = 0; i < report->runs_count; i++)
			if (report->runs[i].variant == v)
				cJSON_AddItemToArray(runs, run_json(&report->runs[i]));
		cJSON_AddItemToArray(variants, variant);
	}
	return json_print(out, root);
}
