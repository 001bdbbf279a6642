/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the result of soak bench. */
#include <math.h>
#include <stdbool.h>

#include "soak/report/bench_report.h"
#include "soak/report/json.h"
#include "soak/words/text.h"

/* The scorecard's bounds: a CV of 1 to 2 % is what such runs have. */
#define EVEN_CV 0.02
#define STEAL_PCT 1.0
#define OTHERS_PCT 25.0 /* of each CPU */

static const struct {
	const char *name, *text;
	double pct;
} milestones[] = {{"M1", "55 %", 55}, {"M2", "60 %", 60}, {"M3", "65-70 %", 65}};

#define MILESTONES (sizeof(milestones) / sizeof(*milestones))

static const char *reached(const struct paired *ratio, double pct)
{
	return 100.0 * ratio->low >= pct   ? "reached"
	       : 100.0 * ratio->high < pct ? "missed"
					   : "undecided";
}

/* Why the figures are not for quoting; empty if they are. Returns whether they are noisy. */
static bool noise(const struct bench_report *report, struct text *text)
{
	double worst = 0.0;
	size_t which = 0;
	bool noisy;

	for (size_t r = 0; r < report->rows_count; r++)
		if (report->rows[r].mops.cv > worst) {
			worst = report->rows[r].mops.cv;
			which = r;
		}
	noisy = worst > EVEN_CV || report->steal_pct > STEAL_PCT ||
		report->others_pct > OTHERS_PCT * (double)report->cpus;
	text_set(text,
		"the largest CV is %.1f %% (%s), the hypervisor took %.1f %% of a CPU, others used "
		"%.0f %% of one",
		100.0 * worst, report->rows[which].name, report->steal_pct, report->others_pct);
	return noisy;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_row(FILE *out, const struct bench_report *report, const struct bench_row *row)
{
	const struct summary *s = &row->mops;

	fprintf(out, "  %-14s %8.2f %8.2f %8.2f %8.2f %6.2f %%", row->name, s->mean, s->median,
		s->min, s->max, 100.0 * s->cv);
	if (report->baseline >= 0 && row == &report->rows[report->baseline])
		fputs("  100 %", out);
	else if (row->ratio.n > 0)
		fprintf(out, "  %.1f %% [%.1f, %.1f]", 100.0 * row->ratio.ratio,
			100.0 * row->ratio.low, 100.0 * row->ratio.high);
	if (!isnan(row->instructions))
		fprintf(out, "  %.2f instructions/op", row->instructions);
	fputc('\n', out);
}

static void print_rounds(FILE *out, const struct bench_report *report)
{
	fputs("\n  round by round (in brackets: steal by the hypervisor, % of a CPU, if any)\n",
		out);
	for (size_t r = 0; r < report->rows_count; r++) {
		fprintf(out, "  %-14s", report->rows[r].name);
		for (size_t i = 0; i < report->rounds; i++) {
			const struct bench_run *run = &report->rows[r].runs[i];

			fprintf(out, " %.1f", run->mops);
			if (run->steal_pct > 0)
				fprintf(out, " (%.1f)", run->steal_pct);
		}
		fputc('\n', out);
	}
}

static void print_milestones(FILE *out, const struct bench_report *report)
{
	const struct bench_row *row;

	if (report->milestones_of < 0 || report->baseline < 0)
		return;
	row = &report->rows[report->milestones_of];
	fprintf(out, "\n  milestones of %s, in per cent of %s:", row->name,
		report->rows[report->baseline].name);
	for (size_t m = 0; m < MILESTONES; m++)
		fprintf(out, "%s %s (%s) %s", m ? "," : "", milestones[m].name, milestones[m].text,
			reached(&row->ratio, milestones[m].pct));
	fputc('\n', out);
}

void bench_print(FILE *out, const struct bench_report *report)
{
	scoped_text why = {0};
	bool noisy = noise(report, &why);

	fprintf(out, "%s, %zu interleaved runs of each, HAKMEM_PROFILE=%s\n", report->command,
		report->rounds, report->profile);
	fprintf(out, "  %-14s %8s %8s %8s %8s %8s", "M ops/s", "mean", "median", "min", "max",
		"CV");
	if (report->baseline >= 0)
		fprintf(out, "  of %s [95 %% interval, pairs]",
			report->rows[report->baseline].name);
	fputc('\n', out);
	for (size_t r = 0; r < report->rows_count; r++)
		print_row(out, report, &report->rows[r]);
	print_rounds(out, report);
	print_milestones(out, report);
	fprintf(out, "\n  %s: %s\n", noisy ? "NOISY, not for quoting" : "quiet", text_of(&why));
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static cJSON *run_json(const struct bench_run *run)
{
	cJSON *object = cJSON_CreateObject();

	json_number(object, "mops", run->mops);
	json_number(object, "steal_pct", run->steal_pct);
	json_number(object, "others_pct", run->others_pct);
	return object;
}

static cJSON *ratio_json(const struct paired *ratio)
{
	cJSON *object = cJSON_CreateObject();

	json_number(object, "ratio", ratio->ratio);
	json_number(object, "low", ratio->low);
	json_number(object, "high", ratio->high);
	return object;
}

static cJSON *row_json(const struct bench_row *row, size_t rounds)
{
	cJSON *object = cJSON_CreateObject(), *runs;

	json_text(object, "allocator", row->name);
	json_text(object, "path", row->path);
	json_text(object, "version", row->version);
	json_number(object, "mean", row->mops.mean);
	json_number(object, "median", row->mops.median);
	json_number(object, "min", row->mops.min);
	json_number(object, "max", row->mops.max);
	json_number(object, "cv_pct", 100.0 * row->mops.cv);
	if (row->ratio.n > 0)
		cJSON_AddItemToObject(object, "of_baseline", ratio_json(&row->ratio));
	else
		cJSON_AddNullToObject(object, "of_baseline");
	json_number(object, "instructions_per_op", row->instructions);
	runs = cJSON_AddArrayToObject(object, "runs");
	for (size_t i = 0; i < rounds; i++)
		cJSON_AddItemToArray(runs, run_json(&row->runs[i]));
	return object;
}

static void add_milestones(cJSON *root, const struct bench_report *report)
{
	cJSON *array = cJSON_AddArrayToObject(root, "milestones");

	for (size_t m = 0; m < MILESTONES && report->milestones_of >= 0 && report->baseline >= 0;
		m++) {
		cJSON *object = cJSON_CreateObject();

		json_text(object, "milestone", milestones[m].name);
		json_number(object, "pct", milestones[m].pct);
		json_text(object, "state",
			reached(&report->rows[report->milestones_of].ratio, milestones[m].pct));
		cJSON_AddItemToArray(array, object);
	}
}

int bench_json(FILE *out, const struct bench_report *report)
{
	cJSON *root = cJSON_CreateObject(), *rows;
	scoped_text why = {0};

	json_text(root, "command", report->command);
	json_text(root, "profile", report->profile);
	json_number(root, "rounds", (double)report->rounds);
	json_text(root, "unit", "M ops/s");
	if (report->baseline >= 0)
		json_text(root, "baseline", report->rows[report->baseline].name);
	else
		cJSON_AddNullToObject(root, "baseline");
	rows = cJSON_AddArrayToObject(root, "allocators");
	for (size_t r = 0; r < report->rows_count; r++)
		cJSON_AddItemToArray(rows, row_json(&report->rows[r], report->rounds));
	add_milestones(root, report);
	cJSON_AddBoolToObject(root, "noisy", noise(report, &why));
	json_text(root, "noise", text_of(&why));
	return json_print(out, root);
}
