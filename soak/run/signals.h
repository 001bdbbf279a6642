/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signal dispositions that soak inherited. Signals that the caller ignores (nohup, a shell's
 * background job, a supervisor) are ignored by soak too, and the target gets the dispositions and
 * mask that it would have without soak.
 */
#ifndef SOAK_SIGNALS_H
#define SOAK_SIGNALS_H

#include <signal.h>

/*
 * Call it in main() before anything changes a signal. SIGCHLD is set to its default in soak itself,
 * because the kernel discards exit statuses while it is ignored (wait(2), NOTES).
 */
void signals_remember(void);

/* In the target's process, before its exec. */
void signals_restore(void);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT end a run in order; those ignored from the start do not. */
void signals_that_end(sigset_t *ret_signals);

/* SIGUSR1 and SIGUSR2 mark a moment of the run; likewise. */
void signals_that_mark(sigset_t *ret_signals);

struct signal_name {
	char text[16];
};

/* "SIGTERM", "SIGRTMIN+3" */
struct signal_name signals_name(int number);

#endif
