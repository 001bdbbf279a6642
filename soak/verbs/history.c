/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak history: the course of many runs, and since when what is different. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/history_report.h"
#include "soak/stats/changes.h"
#include "soak/verbs/option.h"
#include "soak/verbs/run_set.h"
#include "soak/verbs/verbs.h"

/* That make a difference of their own. */
static const enum run_set_fact watched[] = {FACT_COMMAND, FACT_HOST, FACT_HOST_CPU, FACT_KERNEL,
	FACT_ALLOCATOR, FACT_ALLOCATOR_VERSION};

#define WATCHED (sizeof(watched) / sizeof(*watched))

struct history_verb {
	struct run_set set;
	double warmup_s, least_pct;
	bool markdown, json;
};

/* The file's name without folder and suffix. The caller frees; NULL when memory is short. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *suffix = strrchr(name, '.');

	return strndup(name, suffix && suffix != name ? (size_t)(suffix - name) : strlen(name));
}

/* What is not as it was in the run before. */
static void say_changed(
	const struct loaded_run *before, const struct loaded_run *run, struct text *changed)
{
	for (size_t f = 0; f < WATCHED; f++) {
		const char *was = before->facts[watched[f]], *is = run->facts[watched[f]];

		if (strcmp(was, is) != 0)
			text_item(changed, "; ", "%s: %s -> %s", run_set_fact_name(watched[f]),
				was[0] ? was : "-", is[0] ? is : "-");
	}
}

/* Runs that did not end well have no figures to follow. */
static size_t leave_out_failed(struct run_set *set, struct text *note)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct loaded_run run = set->runs[i];

		if (run.failed) {
			text_item(note, ", ", "%s (%s)", run.path, run.failed);
			set->runs[i].path = NULL;
			free(run.path);
			for (int f = 0; f < FACT_COUNT; f++)
				free(run.facts[f]);
			continue;
		}
		set->runs[kept++] = run;
	}
	set->n = kept;
	return kept;
}

static void describe(
	const struct run_set *set, struct history_run *runs, struct run_figures *figures)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct loaded_run *run = &set->runs[i];

		figures[i] = run->figures;
		runs[i] = (struct history_run){.name = name_of(run->path),
			.file = run->path,
			.start_utc = run->start_utc,
			.figures = &figures[i]};
		if (i > 0)
			say_changed(run - 1, run, &runs[i].changed);
	}
}

static int follow_and_print(const struct history_verb *verb, const struct text *note)
{
	size_t n = verb->set.n;
	struct history_run *runs = calloc(n, sizeof(*runs));
	struct run_figures *figures = calloc(n, sizeof(*figures));
	struct history history = {0};
	const struct history_report report = {.history = &history,
		.runs = runs,
		.n = n,
		.notes = note,
		.notes_count = note->length > 0};
	int code = -ENOMEM;

	if (runs && figures) {
		describe(&verb->set, runs, figures);
		code = history_of(figures, n, verb->least_pct, &history);
	}
	if (!code)
		code = history_print(stdout,
			verb->json       ? FORMAT_JSON
			: verb->markdown ? FORMAT_MARKDOWN
					 : FORMAT_TEXT,
			&report);
	history_release(&history);
	for (size_t i = 0; runs && i < n; i++) {
		free((char *)runs[i].name);
		text_release(&runs[i].changed);
	}
	free(runs);
	free(figures);
	return code ? EXIT_CANNOT_RUN : EXIT_PASS;
}

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct history_verb *verb = into;
	scoped_text error = {0};
	int code = run_set_add(&verb->set, argument, &error);

	if (code)
		argp_failure(state, exit_code_of_error(code), 0, "%s", text_of(&error));
	if (verb->set.n > CHANGES_VALUES_MAX)
		argp_error(state, "at most %d runs at once", CHANGES_VALUES_MAX);
}

static int cmd_history(int argc, char **argv)
{
	struct history_verb verb = {.warmup_s = NAN, .least_pct = 1.0};
	scoped_text failed = {0};
	scoped_text note = {0};
	int code;

	verb_parse(&verb_history, argc, argv, &verb);
	code = run_set_load(&verb.set, verb.warmup_s);
	if (!code && !leave_out_failed(&verb.set, &failed)) {
		fprintf(stderr, "soak history: no run ended well: %s\n", text_of(&failed));
		code = EXIT_USAGE;
	}
	if (failed.length)
		text_set(&note, "left out: %s", text_of(&failed));
	if (!code)
		code = follow_and_print(&verb, &note);
	run_set_release(&verb.set);
	return code;
}

static const struct option_row history_rows[] = {
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, offsetof(struct history_verb, warmup_s),
		.expects = OPTION_WARMUP_EXPECTS},
	{"least", 0, "PERCENT", "do not tell of smaller changes (default: 1)", 0, option_quantity,
		offsetof(struct history_verb, least_pct), .least = 0, .most = 1000,
		.expects = "a number of per cent from 0 to 1000"},
	{"markdown", 0, NULL, "a table for a pull request, or $GITHUB_STEP_SUMMARY", 0, option_flag,
		offsetof(struct history_verb, markdown)},
	{"json", 0, NULL, "one object", 0, option_flag, offsetof(struct history_verb, json)}, {0}};

static const struct option_set options[] = {{.rows = history_rows}, {0}};

const struct verb verb_history = {.name = "history",
	.does = "since which run is what different: change points over many runs",
	.arguments = "DIR|RUN...",
	.doc = "Follow speed, memory, page faults and churn calls over runs in order of start, and "
	       "tell since which run a figure is on another level, by how much, and what changed "
	       "of the environment. A run is named by its file: name the files after commits.",
	.after = "Examples:\n"
		 "  soak history runs/\n"
		 "  soak history runs/ --markdown >>$GITHUB_STEP_SUMMARY\n"
		 "  soak history runs/*.soak --least 3 --json\n"
		 "  soak run -o runs/$(git rev-parse --short HEAD).soak -- ./server\n\n"
		 "Exit status: 0, whatever changed.",
	.options = options,
	.argument = take_argument,
	.required = true,
	.run = cmd_history};
