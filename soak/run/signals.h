/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signals as soak was started with them: what the caller ignores (nohup, a shell's background job,
 * a supervisor) soak ignores too, and the target is given the same dispositions and mask that it
 * would have without soak.
 */
#ifndef SOAK_SIGNALS_H
#define SOAK_SIGNALS_H

#include <signal.h>

/*
 * main() calls it before anything changes a signal. SIGCHLD becomes the default one in soak itself:
 * where it is ignored, the kernel throws exit statuses away (wait(2), NOTES).
 */
void signals_remember(void);

/* In the target's process, before its exec. */
void signals_restore(void);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT end a run in order; those ignored from the start do not. */
void signals_that_end(sigset_t *ret_signals);

struct signal_name {
	char text[16];
};

/* "SIGTERM", "SIGRTMIN+3" */
struct signal_name signals_name(int number);

#endif
