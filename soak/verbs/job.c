/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a job: see job.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/report/job_report.h"
#include "soak/run/account.h"
#include "soak/run/allocator.h"
#include "soak/run/program.h"
#include "soak/engines/interleave.h"
#include "soak/verbs/job.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

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
	const char *where = variant->where ? variant->where : "";
	scoped_text why = {0};
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
	code = allocator_find(variant->allocator, &allocator, &why);
	if (code)
		text_set(error, "%s%s%s", where, *where ? ": " : "", text_of(&why));
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

static void use_variant(struct observe *observe, struct job_variant *variant)
{
	struct session_options *session = &observe->session;

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
	const struct observe *common;
	char title[NAME_MAX]; /* of the job: its file's name without .ini */
	char folder[PATH_MAX];
	struct job_report_run *runs;
	size_t n, planned;
};

static void name_job(const struct job *job, char *ret_title, size_t size)
{
	const char *slash = strrchr(job->file, '/');
	const char *name = slash ? slash + 1 : job->file;
	size_t length = strlen(name);

	if (length > 4 && strcmp(name + length - 4, ".ini") == 0)
		length -= 4;
	snprintf(ret_title, size, "%.*s", length ? (int)length : 3, length ? name : "job");
}

/* FOLDER/VARIANT/ROUND.soak */
static void name_file(const struct several *several, size_t variant, unsigned int round,
	char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/%s/%02u.soak", several->folder,
		several->job->variants[variant].name, round);
}

/* The user for whom the target runs shall be able to remove it. */
static int make_folder(const struct several *several, const char *path)
{
	const char *user = several->common->session.user;
	struct account account;
	scoped_text unused = {0};
	struct stat st;

	if (mkdir(path, 0777) == 0) {
		if (!user || account_find(user, &account, &unused))
			return 0;
		return chown(path, account.uid, account.gid) ? -errno : 0;
	}
	if (errno != EEXIST || stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* All that could go wrong with files goes wrong now, and not in hour two. */
static int prepare_files(struct several *several)
{
	char path[2 * PATH_MAX];
	int code;

	for (size_t v = 0; v < several->job->n && !several->common->session.overwrite; v++)
		for (unsigned int round = 1; round <= several->common->repeat; round++) {
			name_file(several, v, round, path, sizeof(path));
			if (access(path, F_OK))
				continue;
			fprintf(stderr, "soak: %s exists; --force overwrites it\n", path);
			return EXIT_USAGE;
		}
	snprintf(path, sizeof(path), "%s", several->folder);
	code = make_folder(several, path);
	for (size_t v = 0; v < several->job->n && !code; v++) {
		snprintf(path, sizeof(path), "%s/%s", several->folder,
			several->job->variants[v].name);
		code = make_folder(several, path);
	}
	if (!code)
		return EXIT_PASS;
	fprintf(stderr, "soak: cannot make the folder %s: %s\n", path, strerror(-code));
	return exit_code_of_error(code);
}

/* One run, recorded and judged. Returns 0 or the exit code that ends the job. */
static int run_one(struct several *several, size_t v, unsigned int round, bool *ret_interrupted)
{
	struct observe observe = *several->common;
	struct job_report_run *made = &several->runs[several->n];
	struct judgement judgement;
	char path[2 * PATH_MAX];
	struct run *run;
	int code;

	name_file(several, v, round, path, sizeof(path));
	use_variant(&observe, &several->job->variants[v]);
	observe.session.output = path;
	observe.session.round = round;
	observe.unjudged = observe.format.format != FORMAT_TEXT; /* that comes at the end, as one */
	if (!observe.quiet)
		fprintf(stderr, "soak: run %zu of %zu: %s, round %u\n", several->n + 1,
			several->planned, several->job->variants[v].name, round);
	code = observe_run(&observe);
	*ret_interrupted = observe.interrupted;
	if (code == EXIT_USAGE || code == EXIT_CANNOT_RUN)
		return code;
	code = open_and_judge(path, NAN, &observe.settings, &run, &judgement);
	if (code)
		return EXIT_CANNOT_RUN;
	*made = (struct job_report_run){.variant = v,
		.round = round,
		.file = strdup(path),
		.verdict = judgement.verdict,
		.figures = run_figures(run, &judgement)};
	judgement_release(&judgement);
	several->n++;
	if (close_after_reading(run, 0))
		return EXIT_CANNOT_RUN;
	if (!observe.unjudged)
		putchar('\n');
	fflush(stdout); /* before the next target prints */
	return made->file ? 0 : EXIT_CANNOT_RUN;
}

static int run_all(struct several *several)
{
	bool interrupted = false;
	int code = 0;

	for (unsigned int r = 0; r < several->common->repeat; r++)
		for (size_t i = 0; i < several->job->n && !code && !interrupted; i++)
			code = run_one(
				several, interleave(r, i, several->job->n), r + 1, &interrupted);
	return code;
}

/* Text and JSON have a form for jobs; the others know runs, and these as one document. */
static bool knows_jobs(enum format format)
{
	return format == FORMAT_TEXT || format == FORMAT_JSON;
}

/* All runs, one after the other. */
static int print_all(const struct several *several)
{
	struct judging judging = {.settings = several->common->settings,
		.warmup_s = NAN,
		.format = several->common->format.format,
		.inconclusive = several->common->format.inconclusive};
	const char *files[JUDGED_MAX];

	for (size_t i = 0; i < several->n; i++)
		files[i] = several->runs[i].file;
	return judge_and_print(files, several->n, &judging);
}

static int sum_up(struct several *several)
{
	const char *variants[JOB_VARIANTS_MAX], *allocators[JOB_VARIANTS_MAX];
	const struct job_report report = {.job = several->title,
		.folder = several->folder,
		.variants = variants,
		.allocators = allocators,
		.variants_count = several->job->n,
		.runs = several->runs,
		.runs_count = several->n,
		.planned = several->planned};
	enum format format = several->common->format.format;
	int code;

	for (size_t v = 0; v < several->job->n; v++) {
		variants[v] = several->job->variants[v].name;
		allocators[v] = several->job->variants[v].allocator;
	}
	if (!knows_jobs(format)) {
		code = print_all(several);
		if (code == EXIT_USAGE || code == EXIT_CANNOT_RUN)
			return code;
	} else if (format == FORMAT_TEXT) {
		job_print(stdout, &report);
	} else if (job_json(stdout, &report)) {
		return EXIT_CANNOT_RUN;
	}
	return exit_code_by(job_verdict(&report), several->common->format.inconclusive);
}

static int run_several(struct job *job, const struct observe *observe, const char *title)
{
	struct several several = {.job = job,
		.common = observe,
		.planned = job->n * observe->repeat,
		.runs = calloc(job->n * observe->repeat, sizeof(*several.runs))};
	int code, verdict = EXIT_CANNOT_RUN;

	if (several.planned > JUDGED_MAX && !knows_jobs(observe->format.format)) {
		fprintf(stderr, "soak: --%s shows %d runs, and these are %zu: take --json\n",
			report_formats[observe->format.format].name, JUDGED_MAX, several.planned);
		free(several.runs);
		return EXIT_USAGE;
	}
	snprintf(several.title, sizeof(several.title), "%s", title);
	if (observe->session.output)
		snprintf(several.folder, sizeof(several.folder), "%s", observe->session.output);
	else
		observe_name(several.folder, sizeof(several.folder), title, "");
	code = several.runs ? prepare_files(&several) : EXIT_CANNOT_RUN;
	if (!code) {
		code = run_all(&several);
		verdict = several.n ? sum_up(&several) : code;
	}
	for (size_t i = 0; i < several.n; i++)
		free((char *)several.runs[i].file);
	free(several.runs);
	return code ? code : verdict;
}

int job_run(struct job *job, const struct observe *observe)
{
	struct observe common = *observe;
	char title[NAME_MAX];

	name_job(job, title, sizeof(title));
	common.session.job = job->file[0] ? title : NULL;
	if (job->n * observe->repeat > 1) {
		if (!common.session.job)
			common.session.job = title;
		return run_several(job, &common, title);
	}
	common.session.round = 1;
	use_variant(&common, &job->variants[0]);
	return observe_run(&common);
}
