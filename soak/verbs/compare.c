/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak compare: two runs, or two sets of runs: GO, NEUTRAL, NO-GO? */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "soak/report/comparison_report.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/page_of_runs.h"
#include "soak/verbs/verbs.h"

/* Of a run, all that is kept of it once its file is closed. */
struct loaded {
	char *path;
	char start_utc[32];
	struct run_figures figures;
	const char *failed; /* the target did not end well; NULL: it did */
};

struct side {
	struct loaded *runs;
	size_t n, capacity;
};

/* That should be the same in all runs. */
static const char *const same_facts[] = {
	"command", "host", "kernel", "ops", "interval_ms", "requested_s"};

#define SAME_FACTS (sizeof(same_facts) / sizeof(*same_facts))

struct compare {
	struct side sides[2];
	const char *kind;
	double warmup_s;
	int side; /* that RUNs are added to; -1: one each */
	bool json;
	const char *page; /* a file, or NULL */
	struct comparison_report report;
	char *facts[SAME_FACTS]; /* of the first run */
	bool differs[SAME_FACTS];
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

/* ---- the sets -------------------------------------------------------------------------------- */

static int add_file(struct side *side, const char *path)
{
	if (side->n == side->capacity) {
		size_t capacity = side->capacity ? 2 * side->capacity : 16;
		struct loaded *runs = reallocarray(side->runs, capacity, sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		side->runs = runs;
		side->capacity = capacity;
	}
	side->runs[side->n] = (struct loaded){.path = strdup(path)};
	return side->runs[side->n++].path ? 0 : -ENOMEM;
}

static int is_run_file(const struct dirent *entry)
{
	return fnmatch("*.soak", entry->d_name, FNM_PERIOD) == 0;
}

/* A folder stands for the run files in it. Returns 0, or a negative errno with `error`. */
static int add_argument(struct side *side, const char *path, struct text *error)
{
	char file[PATH_MAX];
	struct dirent **found;
	struct stat st;
	int n, code = 0;

	text_set(error, "%s: %s", path, strerror(ENOMEM));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return add_file(side, path);
	n = scandir(path, &found, is_run_file, alphasort);
	if (n <= 0)
		return text_fail(error, -ENOENT, "there is no run file (*.soak) in %s", path);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, found[i]->d_name);
		if (!code)
			code = add_file(side, file);
		free(found[i]);
	}
	free(found);
	return code;
}

/* Tells of what is not the same in all runs: of each fact, the first difference. */
static void compare_facts(struct compare *compare, struct run *run)
{
	for (size_t f = 0; f < SAME_FACTS; f++) {
		const char *fact = run_fact(run, same_facts[f]);

		if (!fact)
			fact = "";
		if (!compare->facts[f])
			compare->facts[f] = strdup(fact);
		else if (!compare->differs[f] && strcmp(compare->facts[f], fact) != 0) {
			compare->differs[f] = true;
			note(compare, "%s differs: \"%s\", and \"%s\" in %s", same_facts[f],
				compare->facts[f], fact, run_path(run));
		}
	}
}

/* Returns 0 or an exit code. */
static int load(struct compare *compare, struct loaded *loaded)
{
	struct judge_settings settings;
	struct judgement judgement;
	const char *start, *stopped;
	struct run *run;
	int code;

	judge_settings_init(&settings);
	settings.profile = "default"; /* figures are wanted, whatever it was judged by */
	code = open_and_judge(loaded->path, compare->warmup_s, &settings, &run, &judgement);
	if (code)
		return code;
	start = run_fact(run, "start_utc");
	stopped = run_fact(run, "stopped_by_soak");
	snprintf(loaded->start_utc, sizeof(loaded->start_utc), "%s", start ? start : "");
	if (!stopped && !run_fact(run, "imported_from"))
		loaded->failed = "its recording broke off";
	else if (stopped && strcmp(stopped, "no") == 0 &&
		 (run_fact(run, "target_signal") ||
			 run_fact_number(run, "target_exit_status", 0) != 0))
		loaded->failed = "its target failed";
	loaded->figures = run_figures(run, &judgement);
	judgement_release(&judgement);
	compare_facts(compare, run);
	return close_after_reading(run, 0);
}

static int by_start(const void *one, const void *other)
{
	const struct loaded *a = one, *b = other;
	int order = strcmp(a->start_utc, b->start_utc);

	return order ? order : strcmp(a->path, b->path);
}

static int load_all(struct compare *compare)
{
	for (int s = 0; s < 2; s++) {
		struct side *side = &compare->sides[s];

		for (size_t i = 0; i < side->n; i++) {
			int code = load(compare, &side->runs[i]);

			if (code)
				return code;
		}
		qsort(side->runs, side->n, sizeof(*side->runs), by_start);
	}
	return EXIT_PASS;
}

/* ---- what else is to be known ---------------------------------------------------------------- */

static const char *later(const char *a, const char *b)
{
	return strcmp(a, b) > 0 ? a : b;
}

/* Each pair after the one before it: only then does what the machine does cancel. */
static bool interleaved(const struct compare *compare)
{
	const struct loaded *a = compare->sides[0].runs, *b = compare->sides[1].runs;

	for (size_t i = 1; i < compare->sides[0].n; i++) {
		const char *before = later(a[i - 1].start_utc, b[i - 1].start_utc);

		if (strcmp(before, a[i].start_utc) > 0 || strcmp(before, b[i].start_utc) > 0)
			return false;
	}
	return true;
}

static void look_closer(struct compare *compare, struct comparison *comparison)
{
	size_t unsteady = 0, uncounted = 0, n = compare->sides[0].n;

	if (!interleaved(compare))
		note(compare, "the runs were not interleaved: if the machine changed meanwhile, "
			      "that counts as a difference");
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < n; i++) {
			const struct loaded *loaded = &compare->sides[s].runs[i];

			unsteady += !loaded->figures.steady;
			uncounted += loaded->figures.uncounted_calls > 0;
			if (loaded->failed)
				comparison_void(comparison, "%s: %s", loaded->path, loaded->failed);
		}
	if (uncounted)
		note(compare,
			"in %zu of %zu runs programs counted none of their ops (soak check names "
			"them): calls and faults per op are too high there, and not compared",
			uncounted, 2 * n);
	if (unsteady)
		note(compare,
			"%zu of %zu runs are too short for a steady window: all of each counts",
			unsteady, 2 * n);
}

/* ---- the verb -------------------------------------------------------------------------------- */

/* The comparison in words, and of the pairs as many as a page holds, A and B in turn. */
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
	comparison_print(out, &compare->report);
	fclose(out);
	page.comparison = words;
	for (size_t i = 0; i < compare->sides[0].n && page.n + 2 <= PAGE_RUNS_MAX; i++)
		for (int s = 0; s < 2; s++)
			page.files[page.n++] = compare->sides[s].runs[i].path;
	judge_settings_init(&settings);
	code = page_of_runs(&page);
	free(words);
	return code;
}

static int compare_and_print(struct compare *compare)
{
	struct comparison_report *report = &compare->report;
	size_t n = compare->sides[0].n;
	struct run_figures *figures = calloc(2 * n, sizeof(*figures));
	const char **files = calloc(2 * n, sizeof(*files));
	struct comparison comparison = {0};
	int code = -ENOMEM, page = EXIT_PASS;

	for (size_t i = 0; figures && files && i < 2 * n; i++) {
		figures[i] = compare->sides[i / n].runs[i % n].figures;
		files[i] = compare->sides[i / n].runs[i % n].path;
	}
	report->kind = compare->kind;
	report->band_pct = strcmp(compare->kind, "build") == 0 ? DECISION_BAND_BUILD_PCT
							       : DECISION_BAND_ENV_PCT;
	report->comparison = &comparison;
	report->a = figures;
	report->b = figures + n;
	report->files[0] = files;
	report->files[1] = files + n;
	if (figures && files)
		code = comparison_of(report->a, report->b, n, report->band_pct, 0.95, &comparison);
	if (!code) {
		look_closer(compare, &comparison);
		if (compare->json)
			code = comparison_json(stdout, report);
		else
			comparison_print(stdout, report);
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
	return comparison.decision == DECISION_NO_GO          ? EXIT_TARGET_FAILED
	       : comparison.decision == DECISION_INCONCLUSIVE ? EXIT_INCONCLUSIVE
							      : EXIT_PASS;
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
	code = add_argument(&compare->sides[side], argument, &error);
	if (code)
		argp_failure(state, exit_code_of_error(code), 0, "%s", text_of(&error));
}

static void check_sets(struct argp_state *state, void *into)
{
	const struct compare *compare = into;
	size_t a = compare->sides[0].n, b = compare->sides[1].n;

	if (a == 0 || b == 0)
		argp_error(state, "%s is missing: give two runs, two folders, or --a A... --b B...",
			a == 0 ? "A" : "B");
	if (a != b)
		argp_failure(state, EXIT_USAGE, 0,
			"%zu runs in A and %zu in B: pairs are compared, so give as many of each",
			a, b);
}

/* --a or --b: whatever follows is on that side. */
static int set_side(struct option_value given)
{
	struct compare *compare = given.field;

	compare->side = given.row->name[0] - 'a';
	return add_argument(&compare->sides[compare->side], given.value, given.error);
}

#define FIELD(name) .field = offsetof(struct compare, name)

static const char *const kinds[] = {"env", "build", NULL};

static const struct option_row compare_rows[] = {
	{"a", 0, "RUN...", "before the change: run files, or folders of them", 0, set_side,
		.values = VALUES_FILES},
	{"b", 0, "RUN...",
		"after the change: as many runs, paired with A in order of "
		"start",
		0, set_side, .values = VALUES_FILES},
	{"kind", 0, "env|build",
		"what was changed: the environment (default; threshold 1 %) "
		"or the build (0.5 %)",
		0, option_word, FIELD(kind), kinds},
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, FIELD(warmup_s), .expects = OPTION_WARMUP_EXPECTS},
	{"json", 0, NULL, "one JSON object", 0, option_flag, FIELD(json)},
	{"page", 0, "FILE", "write the comparison and the first four pairs as one HTML page, too",
		0, option_text, FIELD(page), .values = VALUES_FILES},
	{0}};

static const struct option_set options[] = {{.rows = compare_rows}, {0}};

static int cmd_compare(int argc, char **argv)
{
	struct compare compare = {.kind = "env", .warmup_s = NAN, .side = -1};
	int code;

	verb_parse(&verb_compare, argc, argv, &compare);
	code = load_all(&compare);
	if (!code)
		code = compare_and_print(&compare);
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < compare.sides[s].n; i++)
			free(compare.sides[s].runs[i].path);
		free(compare.sides[s].runs);
	}
	for (size_t f = 0; f < SAME_FACTS; f++)
		free(compare.facts[f]);
	for (size_t i = 0; i < compare.report.notes_count; i++)
		text_release(&compare.report.notes[i]);
	return code;
}

const struct verb verb_compare = {.name = "compare",
	.does = "compare two runs or two sets of runs: GO, NEUTRAL or NO-GO",
	.arguments = "A B\n--a A... --b B...",
	.doc = "Compare two runs, or two sets of runs (folders, or lists of files): speed, "
	       "memory, page faults, churn calls. Speed decides.",
	.after = "Examples:\n"
		 "  soak compare before/ after/\n"
		 "  soak compare before.soak after.soak --page page.html\n"
		 "  soak compare --kind build --a old-*.soak --b new-*.soak\n"
		 "  soak run -a mimalloc JOB.ini; soak compare soak-JOB-*/one "
		 "soak-JOB-*/other\n\n"
		 "Exit status: 0 GO or NEUTRAL, 1 NO-GO, 3 INCONCLUSIVE.",
	.options = options,
	.flags = ARGP_IN_ORDER,
	.argument = take_argument,
	.end = check_sets,
	.run = cmd_compare};
