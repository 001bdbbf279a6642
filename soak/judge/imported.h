/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an imported run cannot be judged by. */
#ifndef SOAK_JUDGE_IMPORTED_H
#define SOAK_JUDGE_IMPORTED_H

#include <stdbool.h>

#include "soak/judge/judge.h"

/*
 * True, with the result concluded as NOT JUDGED, if the input was imported without what the rule
 * needs. Who imports RSS alone wants a verdict on RSS.
 */
bool imported_without(
	const struct judge_input *input, enum rule rule, struct rule_result *ret_result);

#endif
