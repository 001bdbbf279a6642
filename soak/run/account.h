/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user that the target runs as, and what such a process may not keep of ours. */
#ifndef SOAK_ACCOUNT_H
#define SOAK_ACCOUNT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "soak/words/text.h"

struct account {
	uid_t uid;
	gid_t gid;
	bool group_given; /* by the user: no other groups then */
	char name[64];    /* empty: nobody has this number */
	char home[PATH_MAX];
};

/*
 * Finds "NAME", "UID", "NAME:GROUP" or "UID:GID"; a name of digits is a name first. A number that
 * nobody has needs a group. Returns 0, or -EINVAL with one line in `error`.
 */
int account_find(const char *text, struct account *ret_account, struct text *error);

/*
 * This process, which is about to execute the target, becomes that user; NULL: it stays who it is.
 * Without being root it passes on none of the capabilities that observing takes, though they be
 * ambient. Returns 0, or -1 with errno set. Sets HOME, USER and LOGNAME if the user changes.
 */
int account_become(const struct account *account);

#endif
