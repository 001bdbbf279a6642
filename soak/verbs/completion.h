/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a shell offers at TAB: the scripts in completions/ ask `soak --complete`. */
#ifndef SOAK_COMPLETION_H
#define SOAK_COMPLETION_H

#include <stdio.h>

#include "soak/verbs/verb.h"

/*
 * `words` are those behind "soak", the last of them the one to be completed, which may be empty.
 * Prints each candidate on a line of its own, a tab and its help behind it; ":files" on a line
 * means file names as well. `verbs` ends with NULL.
 */
void complete_words(FILE *out, const struct verb *const *verbs, int n, char **words);

#endif
