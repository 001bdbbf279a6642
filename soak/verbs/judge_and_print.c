/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/judge/run_input.h"
#include "soak/report/scorecard.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

int open_and_judge(const char *path, double warmup_s, const struct judge_settings *settings,
	struct run **ret_run, struct judgement *ret_judgement)
{
	char error[512];
	int code;

	if (run_open(path, ret_run, error, sizeof(error))) {
		fprintf(stderr, "soak: %s\n", error);
		return EXIT_USAGE;
	}
	code = judge_recording(*ret_run, warmup_s, settings, ret_judgement);
	if (code) {
		fprintf(stderr, "soak: cannot judge %s: %s\n", path, strerror(-code));
		run_close(*ret_run);
		return EXIT_CANNOT_RUN;
	}
	return EXIT_PASS;
}

int judge_and_print(
	const char *path, double warmup_s, const struct judge_settings *settings, bool json)
{
	struct judgement judgement;
	struct run *run;
	int code = open_and_judge(path, warmup_s, settings, &run, &judgement);

	if (code)
		return code;
	if (json)
		scorecard_json(stdout, run, &judgement);
	else
		scorecard_print(
			stdout, run, &judgement, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	run_close(run);
	return exit_code_of(judgement.verdict);
}
