/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak report: judged runs as one HTML page. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "soak/verbs/judge_options.h"
#include "soak/verbs/page_of_runs.h"
#include "soak/verbs/verbs.h"

struct report_verb {
	struct page_of_runs page;
	char default_output[PATH_MAX];
	struct judge_settings settings;
};

static const struct option_row report_rows[] = {
	{"output", 'o', "FILE", "FILE.html (default: the first run's name with .html)", 0,
		option_text, offsetof(struct report_verb, page.output), .values = VALUES_FILES},
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, offsetof(struct report_verb, page.warmup_s),
		.expects = OPTION_WARMUP_EXPECTS},
	{0}};

static const struct option_set options[] = {{.rows = report_rows},
	{.rows = judge_rows, .base = offsetof(struct report_verb, settings)}, {0}};

static void take_run(struct argp_state *state, void *into, char *argument)
{
	struct report_verb *verb = into;

	if (verb->page.n == PAGE_RUNS_MAX)
		argp_error(state, "at most %d runs on one page", PAGE_RUNS_MAX);
	verb->page.files[verb->page.n++] = argument;
}

static void choose_output(struct report_verb *verb)
{
	const char *file = verb->page.files[0];
	size_t length = strlen(file);

	if (verb->page.output)
		return;
	if (length > 5 && strcmp(file + length - 5, ".soak") == 0)
		length -= 5;
	snprintf(
		verb->default_output, sizeof(verb->default_output), "%.*s.html", (int)length, file);
	verb->page.output = verb->default_output;
}

static int cmd_report(int argc, char **argv)
{
	struct report_verb verb = {.page.warmup_s = NAN};
	int code;

	verb.page.settings = &verb.settings;
	judge_settings_init(&verb.settings);
	verb_parse(&verb_report, argc, argv, &verb);
	choose_output(&verb);
	code = page_of_runs(&verb.page);
	if (!code)
		printf("%s\n", verb.page.output);
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
