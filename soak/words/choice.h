/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages for a word that is not among the choices. Pure functions. */
#ifndef SOAK_CHOICE_H
#define SOAK_CHOICE_H

#include "soak/words/text.h"

/* More names than these are not listed in an error message. */
#define CHOICE_LISTED 16

/*
 * Writes one line: "unknown format 'cvs', did you mean csv? choose csv or json". In place of a long
 * list it says which `command` prints the names. `names` ends with NULL.
 */
void choice_unknown(struct text *ret_text, const char *kind, const char *word,
	const char *const *names, const char *command);

/* The same of a short list: without a near name "choose csv or json, not xml". */
void choice_not(
	struct text *ret_text, const char *kind, const char *word, const char *const *names);

/* The name that the word probably misspells; NULL: no name is similar. */
const char *choice_nearest(const char *word, const char *const *names);

#endif
