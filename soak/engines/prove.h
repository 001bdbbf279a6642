/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A positive control for a gate: the same target as it is, and once with each fault, which
 * libsoakops.so plants in it (collectors/ops/fault.h). The rules that are to see a fault must FAIL
 * with it, and must not without.
 */
#ifndef SOAK_PROVE_H
#define SOAK_PROVE_H

#include <limits.h>

#include "soak/judge/judge.h"
#include "soak/run/session.h"

enum prove_fault { PROVE_NOTHING, PROVE_LEAK, PROVE_CHURN, PROVE_SLOW, PROVE_FAULTS };

enum prove_outcome {
	PROVE_AS_WANTED,
	PROVE_NOT_AS_WANTED,
	PROVE_OPEN,     /* not decided: `why` */
	PROVE_LEFT_OUT, /* by the caller, or no rule of this gate would see it: `why` */
};

struct prove_case {
	double size; /* bytes an hour, pairs a second, percent; NAN: not planted */
	enum prove_outcome outcome;
	struct {
		bool asked; /* of those that see this fault */
		enum verdict verdict;
	} rules[RULE_COUNT];
	char why[512];
	char file[PATH_MAX];
};

struct prove {
	/* given: all of a run but its output and fault; how it is judged */
	struct session_options session;
	struct judge_settings settings;
	const char *folder;        /* where the runs are recorded; it is there */
	double size[PROVE_FAULTS]; /* NAN: to be found by the plain run; 0: left out */
	void (*on_run)(
		const struct prove *prove, enum prove_fault fault, double size); /* or NULL */

	/* results */
	struct prove_case cases[PROVE_FAULTS];
	/* the smallest leak that a run like the plain one finds, 9 times in 10; NAN: not known */
	double leak_pct_per_h, leak_bytes_per_h;
};

/* Returns 0, -EINTR, or another negative errno with one line in `error`. */
int prove_run(struct prove *prove, char *error, size_t error_size);

/* PASS: all as wanted. FAIL: one is not. Else INCONCLUSIVE. */
enum verdict prove_verdict(const struct prove *prove);

/* "leak": a file's name, and a word of tables. */
const char *prove_name(enum prove_fault fault);

#endif
