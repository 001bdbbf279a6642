/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak export: a table of a recording, for other programs. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "soak/report/export.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

struct export_verb {
	const char *file, *table;
	bool json;
};

static const struct argp_option options[] = {
	{"table", 't', "TABLE", 0,
		"samples (default), churn, callers, places, events, crosscheck, allocator, "
		"processes, errors, latency, facts",
		0},
	{"format", 'f', "csv|json", 0, "csv (default) or json", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	static const char *const formats[] = {"csv", "json", NULL};
	struct export_verb *verb = state->input;
	char error[CHOICE_TEXT];

	switch (key) {
	case 't':
		verb->table = argument;
		return 0;
	case 'f':
		if (strcmp(argument, "csv") != 0 && strcmp(argument, "json") != 0) {
			choice_unknown(error, sizeof(error), "format", argument, formats, NULL);
			argp_error(state, "--format: %s", error);
		}
		verb->json = strcmp(argument, "json") == 0;
		return 0;
	case ARGP_KEY_ARG:
		if (verb->file)
			argp_error(state, "one RUN, please");
		verb->file = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "RUN",
	"Write a table of a recording to standard output. Columns and units: docs/run-file.md.\v"
	"Examples:\n"
	"  soak export run.soak > samples.csv\n"
	"  soak export run.soak --table churn --format json",
	NULL, NULL, NULL};

int cmd_export(int argc, char **argv)
{
	struct export_verb verb = {.table = "samples"};
	char error[512];
	struct run *run;
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &verb);
	if (run_open(verb.file, &run, error, sizeof(error))) {
		fprintf(stderr, "soak: %s\n", error);
		return EXIT_USAGE;
	}
	code = verb.json ? export_json(stdout, run, verb.table)
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
