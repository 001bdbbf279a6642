/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak compare: two runs, or two sets of runs: GO, NEUTRAL, NO-GO? */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/comparison_report.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/judge_options.h"
#include "soak/verbs/page_of_runs.h"
#include "soak/verbs/run_set.h"
#include "soak/verbs/verbs.h"

/* That should be the same in all runs. */
static const enum run_set_fact same_facts[] = {
	FACT_COMMAND, FACT_HOST, FACT_KERNEL, FACT_OPS, FACT_INTERVAL, FACT_DURATION};

#define SAME_FACTS (sizeof(same_facts) / sizeof(*same_facts))

struct compare {
	struct run_set sides[2];
	const char *kind;
	double warmup_s;
	int side; /* that RUNs are added to; -1: one each */
	struct format_options format;
	struct comparison_settings settings;
	const char *page; /* a file, or NULL */
	struct comparison_report report;
};

static void note(struct compare *compare, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct compare *compare, const char *format, ...)
{
	struct comparison_report *report = &compare->report;
	va_list arguments;

	if (report->notes_count == COMPARISON_NOTES_MAX)
		return;
	va_start(arguments, format);
	text_set_va(&report->notes[report->notes_count++], format, arguments);
	va_end(arguments);
}

/* ---- what else is to be known ---------------------------------------------------------------- */

/* Tells of what is not the same in all runs: of each fact, the first difference. */
static void note_facts(struct compare *compare)
{
	const struct run_set *sides = compare->sides;

	for (size_t f = 0; f < SAME_FACTS; f++) {
		const char *first = sides[0].runs[0].facts[same_facts[f]];
		bool told = false;

		for (int s = 0; s < 2; s++)
			for (size_t i = 0; i < sides[s].n && !told; i++) {
				const struct loaded_run *run = &sides[s].runs[i];
				const char *fact = run->facts[same_facts[f]];

				told = strcmp(first, fact) != 0;
				if (told)
					note(compare, "%s differs: \"%s\", and \"%s\" in %s",
						run_set_fact_name(same_facts[f]), first, fact,
						run->path);
			}
	}
}

static const char *later(const char *a, const char *b)
{
	return strcmp(a, b) > 0 ? a : b;
}

/* Each pair after the one before it: only then are they pairs, and the machine's changes cancel. */
static bool interleaved(const struct compare *compare)
{
	const struct loaded_run *a = compare->sides[0].runs, *b = compare->sides[1].runs;

	if (compare->sides[0].n != compare->sides[1].n)
		return false;
	for (size_t i = 1; i < compare->sides[0].n; i++) {
		const char *before = later(a[i - 1].start_utc, b[i - 1].start_utc);

		if (strcmp(before, a[i].start_utc) > 0 || strcmp(before, b[i].start_utc) > 0)
			return false;
	}
	return true;
}

static void note_sets(struct compare *compare, const struct comparison *comparison)
{
	const struct run_set *sides = compare->sides;

	if (!comparison->paired)
		note(compare, "the runs were not interleaved: if the machine changed meanwhile, "
			      "that counts as a difference");
	for (int s = 0; s < 2; s++)
		if (!comparison->paired && sides[s].n < UNPAIRED_OWN_SPREAD)
			note(compare,
				"%c has %zu run%s: the runs of both sides count as equally spread",
				"AB"[s], sides[s].n, sides[s].n == 1 ? "" : "s");
}

static void note_runs(struct compare *compare, struct comparison *comparison)
{
	size_t unsteady = 0, uncounted = 0, n = compare->sides[0].n + compare->sides[1].n;

	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < compare->sides[s].n; i++) {
			const struct loaded_run *loaded = &compare->sides[s].runs[i];

			unsteady += !loaded->figures.steady;
			uncounted += loaded->figures.uncounted_calls > 0;
			if (loaded->failed)
				comparison_void(comparison, "%s: %s", loaded->path, loaded->failed);
		}
	if (uncounted)
		note(compare,
			"in %zu of %zu runs programs counted none of their ops (soak check names "
			"them): calls and faults per op are too high there, and not compared",
			uncounted, n);
	if (unsteady)
		note(compare,
			"%zu of %zu runs are too short for a steady window: all of each counts",
			unsteady, n);
}

/* ---- the verb -------------------------------------------------------------------------------- */

/* The comparison in words, and of each side as many runs as a page holds, in turn. */
static int write_page(const struct compare *compare)
{
	struct judge_settings settings;
	struct page_of_runs page = {
		.settings = &settings, .warmup_s = compare->warmup_s, .output = compare->page};
	char *words = NULL;
	size_t size;
	FILE *out = open_memstream(&words, &size);
	int code;

	if (!out)
		return EXIT_CANNOT_RUN;
	comparison_print(out, FORMAT_TEXT, &compare->report);
	fclose(out);
	page.comparison = words;
	for (size_t i = 0; i < PAGE_RUNS_MAX / 2; i++)
		for (int s = 0; s < 2; s++)
			if (i < compare->sides[s].n)
				page.files[page.n++] = compare->sides[s].runs[i].path;
	judge_settings_init(&settings);
	code = page_of_runs(&page);
	free(words);
	return code;
}

/* Figures and names of both sides, A's before B's. */
static void lay_out(struct compare *compare, struct run_figures *figures, const char **files)
{
	struct comparison_report *report = &compare->report;
	size_t at = 0;

	for (int s = 0; s < 2; s++) {
		const struct run_set *side = &compare->sides[s];

		report->sets[s] = (struct compared_set){figures + at, side->n};
		report->files[s] = files + at;
		for (size_t i = 0; i < side->n; i++, at++) {
			figures[at] = side->runs[i].figures;
			files[at] = side->runs[i].path;
		}
	}
}

static int compare_and_print(struct compare *compare)
{
	struct comparison_report *report = &compare->report;
	size_t n = compare->sides[0].n + compare->sides[1].n;
	struct run_figures *figures = calloc(n, sizeof(*figures));
	const char **files = calloc(n, sizeof(*files));
	struct comparison comparison = {0};
	int code = -ENOMEM, page = EXIT_PASS;

	report->kind = compare->kind;
	report->comparison = &comparison;
	report->inconclusive = compare->format.inconclusive;
	if (figures && files) {
		lay_out(compare, figures, files);
		code = comparison_of(
			report->sets, interleaved(compare), &compare->settings, &comparison);
	}
	if (!code) {
		note_facts(compare);
		note_sets(compare, &comparison);
		note_runs(compare, &comparison);
		code = comparison_print(stdout, compare->format.format, report);
	}
	if (!code && compare->page)
		page = write_page(compare);
	free(figures);
	free(files);
	comparison_release(&comparison);
	if (code)
		return EXIT_CANNOT_RUN;
	if (page)
		return page;
	return exit_code_by(comparison_verdict(comparison.decision), compare->format.inconclusive);
}

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct compare *compare = into;
	int side = compare->side, code;
	scoped_text error = {0};

	if (side < 0)
		side = compare->sides[0].n == 0 ? 0 : 1;
	if (compare->side < 0 && compare->sides[1].n > 0)
		argp_error(state, "two runs or folders, A and B; sets of files: --a A... --b B...");
	code = run_set_add(&compare->sides[side], argument, &error);
	if (code)
		argp_failure(state, exit_code_of_error(code), 0, "%s", text_of(&error));
}

static void check_sets(struct argp_state *state, void *into)
{
	struct compare *compare = into;
	bool any = false;

	for (int s = 0; s < 2; s++)
		if (compare->sides[s].n == 0)
			argp_error(state,
				"%c is missing: give two runs, two folders, or --a A... --b B...",
				"AB"[s]);
	if (isnan(compare->settings.margin_pct[COMPARED_SPEED]))
		compare->settings.margin_pct[COMPARED_SPEED] = strcmp(compare->kind, "build") == 0
								       ? DECISION_BAND_BUILD_PCT
								       : DECISION_BAND_ENV_PCT;
	for (int f = 0; f < COMPARED_COUNT; f++)
		any = any || compare->settings.decides[f];
	if (!any)
		argp_error(state, "nothing is left to decide by: --require memory");
}

static int set_required(struct option_value given)
{
	return comparison_require(given.field, given.value, given.error);
}

/* --a or --b: whatever follows is on that side. */
static int set_side(struct option_value given)
{
	struct compare *compare = given.field;

	compare->side = given.row->name[0] - 'a';
	return run_set_add(&compare->sides[compare->side], given.value, given.error);
}

#define FIELD(name) .field = offsetof(struct compare, name)

static const char *const kinds[] = {"env", "build", NULL};

static const struct option_row compare_rows[] = {
	{"a", 0, "RUN...", "before the change: run files, or folders of them", 0, set_side,
		.values = VALUES_FILES},
	{"b", 0, "RUN...",
		"after the change: as many runs, interleaved with A, are pairs in order of start",
		0, set_side, .values = VALUES_FILES},
	{"kind", 0, "env|build",
		"what was changed: the environment (default; threshold 1 %) "
		"or the build (0.5 %)",
		0, option_word, FIELD(kind), kinds},
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, FIELD(warmup_s), .expects = OPTION_WARMUP_EXPECTS},
	{"require", 0, "FIGURE[=PERCENT],...",
		"decide by these as well: memory, rss, rss_peak (5 % more is allowed), faults, "
		"churn (10 %); speed=off does not decide by speed",
		0, set_required, FIELD(settings)},
	{"page", 0, "FILE",
		"write the comparison and the first four runs of each side as one HTML page, too",
		0, option_text, FIELD(page), .values = VALUES_FILES},
	{0}};

static const struct option_set options[] = {{.rows = compare_rows},
	{.make = format_rows,
		.base = offsetof(struct compare, format),
		.group = 1,
		.heading = "Formats:"},
	{0}};

static int cmd_compare(int argc, char **argv)
{
	struct compare compare = {.kind = "env", .warmup_s = NAN, .side = -1};
	int code = 0;

	comparison_settings_init(&compare.settings, NAN);
	verb_parse(&verb_compare, argc, argv, &compare);
	for (int s = 0; s < 2 && !code; s++)
		code = run_set_load(&compare.sides[s], compare.warmup_s);
	if (!code)
		code = compare_and_print(&compare);
	for (int s = 0; s < 2; s++)
		run_set_release(&compare.sides[s]);
	for (size_t i = 0; i < compare.report.notes_count; i++)
		text_release(&compare.report.notes[i]);
	return code;
}

const struct verb verb_compare = {.name = "compare",
	.does = "compare two runs or two sets of runs: GO, NEUTRAL or NO-GO",
	.arguments = "A B\n--a A... --b B...",
	.doc = "Compare two runs, or two sets of runs (folders, or lists of files): speed, "
	       "memory, page faults, churn calls. Speed decides, and what is required.",
	.after = "Examples:\n"
		 "  soak compare before/ after/\n"
		 "  soak compare before.soak after.soak --page page.html\n"
		 "  soak compare --kind build --a old-*.soak --b new-*.soak\n"
		 "  soak compare main-runs/ new.soak --require memory,faults --junit\n"
		 "  soak run -a mimalloc JOB.ini; soak compare soak-JOB-*/one "
		 "soak-JOB-*/other\n\n"
		 "Exit status: 0 GO or NEUTRAL, 1 NO-GO, 3 INCONCLUSIVE.",
	.options = options,
	.flags = ARGP_IN_ORDER,
	.argument = take_argument,
	.end = check_sets,
	.run = cmd_compare};
