/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual page of a verb, in the language of man(7), made of its rows and of prose from man/. */
#ifndef SOAK_MAN_PAGE_H
#define SOAK_MAN_PAGE_H

#include <stdio.h>

#include "soak/verbs/verb.h"

/*
 * `prose` is what man/soak-VERB.prose says, or "": first what is to be said of single options, each
 * behind a line `.\" --NAME`, then whole sections. Returns 0, or -ENOENT if it speaks of an option
 * that the verb does not have, whose line it stores.
 */
int man_page_print(FILE *out, const struct verb *verb, const char *prose, const char **ret_line);

#endif
