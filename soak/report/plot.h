/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of runs, drawn by gnuplot with the scripts in plots/.
 *
 * Data come from run files through soak/record/run_reader.h and from a judgement of them, never
 * from a live process. gnuplot gets everything through its standard input and no shell is involved.
 * A picture appears under its name complete or not at all; whatever stood there before stays until
 * then.
 *
 * Both functions return 0 or a negative errno with one line in `error`. After success `error` is
 * empty, or holds one line of gnuplot's warnings that the caller may show. ENOPKG: gnuplot is not
 * installed.
 */
#ifndef SOAK_REPORT_PLOT_H
#define SOAK_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/judge.h"
#include "soak/record/run_reader.h"
#include "soak/words/text.h"

struct plot_options {
	const char *output; /* ends in .svg or .png; with `dumb` a text file, or NULL for standard
			       output */
	bool dumb;          /* in characters, for a terminal */
	int width, height;  /* in pixels, or in characters for `dumb`; 0 chooses */
	const char
		*script_dir; /* where run.gp, overlay.gp, dumb.gp and style.gp are; NULL: "plots" */
	bool relative; /* overlay only: RSS in % of each run's steady level instead of in MiB */
};

enum { PLOT_RUNS_MAX = 32 };

int plot_run(struct run *run, const struct judgement *judgement, const struct plot_options *options,
	struct text *error);

/* One picture of up to PLOT_RUNS_MAX runs; `judgements` has one element for each run. `dumb` draws
 * one after the other. */
int plot_overlay(struct run **runs, const struct judgement *judgements, size_t n,
	const struct plot_options *options, struct text *error);

#endif
