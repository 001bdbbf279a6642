/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs, and their exit codes. */
#ifndef SOAK_VERBS_H
#define SOAK_VERBS_H

#include "soak/report/report.h"
#include "soak/verbs/verb.h"

enum exit_code {
	EXIT_PASS = 0,
	EXIT_TARGET_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_CANNOT_RUN = 4
};

extern const struct verb verb_run, verb_attach, verb_check, verb_plan, verb_audit, verb_plot,
	verb_report, verb_export, verb_bench, verb_compare, verb_import, verb_mark, verb_crosscheck,
	verb_doctor, verb_history;

/* Of a negative errno: EXIT_USAGE for what the user must change, else EXIT_CANNOT_RUN. */
enum exit_code exit_code_of_error(int code);

static inline enum exit_code exit_code_of(enum verdict verdict)
{
	return verdict == VERDICT_PASS   ? EXIT_PASS
	       : verdict == VERDICT_FAIL ? EXIT_TARGET_FAILED
					 : EXIT_INCONCLUSIVE;
}

/* The same by the caller's policy. */
static inline enum exit_code exit_code_by(enum verdict verdict, enum inconclusive inconclusive)
{
	enum exit_code code = exit_code_of(verdict);

	if (code != EXIT_INCONCLUSIVE || inconclusive == INCONCLUSIVE_ITSELF)
		return code;
	return inconclusive == INCONCLUSIVE_FAIL ? EXIT_TARGET_FAILED : EXIT_PASS;
}

#endif
