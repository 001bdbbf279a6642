/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which processes soak attach is to observe: by number, by name, by systemd unit. */
#ifndef SOAK_ATTACH_TARGETS_H
#define SOAK_ATTACH_TARGETS_H

#include <stddef.h>
#include <sys/types.h>

#include "soak/words/text.h"

struct attach_targets {
	pid_t *pids;
	size_t count;
	struct text name; /* what they are called in reports */
};

/*
 * All add to the list, and return 0 or a negative errno with one line in `error`. The list starts
 * zeroed and is released with free(targets->pids).
 *
 * A name is that of the program file or of the process (/proc/PID/comm). If several processes have
 * it, the one above all others is meant; if there is none, -EEXIST. A unit is a directory of the
 * control group hierarchy that is called NAME or NAME.service, or a path below it.
 */
int attach_targets_pid(struct attach_targets *targets, const char *text, struct text *error);
int attach_targets_name(struct attach_targets *targets, const char *name, struct text *error);
int attach_targets_unit(struct attach_targets *targets, const char *unit, struct text *error);

#endif
