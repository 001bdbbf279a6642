/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An option for each format of a verdict: --json, --junit, ...; and what INCONCLUSIVE shall count
 * as. The same in all verbs that judge.
 */
#ifndef SOAK_FORMAT_OPTIONS_H
#define SOAK_FORMAT_OPTIONS_H

#include <argp.h>

#include "soak/report/report.h"

struct format_options {
	enum format format; /* FORMAT_TEXT unless asked otherwise */
	enum inconclusive inconclusive;
	bool given;
};

/* A child parser; its input is a struct format_options. */
const struct argp *format_options(void);

#endif
