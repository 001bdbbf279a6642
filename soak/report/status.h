/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live status on standard error: one line that is redrawn on a terminal, one line a minute
 * elsewhere. The caller fills the figures; NAN means not known.
 */
#ifndef SOAK_STATUS_H
#define SOAK_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct status_figures {
	double elapsed_s, total_s; /* total_s 0: open end */
	double ops_per_s, faults_per_s, rss_bytes, drift_pct_per_h, calls_per_op;
	uint64_t losses;
};

struct status_line {
	bool terminal;
	bool drawn;         /* a line stands on the terminal and must be cleared */
	double next_line_s; /* elsewhere: when the next line is due */
};

void status_init(struct status_line *line);
void status_show(struct status_line *line, const struct status_figures *figures);

/* Clears the line, so that something else can be printed. */
void status_clear(struct status_line *line);

#endif
