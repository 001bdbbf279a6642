/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak plot: one run as a figure, or several over each other. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "soak/judge/excluded.h"
#include "soak/judge/run_input.h"
#include "soak/judge/wording.h"
#include "soak/report/flame.h"
#include "soak/report/plot.h"
#include "soak/run/allocator.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/judge_options.h"
#include "soak/verbs/verbs.h"

struct plot_verb {
	struct plot_options options;
	char output[PATH_MAX], scripts[PATH_MAX];
	const char *files[PLOT_RUNS_MAX];
	struct run *runs[PLOT_RUNS_MAX];
	struct judgement *judgements;
	struct judge_settings settings;
	size_t n;
	bool flame;
	const char *window; /* of the flame graph; NULL: the steady one */
};

static int set_size(struct option_value given)
{
	struct plot_options *options = given.field;

	if (sscanf(given.value, "%dx%d", &options->width, &options->height) != 2 ||
		options->width < 20 || options->height < 10 || options->width > 20000 ||
		options->height > 20000)
		return -EINVAL;
	return 0;
}

static int set_flame(struct option_value given)
{
	struct plot_verb *verb = given.field;

	verb->flame = true;
	verb->window = given.value;
	return given.value ? excluded_check(given.value, given.error) : 0;
}

static const struct option_row plot_rows[] = {
	{"output", 'o', "FILE", "FILE.svg or FILE.png (default: the run's name with .svg)", 0,
		option_text, offsetof(struct plot_verb, options.output), .values = VALUES_FILES},
	{"dumb", 0, NULL, "draw with characters, for a terminal without graphics", 0, option_flag,
		offsetof(struct plot_verb, options.dumb)},
	{"size", 0, "WxH", "in pixels, or in characters with --dumb", 0, set_size,
		offsetof(struct plot_verb, options), .expects = "a size, as 1200x1000"},
	{"flame", 0, "FROM..TO",
		"a flame graph of what grew on the heap between two times or marks (default: the "
		"steady window), of a run with --heap-sampling",
		0, set_flame, 0, .optional = true},
	{"relative", 0, NULL, "for several runs: RSS in % of each run's steady level", 0,
		option_flag, offsetof(struct plot_verb, options.relative)},
	{JUDGE_EXCLUDE, offsetof(struct plot_verb, settings)}, {0}};

static const struct option_set options[] = {{.rows = plot_rows}, {0}};

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct plot_verb *verb = into;

	if (verb->n == PLOT_RUNS_MAX)
		argp_error(state, "at most %d runs in one picture", PLOT_RUNS_MAX);
	verb->files[verb->n++] = argument;
}

static void end(struct argp_state *state, void *into)
{
	const struct plot_verb *verb = into;

	if (verb->flame && (verb->n > 1 || verb->options.dumb || verb->options.relative))
		argp_error(state, "--flame is of one run, and an SVG: leave out --dumb and "
				  "--relative");
}

static int load(struct plot_verb *verb)
{
	int code = EXIT_PASS;

	verb->judgements = calloc(verb->n, sizeof(*verb->judgements));
	if (!verb->judgements)
		return EXIT_CANNOT_RUN;
	for (size_t i = 0; i < verb->n && !code; i++)
		code = open_and_judge(
			verb->files[i], NAN, &verb->settings, &verb->runs[i], &verb->judgements[i]);
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

static int write_flame(const char *path, const struct heap_account *account, struct text *error)
{
	scoped_text title = {0};
	FILE *out = fopen(path, "we");
	int code;

	if (!out)
		return text_fail(error, -errno, "%s: %m", path);
	text_set(&title, "growth of the live heap from %s to %s: %s",
		say_clock(account->from_s).text, say_clock(account->to_s).text,
		say_bytes(account->all.estimate.estimate).text);
	code = flame_write(out, text_of(&title), account);
	if (fclose(out) != 0 && !code)
		code = -errno;
	return code ? text_fail(error, code, "%s: %s", path, strerror(-code)) : 0;
}

static int draw_flame(struct plot_verb *verb, struct text *error)
{
	struct heap_account_options wanted = {
		.by = HEAP_BY_SITE, .growth = true, .confidence = verb->settings.confidence};
	struct heap_account account;
	struct judge_window window;
	int code =
		run_input_window(verb->runs[0], &verb->judgements[0], verb->window, &window, error);

	if (code)
		return code;
	wanted.from_s = window.from_s;
	wanted.to_s = window.to_s;
	code = heap_account_measure(verb->runs[0], &wanted, &account);
	if (code == -ENOENT || code == -ENODATA)
		return text_fail(error, -EINVAL,
			"%s: no allocations were sampled: record it with soak run --heap-sampling",
			verb->files[0]);
	if (code)
		return text_fail(error, code, "%s: %s", verb->files[0], strerror(-code));
	code = write_flame(verb->options.output, &account, error);
	heap_account_release(&account);
	return code;
}

static int draw(struct plot_verb *verb)
{
	scoped_text error = {0};
	int code = verb->flame ? draw_flame(verb, &error)
		   : verb->n == 1
			   ? plot_run(verb->runs[0], &verb->judgements[0], &verb->options, &error)
			   : plot_overlay(
				     verb->runs, verb->judgements, verb->n, &verb->options, &error);

	if (error.length)
		fprintf(stderr, "soak: %s\n", text_of(&error));
	if (code)
		return exit_code_of_error(code);
	if (verb->options.output)
		printf("%s\n", verb->options.output);
	return EXIT_PASS;
}

static int cmd_plot(int argc, char **argv)
{
	struct plot_verb verb = {0};
	int code;

	judge_settings_init(&verb.settings);
	verb_parse(&verb_plot, argc, argv, &verb);
	choose_defaults(&verb);
	code = load(&verb);
	if (!code)
		code = draw(&verb);
	for (size_t i = 0; i < verb.n; i++)
		code = close_after_reading(verb.runs[i], code);
	for (size_t i = 0; verb.judgements && i < verb.n; i++)
		judgement_release(&verb.judgements[i]);
	free(verb.judgements);
	return code;
}

const struct verb verb_plot = {.name = "plot",
	.does = "draw one recording, or several over each other",
	.arguments = "RUN...",
	.doc = "Draw a recording: RSS with its drift, ops/s, page faults, churn calls; marks "
	       "and excluded windows. "
	       "Several recordings are drawn over each other.",
	.after = "Examples:\n"
		 "  soak plot run.soak                     writes run.svg\n"
		 "  soak plot run.soak -o run.png\n"
		 "  soak plot glibc.soak mimalloc.soak -o both.svg\n"
		 "  soak plot run.soak --flame=10m.. -o grew.svg\n"
		 "  soak plot --dumb run.soak",
	.options = options,
	.argument = take_argument,
	.required = true,
	.end = end,
	.run = cmd_plot};
