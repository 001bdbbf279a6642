/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of a run, and its windows that were not judged, which excluded.h finds. */
#ifndef SOAK_JUDGE_WINDOWS_H
#define SOAK_JUDGE_WINDOWS_H

#include <stddef.h>

#include "soak/words/text.h"

/* A named moment of the run. */
struct judge_mark {
	double t_s;
	const char *text;
};

#define EXCLUDED_MAX 100

struct judge_window {
	double from_s, to_s;
};

struct judge_excluded {
	size_t n;
	struct judge_window window[EXCLUDED_MAX]; /* in order, apart from each other */
	double seconds;                           /* in all */
	struct text doubt;                        /* why a PASS does not stand; empty: it does */
};

#endif
