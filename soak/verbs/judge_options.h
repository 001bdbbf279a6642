/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options of all verbs that judge: rules and targets, the format of the verdict, and what
 * INCONCLUSIVE counts as.
 */
#ifndef SOAK_JUDGE_OPTIONS_H
#define SOAK_JUDGE_OPTIONS_H

#include "soak/judge/judge.h"
#include "soak/report/report.h"
#include "soak/verbs/option.h"

struct format_options {
	enum format format; /* FORMAT_TEXT unless asked otherwise */
	enum inconclusive inconclusive;
	bool given;
};

/* Of a struct judge_settings. */
extern const struct option_row judge_rows[];
option_fn judge_option_set; /* RULE=VALUE */
option_fn judge_option_exclude;

/* The row's beginning, in every verb that judges; its field is a struct judge_settings. */
#define JUDGE_EXCLUDE                                                                              \
	"exclude", 0, "FROM..TO",                                                                  \
		"judge nothing between these times or marks: 5m..6m, deploy..deployed, "           \
		"deploy..+30s; several with commas; none: judge all (default: as recorded)",       \
		0, judge_option_exclude

/* Of a struct format_options. */
const struct option_row *format_rows(void);

/* Of --horizon, in every verb that has it. */
#define HORIZON_TIME                                                                               \
	.least = 3600e9, .most = 100 * 31536000e9,                                                 \
	.expects = "a time from an hour to 100 years; write 12h or 30d"

#endif
