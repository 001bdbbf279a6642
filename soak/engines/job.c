/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settles what a job runs, runs it and judges each run. Called by soak run. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/engines/interleave.h"
#include "soak/engines/job.h"
#include "soak/judge/run_input.h"
#include "soak/run/account.h"
#include "soak/run/allocator.h"
#include "soak/run/program.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

#define WORKLOAD_DURATION_NS 60000000000ull

void job_init(struct job *job)
{
	memset(job, 0, sizeof(*job));
	job->n = 1;
	obstack_init(&job->memory);
}

void job_release(struct job *job)
{
	obstack_free(&job->memory, NULL);
}

static int check_variant(struct job_variant *variant, struct text *error)
{
	bool own = strcmp(variant->allocator, "own") == 0;
	char path[PATH_MAX];
	struct allocator allocator;
	int code = 0;

	if (!variant->command && !variant->workload)
		variant->workload = "mixed";
	if (variant->workload)
		code = builtin_find(variant->workload, &variant->builtin, error);
	if (!code)
		code = program_find(
			variant->workload ? variant->builtin.program : variant->command[0], path,
			error);
	if (code || own)
		return code;
	code = allocator_find(variant->allocator, &allocator, error);
	if (code && variant->where)
		text_set(error, "%s: %s", variant->where, text_of(error));
	return code;
}

void job_settle(struct job *job)
{
	for (size_t v = 0; v < job->n; v++) {
		struct job_variant *variant = &job->variants[v];
		const char *slash;

		if (!variant->allocator)
			variant->allocator = variant->command ? "own" : "hakmem";
		slash = strrchr(variant->allocator, '/');
		if (!variant->name[0])
			snprintf(variant->name, sizeof(variant->name), "%s",
				slash ? slash + 1 : variant->allocator);
	}
}

int job_check(struct job *job, struct text *error)
{
	int code = 0;

	for (size_t v = 0; v < job->n && !code; v++)
		code = check_variant(&job->variants[v], error);
	return code;
}

void job_use_variant(struct job_variant *variant, struct session_options *session)
{
	session->workload = variant->workload;
	session->command = variant->workload ? variant->builtin.argv : variant->command;
	session->allocator = strcmp(variant->allocator, "own") == 0 ? NULL : variant->allocator;
	session->environment = variant->environment;
	session->variant = variant->name;
	if (session->workload && !session->duration_ns)
		session->duration_ns = WORKLOAD_DURATION_NS;
}

/* ---- several runs ---------------------------------------------------------------------------- */

struct several {
	struct job *job;
	const struct job_course *course;
	struct job_runs *runs;
	struct text *error;
	bool interrupted;
};

static void name_file(
	const struct several *several, size_t variant, unsigned int round, struct text *ret_path)
{
	text_set(ret_path, "%s/%s/%02u.soak", several->course->session.output,
		several->job->variants[variant].name, round);
}

/* The user for whom the target runs shall be able to remove it. */
static int make_folder(const struct several *several, const char *path)
{
	const char *user = several->course->session.user;
	struct account account;
	struct stat st;

	if (mkdir(path, 0777) == 0) {
		if (!user || account_find(user, &account, NULL))
			return 0;
		return chown(path, account.uid, account.gid) ? -errno : 0;
	}
	if (errno != EEXIST || stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* All that could go wrong with files goes wrong now, and not in hour two. */
static int prepare_files(const struct several *several)
{
	const struct job_course *course = several->course;
	scoped_text path = {0};
	int code;

	for (size_t v = 0; v < several->job->n && !course->session.overwrite; v++)
		for (unsigned int round = 1; round <= course->rounds; round++) {
			name_file(several, v, round, &path);
			if (access(text_of(&path), F_OK) == 0)
				return text_fail(several->error, -EEXIST,
					"%s exists; --force overwrites it", text_of(&path));
		}
	text_set(&path, "%s", course->session.output);
	code = make_folder(several, text_of(&path));
	for (size_t v = 0; v < several->job->n && !code; v++) {
		text_set(&path, "%s/%s", course->session.output, several->job->variants[v].name);
		code = make_folder(several, text_of(&path));
	}
	return code ? text_fail(several->error, code, "cannot make the folder %s: %s",
			      text_of(&path), strerror(-code))
		    : 0;
}

static int judge(struct several *several, const char *path, struct job_report_run *made)
{
	const struct job_course *course = several->course;
	struct judgement judgement;
	struct run *run;
	int code = run_open(path, &run, several->error);

	if (code)
		return -EIO; /* it was written a moment ago */
	code = judge_recording(run, NAN, &course->settings, &judgement);
	if (!code) {
		made->verdict = judgement.verdict;
		made->figures = run_figures(run, &judgement);
		text_set(&made->reason, "%s", text_of(&judgement.reason));
		code = course->judged(course->context, run, &judgement);
		judgement_release(&judgement);
	}
	if (run_error(run))
		code = text_fail(several->error, -EIO, "%s", run_error(run));
	else if (code)
		text_set(several->error, "cannot judge %s: %s", path, strerror(-code));
	run_close(run);
	return code;
}

static int run_one(struct several *several, size_t v, unsigned int round)
{
	struct session_options session = several->course->session;
	struct job_runs *runs = several->runs;
	struct job_report_run *made = &runs->made[runs->n];
	scoped_text path = {0};
	int code;

	name_file(several, v, round, &path);
	job_use_variant(&several->job->variants[v], &session);
	session.output = text_of(&path);
	session.round = round;
	code = several->course->record(several->course->context, &session, runs->n + 1,
		&several->interrupted, several->error);
	if (!code)
		code = judge(several, text_of(&path), made);
	if (code)
		return code;
	made->variant = v;
	made->round = round;
	made->file = strdup(text_of(&path));
	if (!made->file)
		return text_fail(several->error, -ENOMEM, "%s", strerror(ENOMEM));
	runs->n++;
	return 0;
}

int job_run(struct job *job, const struct job_course *course, struct job_runs *ret_runs,
	struct text *error)
{
	struct several several = {job, course, ret_runs, error, false};
	int code;

	*ret_runs = (struct job_runs){.planned = job->n * course->rounds};
	ret_runs->made = calloc(ret_runs->planned, sizeof(*ret_runs->made));
	if (!ret_runs->made)
		return text_fail(error, -ENOMEM, "%s", strerror(ENOMEM));
	code = prepare_files(&several);
	for (unsigned int r = 0; r < course->rounds; r++)
		for (size_t i = 0; i < job->n && !code && !several.interrupted; i++)
			code = run_one(&several, interleave(r, i, job->n), r + 1);
	return code;
}

void job_runs_release(struct job_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		free((char *)runs->made[i].file);
		text_release(&runs->made[i].reason);
	}
	free(runs->made);
}
