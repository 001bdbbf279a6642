/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starting the target and making sure that it ends.
 *
 *   soak ── guardian ── target ── ...
 *
 * The target is a child of the guardian, a small process that adopts what the target orphans
 * (PR_SET_CHILD_SUBREAPER) and kills all of it when soak has ended, however that happened. The
 * target waits at a barrier, fully prepared, until target_release(): from there to the exec it
 * makes only two system calls, a read and the exec itself.
 */
#ifndef SOAK_TARGET_H
#define SOAK_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "soak/words/text.h"

struct target;

struct target_options {
	char **argv;        /* NULL-terminated; argv[0] is looked up in PATH */
	char *const *given; /* NULL-terminated "NAME=value" to add or replace, or NULL */
	const char *const *environment; /* the same, which wins over `given` */
	bool clean;                     /* nothing else is in its environment */
	const char *user;               /* run as this account (account.h); NULL: as we are */
	int keep_fd;                    /* a descriptor that the target shall inherit; -1: none */
	int output_fd;                  /* becomes its standard output; -1: ours */
};

/* Returns 0 with the target at the barrier, or a negative errno with one line in `error`. */
int target_start(
	const struct target_options *options, struct target **ret_target, struct text *error);

pid_t target_pid(const struct target *target);

/*
 * Lets the target execute. Returns 0 or the negative errno of the exec. May block for as long as an
 * exec takes.
 */
int target_release(struct target *target);

/* Readable when the guardian has news; then call target_poll(). */
int target_fd(const struct target *target);

enum target_news { TARGET_NOTHING, TARGET_ENDED, TARGET_GUARDIAN_GONE };

/*
 * TARGET_ENDED comes once, with the status of the target's first process as wait(2) gives it.
 * TARGET_GUARDIAN_GONE: somebody killed the guardian; the status will never be known, and
 * target_fd() must not be waited for any more.
 */
enum target_news target_poll(struct target *target, int *ret_wait_status);

/* Kills all that is left, waits for the guardian, frees. Accepts NULL. */
void target_close(struct target *target);

#endif
