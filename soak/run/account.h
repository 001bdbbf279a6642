/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user that the target runs as, and dropping our capabilities in the target's process. */
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
	char name[64];    /* empty: no account has this number */
	char home[PATH_MAX];
};

/*
 * Finds "NAME", "UID", "NAME:GROUP" or "UID:GID"; a name of digits is a name first. A number that
 * nobody has needs a group. Returns 0, or -EINVAL with one line in `error`.
 */
int account_find(const char *text, struct account *ret_account, struct text *error);

/*
 * Makes this process, which is about to execute the target, that user; NULL: the user stays. If the
 * process is not root, it drops the capabilities that observing requires, including ambient ones.
 * Sets HOME, USER and LOGNAME if the user changes. Returns 0, or -1 with errno set.
 */
int account_become(const struct account *account);

#endif
