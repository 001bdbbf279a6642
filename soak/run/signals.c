/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Remembers and restores signal dispositions. Called by main() first of all, and in each child
 * before it executes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "soak/run/signals.h"

static bool ignored[NSIG];
static sigset_t mask; /* empty until remembered */

void signals_remember(void)
{
	for (int s = 1; s < NSIG; s++) {
		struct sigaction action;

		ignored[s] = sigaction(s, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	}
	sigprocmask(SIG_SETMASK, NULL, &mask);
	signal(SIGCHLD, SIG_DFL);
}

void signals_restore(void)
{
	for (int s = 1; s < NSIG; s++)
		signal(s, ignored[s] ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void heed(const int *numbers, size_t n, sigset_t *ret_signals)
{
	sigemptyset(ret_signals);
	for (size_t s = 0; s < n; s++)
		if (!ignored[numbers[s]])
			sigaddset(ret_signals, numbers[s]);
}

void signals_that_end(sigset_t *ret_signals)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	heed(numbers, sizeof(numbers) / sizeof(*numbers), ret_signals);
}

void signals_that_mark(sigset_t *ret_signals)
{
	static const int numbers[] = {SIGUSR1, SIGUSR2};

	heed(numbers, sizeof(numbers) / sizeof(*numbers), ret_signals);
}

struct signal_name signals_name(int number)
{
	const char *name = sigabbrev_np(number);
	struct signal_name result;

	if (name)
		snprintf(result.text, sizeof(result.text), "SIG%s", name);
	else if (number >= SIGRTMIN && number <= SIGRTMAX)
		snprintf(result.text, sizeof(result.text), "SIGRTMIN+%d", number - SIGRTMIN);
	else
		snprintf(result.text, sizeof(result.text), "signal %d", number);
	return result;
}
