/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak/judge/run_input.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

static int judge_one(const char *path, const struct judging *judging, struct report *ret_report)
{
	char error[512];
	int code;

	if (run_open(path, &ret_report->run, error, sizeof(error))) {
		fprintf(stderr, "soak: %s\n", error);
		return EXIT_USAGE;
	}
	code = judge_recording(
		ret_report->run, judging->warmup_s, &judging->settings, &ret_report->judgement);
	if (!code)
		return 0;
	fprintf(stderr, "soak: cannot judge %s: %s\n", path, strerror(-code));
	return EXIT_CANNOT_RUN;
}

/* One FAIL fails all; else one that is not sure leaves all of it open. */
static int worst(const struct report *reports, size_t n)
{
	int code = EXIT_PASS;

	for (size_t i = 0; i < n; i++) {
		int own = exit_code_of(report_verdict(&reports[i]));

		if (own == EXIT_TARGET_FAILED || code == EXIT_PASS)
			code = own;
	}
	return code;
}

int judge_and_print(const char *const *paths, size_t n, const struct judging *judging)
{
	struct report reports[JUDGED_MAX] = {0};
	int code = 0;

	for (size_t i = 0; i < n && !code; i++)
		code = judge_one(paths[i], judging, &reports[i]);
	if (!code && report_formats[judging->format].print(stdout, reports, n)) {
		fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
		code = EXIT_CANNOT_RUN;
	}
	if (!code)
		code = worst(reports, n);
	for (size_t i = 0; i < n; i++)
		run_close(reports[i].run);
	return code;
}
