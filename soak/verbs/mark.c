/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak mark: names a moment of a run that goes on. */
#include <stdio.h>
#include <string.h>

#include "soak/run/marks.h"
#include "soak/verbs/verbs.h"

struct mark_verb {
	const char *file, *text;
};

static const struct option_set options[] = {{0}};

static void take_word(struct argp_state *state, void *into, char *argument)
{
	struct mark_verb *verb = into;

	if (!verb->file)
		verb->file = argument;
	else if (!verb->text)
		verb->text = argument;
	else
		argp_error(state, "one text is enough; put it into quotes");
}

static void check_words(struct argp_state *state, void *into)
{
	const struct mark_verb *verb = into;

	if (!verb->text || !*verb->text)
		argp_error(state, "missing TEXT after RUN");
	if (strlen(verb->text) >= MARK_TEXT)
		argp_error(state, "a mark has no more than %d bytes", MARK_TEXT - 1);
}

static int cmd_mark(int argc, char **argv)
{
	struct mark_verb verb = {0};
	scoped_text error = {0};
	int code;

	verb_parse(&verb_mark, argc, argv, &verb);
	code = marks_send(verb.file, verb.text, &error);
	if (!code)
		return EXIT_PASS;
	fprintf(stderr, "soak: %s\n", text_of(&error));
	return exit_code_of_error(code);
}

const struct verb verb_mark = {.name = "mark",
	.does = "name a moment of a run that goes on",
	.arguments = "RUN TEXT",
	.doc = "Write a mark into a recording that soak run or soak attach makes at this moment, "
	       "and return when it is taken. Marks are exported (soak export --table marks), "
	       "shown by soak check, audit and plot, and stand in the JSON; rules are judged "
	       "between them (memory_return), or not judged (--exclude). A program marks its "
	       "moments itself by soakops_mark(\"...\") of soakops.h; soak run --mark makes marks "
	       "by the clock, and SIGUSR1 and SIGUSR2 to soak make marks of these names.",
	.after = "Examples:\n"
		 "  soak mark run.soak busy; ./load; soak mark run.soak idle\n"
		 "  soak export run.soak --table marks",
	.options = options,
	.argument = take_word,
	.required = true,
	.end = check_words,
	.run = cmd_mark};
