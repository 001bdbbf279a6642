/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak export: a table of a recording, for other programs. */
#include <errno.h>
#include <string.h>

#include "soak/report/export.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

struct export_verb {
	const char *file, *table;
	enum { CSV, JSON } format;
};

static const char *const formats[] = {"csv", "json", NULL};
static const char *const tables[] = {"samples", "churn", "callers", "places", "events", "marks",
	"crosscheck", "allocator", "processes", "errors", "latency", "facts", NULL};

static const struct option_row export_rows[] = {
	{"table", 't', "TABLE",
		"samples (default), churn, callers, places, events, marks, crosscheck, allocator, "
		"processes, errors, latency, facts",
		0, option_text, offsetof(struct export_verb, table), tables},
	{"format", 'f', "csv|json", "csv (default) or json", 0, option_choice,
		offsetof(struct export_verb, format), formats},
	{0}};

static const struct option_set options[] = {{.rows = export_rows}, {0}};

static int cmd_export(int argc, char **argv)
{
	struct export_verb verb = {.table = "samples"};
	scoped_text error = {0};
	struct run *run;
	int code;

	verb_parse(&verb_export, argc, argv, &verb);
	if (run_open(verb.file, &run, &error)) {
		fprintf(stderr, "soak: %s\n", text_of(&error));
		return EXIT_USAGE;
	}
	code = verb.format == JSON ? export_json(stdout, run, verb.table)
				   : export_csv(stdout, run, verb.table);
	if (close_after_reading(run, 0))
		return EXIT_CANNOT_RUN;
	if (code == -ENOENT)
		fprintf(stderr, "soak: %s has no table %s\n", verb.file, verb.table);
	else if (ferror(stdout))
		code = 0; /* what that means is decided for all verbs alike */
	else if (code)
		fprintf(stderr, "soak: cannot export %s: %s\n", verb.table, strerror(-code));
	return code == 0 ? EXIT_PASS : code == -ENOENT ? EXIT_USAGE : EXIT_CANNOT_RUN;
}

const struct verb verb_export = {.name = "export",
	.does = "write a table of a recording as CSV or JSON",
	.arguments = "RUN",
	.doc = "Write a table of a recording to standard output. Columns and units: "
	       "docs/run-file.md.",
	.after = "Examples:\n"
		 "  soak export run.soak > samples.csv\n"
		 "  soak export run.soak --table churn --format json",
	.options = options,
	.one = "RUN",
	.file = offsetof(struct export_verb, file),
	.required = true,
	.run = cmd_export};
