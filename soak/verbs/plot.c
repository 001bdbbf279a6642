/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak plot: one run as a figure, or several over each other. */
#include <argp.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "soak/report/plot.h"
#include "soak/run/allocator.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

enum { KEY_DUMB = 256, KEY_SIZE, KEY_RELATIVE };

struct plot_verb {
	struct plot_options options;
	char output[PATH_MAX], scripts[PATH_MAX];
	const char *files[PLOT_RUNS_MAX];
	struct run *runs[PLOT_RUNS_MAX];
	struct judgement *judgements;
	size_t n;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "FILE.svg or FILE.png (default: the run's name with .svg)", 0},
	{"dumb", KEY_DUMB, NULL, 0, "characters, for a shell without pictures", 0},
	{"size", KEY_SIZE, "WxH", 0, "in pixels, or in characters with --dumb", 0},
	{"relative", KEY_RELATIVE, NULL, 0, "several runs: RSS in % of each one's steady level", 0},
	{0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct plot_verb *verb = state->input;

	switch (key) {
	case 'o':
		verb->options.output = argument;
		return 0;
	case KEY_DUMB:
		verb->options.dumb = true;
		return 0;
	case KEY_RELATIVE:
		verb->options.relative = true;
		return 0;
	case KEY_SIZE:
		if (sscanf(argument, "%dx%d", &verb->options.width, &verb->options.height) != 2 ||
			verb->options.width < 20 || verb->options.height < 10 ||
			verb->options.width > 20000 || verb->options.height > 20000)
			argp_error(state, "--size: write 1200x1000, not %s", argument);
		return 0;
	case ARGP_KEY_ARG:
		if (verb->n == PLOT_RUNS_MAX)
			argp_error(state, "at most %d runs in one picture", PLOT_RUNS_MAX);
		verb->files[verb->n++] = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "RUN...",
	"Draw a recording: RSS with its drift, ops/s, page faults, churn calls. Several "
	"recordings are drawn "
	"over each other.\v"
	"Examples:\n"
	"  soak plot run.soak                     writes run.svg\n"
	"  soak plot run.soak -o run.png\n"
	"  soak plot glibc.soak mimalloc.soak -o both.svg\n"
	"  soak plot --dumb run.soak",
	NULL, NULL, NULL};

static int load(struct plot_verb *verb)
{
	struct judge_settings settings;
	int code = EXIT_PASS;

	judge_settings_init(&settings);
	verb->judgements = calloc(verb->n, sizeof(*verb->judgements));
	if (!verb->judgements)
		return EXIT_CANNOT_RUN;
	for (size_t i = 0; i < verb->n && !code; i++)
		code = open_and_judge(
			verb->files[i], NAN, &settings, &verb->runs[i], &verb->judgements[i]);
	return code;
}

static void choose_defaults(struct plot_verb *verb)
{
	struct winsize window;
	char path[PATH_MAX];

	if (allocator_own_file("../../plots", SOAK_DATADIR "/plots", "run.gp", path) == 0) {
		snprintf(verb->scripts, sizeof(verb->scripts), "%s", dirname(path));
		verb->options.script_dir = verb->scripts;
	}
	if (verb->options.dumb && !verb->options.width &&
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0)
		verb->options.width = window.ws_col;
	if (!verb->options.output && !verb->options.dumb) {
		size_t length = strlen(verb->files[0]);

		if (length > 5 && strcmp(verb->files[0] + length - 5, ".soak") == 0)
			length -= 5;
		snprintf(verb->output, sizeof(verb->output), "%.*s.svg", (int)length,
			verb->files[0]);
		verb->options.output = verb->output;
	}
}

static int draw(struct plot_verb *verb)
{
	char error[512] = "";
	int code = verb->n == 1 ? plot_run(verb->runs[0], &verb->judgements[0], &verb->options,
					  error, sizeof(error))
				: plot_overlay(verb->runs, verb->judgements, verb->n,
					  &verb->options, error, sizeof(error));

	if (error[0])
		fprintf(stderr, "soak: %s\n", error);
	if (code)
		return exit_code_of_error(code);
	if (verb->options.output)
		printf("%s\n", verb->options.output);
	return EXIT_PASS;
}

int cmd_plot(int argc, char **argv)
{
	struct plot_verb verb = {0};
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &verb);
	choose_defaults(&verb);
	code = load(&verb);
	if (!code)
		code = draw(&verb);
	for (size_t i = 0; i < verb.n; i++)
		code = close_after_reading(verb.runs[i], code);
	free(verb.judgements);
	return code;
}
