/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A verb: its name, arguments and function. Each verb is a file with one of these at its end. */
#ifndef SOAK_VERB_H
#define SOAK_VERB_H

#include <argp.h>

#include "soak/verbs/option.h"

struct verb {
	const char *name;
	const char *does;      /* one clause for soak --help */
	const char *arguments; /* "RUN..."; NULL: none */
	const char *doc;       /* a paragraph */
	const char *after;     /* "Examples:" and what else stands behind the options */
	const struct option_set *options;
	unsigned int flags; /* of argp_parse() */
	const char *one;    /* "RUN": it takes one of these, into the field at `file` */
	size_t file;
	/* Or, of what verb_parse() fills: takes an argument that is not an option. */
	void (*argument)(struct argp_state *state, void *into, char *argument);
	bool takes_no_files; /* its arguments are something else: shells offer none */
	bool required;       /* without an argument its usage is shown */
	/* Checks the options together, after all were parsed; or NULL. */
	void (*end)(struct argp_state *state, void *into);
	/* argv[0] is "soak VERB". Returns an exit code. */
	int (*run)(int argc, char **argv);
};

/* Fills the fields of the verb's options in `into`. Ends soak if the words are wrong. */
void verb_parse(const struct verb *verb, int argc, char **argv, void *into);

#endif
