/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses a verb's words by argp, from the rows of its options. Called by all verbs. */
#include <errno.h>
#include <stdio.h>

#include "soak/verbs/verb.h"
#include "soak/verbs/verbs.h"

#define FIRST_KEY 256 /* of options without a letter: above all characters */
#define HEADINGS_MAX 4

struct parsing {
	const struct verb *verb;
	struct option_row rows[OPTIONS_MAX];
	size_t n;
	void *into;
};

static const struct option_row *find_row(const struct parsing *parsing, int key)
{
	if (key >= FIRST_KEY && key < FIRST_KEY + (int)parsing->n)
		return &parsing->rows[key - FIRST_KEY];
	for (size_t i = 0; i < parsing->n; i++)
		if (key && parsing->rows[i].key == key)
			return &parsing->rows[i];
	return NULL;
}

static void take_option(struct argp_state *state, const struct option_row *row, const char *value)
{
	const struct parsing *parsing = state->input;
	scoped_text error = {0};
	int code = option_set(row, parsing->into, value, &error);

	if (code == -EINVAL)
		argp_error(state, "--%s: %s", row->name, text_of(&error));
	else if (code)
		argp_failure(state, exit_code_of_error(code), 0, "%s", text_of(&error));
}

static void take_argument(struct argp_state *state, char *argument)
{
	const struct parsing *parsing = state->input;
	const struct verb *verb = parsing->verb;
	const char **file = (void *)((char *)parsing->into + verb->file);

	if (verb->argument) {
		verb->argument(state, parsing->into, argument);
		return;
	}
	if (!verb->one)
		argp_error(state, "%s takes no arguments", verb->name);
	if (*file)
		argp_error(state, "one %s, please", verb->one);
	*file = argument;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	const struct parsing *parsing = state->input;
	const struct verb *verb = parsing->verb;
	const struct option_row *row = find_row(parsing, key);

	if (row) {
		take_option(state, row, argument);
		return 0;
	}
	switch (key) {
	case ARGP_KEY_ARG:
		take_argument(state, argument);
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (verb->required)
			argp_error(state, "missing %s", verb->arguments);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (verb->end)
			verb->end(state, parsing->into);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* argp's own table: the rows, and a line above each set that has a heading. */
static void make_table(const struct parsing *parsing, struct argp_option *table)
{
	for (size_t i = 0; i < parsing->n; i++) {
		const struct option_row *row = &parsing->rows[i];

		*table++ = (struct argp_option){.name = row->name,
			.key = row->key ? row->key : FIRST_KEY + (int)i,
			.arg = row->argument,
			.flags = (row->optional ? OPTION_ARG_OPTIONAL : 0) |
				 (row->hidden ? OPTION_HIDDEN : 0),
			.doc = row->help,
			.group = row->group};
	}
	for (const struct option_set *set = parsing->verb->options; set->rows || set->make; set++)
		if (set->heading)
			*table++ = (struct argp_option){.doc = set->heading, .group = set->group};
	*table = (struct argp_option){0};
}

void verb_parse(const struct verb *verb, int argc, char **argv, void *into)
{
	struct argp_option table[OPTIONS_MAX + HEADINGS_MAX + 1];
	struct parsing parsing = {.verb = verb, .into = into};
	char doc[4096];
	struct argp argp = {
		.options = table, .parser = parse, .args_doc = verb->arguments, .doc = doc};

	parsing.n = option_rows(verb->options, parsing.rows);
	make_table(&parsing, table);
	snprintf(doc, sizeof(doc), "%s\v%s", verb->doc, verb->after);
	argp_parse(&argp, argc, argv, verb->flags, NULL, &parsing);
}
