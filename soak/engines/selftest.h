/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks that soak finds planted calls and a planted leak on this machine. */
#ifndef SOAK_SELFTEST_H
#define SOAK_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/words/text.h"

struct selftest_check {
	const char *what;
	bool good;
	double planted, found;
};

/*
 * Plants known calls and a known leak, records both, and shows each figure as it is found. Returns
 * 0, or a negative errno with one line in `error` when nothing could be recorded.
 */
int selftest_run(
	void (*show)(const struct selftest_check *check), bool *ret_passed, struct text *error);

#endif
