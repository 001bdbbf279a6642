/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a program to its end and captures its output and the host's load meanwhile. */
#ifndef SOAK_CAPTURE_H
#define SOAK_CAPTURE_H

#include "soak/run/target.h"
#include "soak/words/text.h"

struct capture {
	char text[4096]; /* its standard output; what goes beyond is dropped */
	double seconds;
	/* meanwhile, in per cent of one CPU: up to 100 for each CPU; NaN: unknown */
	double steal_pct;  /* that the hypervisor took from the host */
	double others_pct; /* in use on this host by anything but the program */
};

/*
 * Starts the program, behind the guardian like any target, and waits. Returns 0 if it ended with
 * exit status 0, otherwise a negative errno with one line in `error`; -ECHILD: the program failed.
 */
int capture_run(
	const struct target_options *options, struct capture *ret_capture, struct text *error);

#endif
