/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak report: judged runs as one HTML page. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/page.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/judge_options.h"
#include "soak/verbs/verbs.h"

struct report_verb {
	const char *output;
	char default_output[PATH_MAX];
	double warmup_s;
	const char *files[PAGE_RUNS_MAX];
	struct report reports[PAGE_RUNS_MAX];
	struct run *runs[PAGE_RUNS_MAX];
	struct judgement judgements[PAGE_RUNS_MAX];
	struct judge_settings settings;
	size_t n;
};

static const struct option_row report_rows[] = {
	{"output", 'o', "FILE", "FILE.html (default: the first run's name with .html)", 0,
		option_text, offsetof(struct report_verb, output), .values = VALUES_FILES},
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, offsetof(struct report_verb, warmup_s),
		.expects = OPTION_WARMUP_EXPECTS},
	{0}};

static const struct option_set options[] = {{.rows = report_rows},
	{.rows = judge_rows, .base = offsetof(struct report_verb, settings)}, {0}};

static void take_run(struct argp_state *state, void *into, char *argument)
{
	struct report_verb *verb = into;

	if (verb->n == PAGE_RUNS_MAX)
		argp_error(state, "at most %d runs on one page", PAGE_RUNS_MAX);
	verb->files[verb->n++] = argument;
}

static void choose_output(struct report_verb *verb)
{
	size_t length = strlen(verb->files[0]);

	if (verb->output)
		return;
	if (length > 5 && strcmp(verb->files[0] + length - 5, ".soak") == 0)
		length -= 5;
	snprintf(verb->default_output, sizeof(verb->default_output), "%.*s.html", (int)length,
		verb->files[0]);
	verb->output = verb->default_output;
}

static int load(struct report_verb *verb)
{
	int code = EXIT_PASS;

	for (size_t i = 0; i < verb->n && !code; i++) {
		code = open_and_judge(verb->files[i], verb->warmup_s, &verb->settings,
			&verb->runs[i], &verb->judgements[i]);
		verb->reports[i] =
			(struct report){.run = verb->runs[i], .judgement = &verb->judgements[i]};
	}
	return code;
}

static int write_page(const struct report_verb *verb)
{
	scoped_text error = {0};
	int code = page_write(verb->reports, verb->n, verb->output, &error);

	if (code) {
		fprintf(stderr, "soak: %s\n", text_of(&error));
		return exit_code_of_error(code);
	}
	printf("%s\n", verb->output);
	return EXIT_PASS;
}

static int cmd_report(int argc, char **argv)
{
	struct report_verb *verb = calloc(1, sizeof(*verb)); /* not for the stack */
	int code;

	if (!verb) {
		fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
		return EXIT_CANNOT_RUN;
	}
	verb->warmup_s = NAN;
	judge_settings_init(&verb->settings);
	verb_parse(&verb_report, argc, argv, verb);
	choose_output(verb);
	code = load(verb);
	if (!code)
		code = write_page(verb);
	for (size_t i = 0; i < verb->n; i++) {
		code = close_after_reading(verb->runs[i], code);
		judgement_release(&verb->judgements[i]);
	}
	free(verb);
	return code;
}

const struct verb verb_report = {.name = "report",
	.does = "one HTML page of a recording, to send to somebody",
	.arguments = "RUN...",
	.doc = "Write one HTML file: the verdict and its reason, all curves on one time axis, the "
	       "rules, what grew, who made the system calls, events, host and settings. It "
	       "needs no network and at most 2 MB, however long the run. Several recordings are "
	       "drawn over each other, and their settings compared.",
	.after = "Examples:\n"
		 "  soak report run.soak                    writes run.html\n"
		 "  soak report run.soak -o page.html\n"
		 "  soak report before.soak after.soak -o both.html\n\n"
		 "Exit status: 0 if the page was written, whatever its verdict.",
	.options = options,
	.argument = take_run,
	.required = true,
	.run = cmd_report};
