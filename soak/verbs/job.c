/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the runs of a job as they are made, and their sum. Called by run.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/job_report.h"
#include "soak/verbs/job.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

struct showing {
	const struct job *job;
	struct observe observe; /* what all runs have in common */
	size_t planned;
	struct session *session; /* of the run that is shown */
};

static void close_session(struct showing *showing)
{
	session_close(showing->session);
	showing->session = NULL;
}

static int record(void *context, struct session_options *session, size_t number,
	bool *ret_interrupted, struct text *error)
{
	struct showing *showing = context;
	struct observe observe = showing->observe;
	int code;

	observe.session = *session;
	if (!observe.quiet)
		fprintf(stderr, "soak: run %zu of %zu: %s, round %u\n", number, showing->planned,
			session->variant, session->round);
	code = observe_record(&observe, &showing->session, ret_interrupted, error);
	if (code)
		close_session(showing);
	return code;
}

/* Other formats than text show all runs at the end, as one. */
static int show_run(void *context, struct run *run, const struct judgement *judgement)
{
	struct showing *showing = context;
	const struct format_options *format = &showing->observe.format;
	const struct report report = {
		.inconclusive = format->inconclusive, .run = run, .judgement = judgement};
	int code = 0;

	if (format->format == FORMAT_TEXT)
		code = report_formats[FORMAT_TEXT].print(stdout, &report, 1);
	if (!showing->observe.quiet)
		fprintf(stderr, "soak: recorded in %s\n", run_path(run));
	if (format->format == FORMAT_TEXT)
		putchar('\n');
	fflush(stdout); /* before the next target prints */
	close_session(showing);
	return code;
}

/* Text and JSON have a form for jobs; the others know runs, and these as one document. */
static bool knows_jobs(enum format format)
{
	return format == FORMAT_TEXT || format == FORMAT_JSON;
}

/* All runs, one after the other. */
static int print_all(
	const struct observe *observe, const struct job_runs *runs, const struct job_report *report)
{
	struct judging judging = {.settings = observe->settings,
		.warmup_s = NAN,
		.format = observe->format.format,
		.inconclusive = observe->format.inconclusive,
		.job = report};
	const char *files[JUDGED_MAX];

	for (size_t i = 0; i < runs->n; i++)
		files[i] = runs->made[i].file;
	return judge_and_print(files, runs->n, &judging);
}

static int sum_up(const struct showing *showing, const struct job_runs *runs)
{
	const struct format_options *format = &showing->observe.format;
	const char *variants[JOB_VARIANTS_MAX], *allocators[JOB_VARIANTS_MAX];
	const struct job_report report = {.job = showing->observe.session.job,
		.folder = showing->observe.session.output,
		.variants = variants,
		.allocators = allocators,
		.variants_count = showing->job->n,
		.runs = runs->made,
		.runs_count = runs->n,
		.planned = runs->planned,
		.inconclusive = format->inconclusive};
	int code;

	for (size_t v = 0; v < showing->job->n; v++) {
		variants[v] = showing->job->variants[v].name;
		allocators[v] = showing->job->variants[v].allocator;
	}
	if (!knows_jobs(format->format)) {
		code = print_all(&showing->observe, runs, &report);
		if (code == EXIT_USAGE || code == EXIT_CANNOT_RUN)
			return code;
	} else if (format->format == FORMAT_TEXT) {
		job_print(stdout, &report);
	} else if (job_json(stdout, &report)) {
		return EXIT_CANNOT_RUN;
	}
	return exit_code_by(job_verdict(&report), format->inconclusive);
}

static int show_several(struct job *job, struct observe *observe)
{
	struct showing showing = {.job = job, .planned = job->n * observe->repeat};
	struct job_course course;
	struct job_runs runs;
	scoped_text error = {0};
	int code, verdict = EXIT_PASS;

	if (showing.planned > JUDGED_MAX && !knows_jobs(observe->format.format)) {
		fprintf(stderr, "soak: --%s shows %d runs, and these are %zu: take --json\n",
			report_formats[observe->format.format].name, JUDGED_MAX, showing.planned);
		return EXIT_USAGE;
	}
	if (!observe->session.output) {
		observe_name(observe->output, sizeof(observe->output), observe->session.job, "");
		observe->session.output = observe->output;
	}
	showing.observe = *observe;
	course = (struct job_course){.session = observe->session,
		.settings = observe->settings,
		.rounds = observe->repeat,
		.context = &showing,
		.record = record,
		.judged = show_run};
	code = job_run(job, &course, &runs, &error);
	if (code)
		fprintf(stderr, "soak: %s\n", text_of(&error));
	if (runs.n)
		verdict = sum_up(&showing, &runs);
	job_runs_release(&runs);
	close_session(&showing);
	return code ? (int)exit_code_of_error(code) : verdict;
}

/* The job's file without .ini. */
static void name_job(const struct job *job, char *ret_title, size_t size)
{
	const char *slash = strrchr(job->file, '/');
	const char *name = slash ? slash + 1 : job->file;
	size_t length = strlen(name);

	if (length > 4 && strcmp(name + length - 4, ".ini") == 0)
		length -= 4;
	snprintf(ret_title, size, "%.*s", length ? (int)length : 3, length ? name : "job");
}

int job_show(struct job *job, const struct observe *observe)
{
	struct observe common = *observe;
	char title[NAME_MAX + 1];

	name_job(job, title, sizeof(title));
	common.session.job = job->file[0] || job->n * observe->repeat > 1 ? title : NULL;
	if (job->n * observe->repeat > 1)
		return show_several(job, &common);
	common.session.round = 1;
	job_use_variant(&job->variants[0], &common.session);
	return observe_run(&common);
}
