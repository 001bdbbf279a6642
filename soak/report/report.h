/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judged runs in one of several formats. A format is one file with one function and one entry in
 * the table; the verbs know the table alone.
 *
 * Names, commands and reasons may hold any bytes: what is printed is well-formed whatever they
 * are.
 */
#ifndef SOAK_REPORT_REPORT_H
#define SOAK_REPORT_REPORT_H

#include <stdio.h>

#include "soak/judge/judge.h"
#include "soak/judge/regression.h"
#include "soak/record/run_reader.h"

/* What INCONCLUSIVE counts as. The wording of the verdict does not change. */
enum inconclusive {
	INCONCLUSIVE_ITSELF, /* an exit status of its own; JUnit's error */
	INCONCLUSIVE_FAIL,
	INCONCLUSIVE_PASS,
	INCONCLUSIVE_SKIP, /* exit status 0, and skipped where a format knows that */
};

struct report {
	enum inconclusive inconclusive;
	struct run *run;
	const struct judgement *judgement;
	/* NULL, or the run that it is judged against: the verdict is then the regression's */
	struct run *baseline;
	struct regression_judgement regression;
};

/* What a format shows of a rule. */
struct report_rule {
	const char *name, *unit;
	const struct rule_result *result;
	bool detectable;          /* has such a figure */
	const char *help, *wrong; /* of struct judge_rule_info; NULL against a baseline */
};

#define REPORT_RULES_MAX RULE_COUNT

/* All rules of a report, including those that were not judged. Returns their number. */
size_t report_rules(const struct report *report, struct report_rule rules[REPORT_RULES_MAX]);

/* Is the rule switched off or not asked for, so that it is not reported? */
bool report_silent(const struct report_rule *rule);

enum verdict report_verdict(const struct report *report);
const char *report_reason(const struct report *report);

/* True if the verdict does not come from a rule: no rule has that verdict. */
bool report_beyond_rules(const struct report *report);

/* What ran, in a few words: workload, command, or the file. */
const char *report_title(const struct report *report);

/* Of a run of a job: "variant one, round 2"; else "". */
struct report_label {
	char text[80];
};
struct report_label report_label(const struct report *report);

/* The title, and under which allocator or from where, on one line that is not ended. */
void report_print_what(FILE *out, const struct report *report);

/* Figures as all formats but JSON say them: "0.3 [0.1, 0.5] %", "-" without an estimate. */
struct report_figures {
	char text[96];
};
struct report_figures report_figures(const struct report_rule *rule);

/* Prints n >= 1 judged runs. Returns 0 or -ENOMEM. */
typedef int report_fn(FILE *out, const struct report *reports, size_t n);

report_fn report_text, report_json, report_junit, report_tap, report_markdown;

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JUNIT, FORMAT_TAP, FORMAT_MARKDOWN, FORMAT_COUNT };

struct report_format {
	const char *name; /* "junit": its option is --junit */
	const char *help;
	report_fn *print;
};

extern const struct report_format report_formats[FORMAT_COUNT];

#endif
