/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a program to its end, for what it prints and what the host did meanwhile. */
#ifndef SOAK_CAPTURE_H
#define SOAK_CAPTURE_H

#include "soak/run/target.h"
#include "soak/words/text.h"

struct capture {
	char text[4096]; /* its standard output; what goes beyond is dropped */
	double seconds;
	/* meanwhile, in per cent of one CPU: up to 100 for each there is; NaN: not told */
	double steal_pct;  /* that the hypervisor took from the host */
	double others_pct; /* in use on this host by anything but the program */
};

/*
 * Starts it, behind the guardian as any target is, and waits. Returns 0 if it ended with exit
 * status 0, else a negative errno with one line in `error`; -ECHILD: it failed.
 */
int capture_run(
	const struct target_options *options, struct capture *ret_capture, struct text *error);

#endif
