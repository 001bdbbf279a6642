/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target's parent: see target.h. Runs in a process of its own and does not return. */
#ifndef SOAK_GUARDIAN_H
#define SOAK_GUARDIAN_H

#include <sys/types.h>

struct guardian_message {
	enum { GUARDIAN_STARTED, GUARDIAN_ENDED } type;
	pid_t pid;
	int wait_status; /* GUARDIAN_ENDED */
};

/*
 * Forks the target, which runs `child(context)`; reports to `report_fd`; ends the target's whole
 * tree when `life_fd` comes to its end, that is, when no process holds its other end any more.
 * `child_fds` are the child's alone.
 */
_Noreturn void guardian_main(void (*child)(void *context), void *context, int report_fd,
	int life_fd, const int child_fds[2]);

#endif
