/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens, judges and prints run files. Called by all verbs that judge. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/growing.h"
#include "soak/judge/profile.h"
#include "soak/judge/run_input.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

struct judged {
	struct run *run;
	struct run_input *input;
	struct judgement judgement;
};

/* Opens and judges. On failure says why; judged_release() is due in any case. */
static int judge_one(const char *path, double warmup_s, const struct judge_settings *settings,
	struct judged *judged)
{
	struct judge_settings own;
	const char *profile;
	scoped_text error = {0};
	int code;

	if (run_open(path, &judged->run, &error)) {
		fprintf(stderr, "soak: %s\n", text_of(&error));
		return EXIT_USAGE;
	}
	profile = run_fact(judged->run, "profile");
	if (!settings->profile && profile && !profile_find(profile)) {
		fprintf(stderr,
			"soak: %s was recorded for the profile %s, which is not known here; give "
			"--profile\n",
			path, profile);
		return EXIT_USAGE;
	}
	own = run_input_settings(judged->run, settings);
	code = run_input_new(judged->run, warmup_s, own.until_s, &judged->input);
	if (!code)
		code = judge_run(run_input_get(judged->input), &own, &judged->judgement);
	if (!code)
		growing_explain(judged->run, &judged->judgement);
	if (run_error(judged->run))
		return EXIT_CANNOT_RUN; /* judged_release() tells it */
	if (!code)
		return 0;
	fprintf(stderr, "soak: cannot judge %s: %s\n", path, strerror(-code));
	return EXIT_CANNOT_RUN;
}

int close_after_reading(struct run *run, int code)
{
	const char *error = run ? run_error(run) : NULL;

	if (error)
		fprintf(stderr, "soak: %s\n", error);
	code = error ? EXIT_CANNOT_RUN : code;
	run_close(run);
	return code;
}

static int judged_release(struct judged *judged, int code)
{
	judgement_release(&judged->judgement);
	run_input_free(judged->input);
	return close_after_reading(judged->run, code);
}

int open_and_judge(const char *path, double warmup_s, const struct judge_settings *settings,
	struct run **ret_run, struct judgement *ret_judgement)
{
	struct judged judged = {0};
	int code = judge_one(path, warmup_s, settings, &judged);

	if (!code) {
		*ret_run = judged.run;
		*ret_judgement = judged.judgement;
		judged.run = NULL; /* both are the caller's now */
		judged.judgement = (struct judgement){.verdict = 0};
	}
	return judged_release(&judged, code);
}

static const char *what_ran(const struct run *run)
{
	const char *workload = run_fact(run, "workload");

	return workload ? workload : run_fact(run, "command");
}

static int compare(const struct judged *baseline, const struct judged *run,
	const struct judging *judging, struct report *report)
{
	const char *was = what_ran(baseline->run), *is = what_ran(run->run);

	report->baseline = baseline->run;
	if (was && is && strcmp(was, is) != 0)
		fprintf(stderr, "soak: warning: the baseline %s is of something else than %s\n",
			run_path(baseline->run), run_path(run->run));
	if (!regression_judge(
		    &(struct regression_side){run_input_get(baseline->input), &baseline->judgement},
		    &(struct regression_side){run_input_get(run->input), &run->judgement},
		    &judging->regression, &report->regression))
		return 0;
	fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
	return EXIT_CANNOT_RUN;
}

/* One FAIL fails all; else one that is not sure leaves all of it open. */
static int worst(const struct report *reports, size_t n)
{
	int code = EXIT_PASS;

	for (size_t i = 0; i < n; i++) {
		int own = exit_code_by(report_verdict(&reports[i]), reports[i].inconclusive);

		if (own == EXIT_TARGET_FAILED || code == EXIT_PASS)
			code = own;
	}
	return code;
}

static int print(const struct report *reports, size_t n, const struct judging *judging)
{
	int code = judging->job ? job_document(stdout, judging->format, judging->job, reports, n)
				: report_formats[judging->format].print(stdout, reports, n);

	if (!code)
		return worst(reports, n);
	fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
	return EXIT_CANNOT_RUN;
}

/* The runs, and the baseline after them. */
static int judge_all(const char *const *paths, size_t n, const struct judging *judging,
	struct judged *judged, struct report *reports)
{
	struct judged *baseline = &judged[n];
	int code = 0;

	if (judging->baseline)
		code = judge_one(
			judging->baseline, judging->warmup_s, &judging->settings, baseline);
	for (size_t i = 0; i < n && !code; i++)
		code = judge_one(paths[i], judging->warmup_s, &judging->settings, &judged[i]);
	for (size_t i = 0; i < n && !code; i++) {
		reports[i] = (struct report){.inconclusive = judging->inconclusive,
			.run = judged[i].run,
			.judgement = &judged[i].judgement};
		if (judging->baseline)
			code = compare(baseline, &judged[i], judging, &reports[i]);
	}
	if (!code)
		code = print(reports, n, judging);
	for (size_t i = 0; i < n; i++)
		regression_release(&reports[i].regression);
	for (size_t i = 0; i <= n; i++)
		code = judged_release(&judged[i], code);
	return code;
}

int judge_and_print(const char *const *paths, size_t n, const struct judging *judging)
{
	/* of each a megabyte or two: not for the stack */
	struct judged *judged = calloc(n + 1, sizeof(*judged));
	struct report *reports = calloc(n, sizeof(*reports));
	int code = EXIT_CANNOT_RUN;

	if (judged && reports)
		code = judge_all(paths, n, judging, judged, reports);
	else
		fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
	free(judged);
	free(reports);
	return code;
}
