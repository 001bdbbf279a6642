/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of options: a row holds everything about an option. The command line, job files,
 * --help, man pages and shell completions are made from the rows and do not know any option by
 * name.
 *
 * An option is added by a row and a field, both in the file of its verb.
 */
#ifndef SOAK_OPTION_H
#define SOAK_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/words/text.h"

#define OPTIONS_MAX 64

struct option_row;

/* A value of an option, and where it belongs. */
struct option_value {
	const struct option_row *row;
	void *field;
	const char *value; /* NULL: a flag, or an optional argument that is not there */
	struct text *error;
};

/*
 * Fills the field. Returns 0 or a negative errno. -EINVAL: the value is wrong, as `error` says; if
 * `error` stays empty, the row's choices or `expects` say it.
 */
typedef int option_fn(struct option_value given);

/* The same for another field. */
static inline struct option_value option_into(struct option_value given, void *field)
{
	given.field = field;
	return given;
}

/* Sections of job files. */
enum job_section { JOB_TARGET = 1, JOB_RUN = 2, JOB_RULES = 4, JOB_VARIANT = 8 };

/* What a shell completes an argument to, where there is no list of choices. */
enum option_values {
	VALUES_NONE,
	VALUES_FILES,
	VALUES_ALLOCATORS,
	VALUES_WORKLOADS,
	VALUES_RULES,
	VALUES_PROFILES
};

struct option_row {
	const char *name;
	int key;              /* its letter, or 0 */
	const char *argument; /* "TIME"; NULL: a flag */
	const char *help;
	int group; /* in --help */
	option_fn *set;
	size_t field; /* offset of what set() fills */
	const char *const *choices;
	const char *expects;  /* "a time between 10ms and 60s" */
	double least, most;   /* in the field's unit; most 0: no limits */
	enum job_section job; /* where in job files its name is a key, or 0 */
	enum option_values values;
	bool optional; /* the argument may be left out */
	bool repeats;  /* in job files too: each value adds to those before */
	bool hidden;
};

/* Rows that verbs have in common. Ends with a row without a name. */
struct option_set {
	const struct option_row *rows;
	const struct option_row *(*make)(void); /* in place of rows */
	size_t base;                            /* offset of the struct that the fields lie in */
	int group;                              /* is added to the rows' */
	const char *heading;                    /* in --help, or NULL */
};

/* Copies the rows of all sets, which end with {0}. Returns their number. */
size_t option_rows(const struct option_set *sets, struct option_row ret_rows[OPTIONS_MAX]);

/* Fills the field of an option in `into`. As option_fn, but `error` always says what is wrong. */
int option_set(const struct option_row *row, void *into, const char *value, struct text *error);

/* Of rows: the field is a */
option_fn option_flag;     /* bool; in job files yes or no */
option_fn option_text;     /* const char *: the value lives as long as the options */
option_fn option_choice;   /* enum: the place among the choices */
option_fn option_word;     /* const char *: one of the choices */
option_fn option_count;    /* unsigned int */
option_fn option_ns;       /* uint64_t: a time */
option_fn option_seconds;  /* double: a time */
option_fn option_warmup;   /* double: seconds, or -1 for auto */
option_fn option_quantity; /* double */

#define OPTION_WARMUP_EXPECTS "a time; write 90s, 10m or auto"

#endif
