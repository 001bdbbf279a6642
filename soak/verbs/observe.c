/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The options that run and attach have in common, and the run of a session. Called by run.c,
 * attach.c and job.c.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "collectors/ops/allocators.h"
#include "soak/report/status.h"
#include "soak/run/signals.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/quantity.h"
#include "soak/engines/stop_when_sure.h"
#include "soak/verbs/verbs.h"
#include "soak/words/duration.h"

#define STATS_EVERY_NS 1000000000ull
#define STATS_SHORTEST_NS 10000000ull
#define ABORT_LEAST 4096.0 /* bytes; less was meant as something else */
#define LONGEST_NS (100 * 31536000e9)

static int set_stats(struct option_value given)
{
	if (given.value)
		return option_ns(given);
	*(uint64_t *)given.field = STATS_EVERY_NS;
	return 0;
}

/* A size, a pace, or both with a comma. */
static int set_abort_at(struct option_value given)
{
	struct runaway_limits limits = {0};
	char words[64], *rest = words;

	if (snprintf(words, sizeof(words), "%s", given.value) >= (int)sizeof(words))
		return -EINVAL;
	for (char *word; (word = strsep(&rest, ","));) {
		size_t length = strlen(word);
		bool pace = length > 2 && strcmp(word + length - 2, "/s") == 0;
		double *limit = pace ? &limits.bytes_per_s : &limits.bytes;

		if (pace)
			word[length - 2] = '\0';
		if (*limit > 0.0 || quantity_parse(word, limit) || *limit < ABORT_LEAST)
			return -EINVAL;
	}
	*(struct runaway_limits *)given.field = limits;
	return 0;
}

/* "10m drained" */
static int add_mark(struct option_value given)
{
	struct marks_plan *plan = given.field;
	const char *text = given.value + strcspn(given.value, " \t");
	char time[32];
	int length = (int)(text - given.value);
	uint64_t at_ns;

	text += strspn(text, " \t");
	if (snprintf(time, sizeof(time), "%.*s", length, given.value) >= (int)sizeof(time) ||
		duration_parse(time, &at_ns) || !*text || strlen(text) >= MARK_TEXT)
		return -EINVAL;
	if (plan->n == MARKS_PLANNED)
		return text_fail(given.error, -EINVAL, "%d of them are enough", MARKS_PLANNED);
	plan->mark[plan->n].at_ns = at_ns;
	plan->mark[plan->n++].text = text;
	return 0;
}

static const char *const ops_names[] = {[OPS_AUTO] = "auto",
	[OPS_PAGE] = "page",
	[OPS_PRELOAD] = "preload",
	[OPS_NONE] = "none",
	NULL};
static const char *const hooks_names[] = {[HOOKS_AUTO] = "auto",
	[HOOKS_TRACEPOINTS] = "tracepoints",
	[HOOKS_FUNCTIONS] = "functions",
	NULL};

#define FIELD(name) .field = offsetof(struct observe, name)

const struct option_row observe_rows[] = {
	{"duration", 'd', "TIME",
		"observe for TIME: 90s, 10m, 1h (default: until the target "
		"ends; 60s for a built-in workload)",
		1, option_ns, FIELD(session.duration_ns), .least = 1, .most = LONGEST_NS,
		.expects = "a time above zero, up to 100 years; write 100ms, 90s, 1h30m or 400d",
		.job = JOB_RUN},
	{"interval", 'i', "TIME", "take a sample every TIME, 10ms to 60s (default 100ms)", 1,
		option_ns, FIELD(session.interval_ns), .least = 10e6, .most = 60e9,
		.expects = "a time between 10ms and 60s", .job = JOB_RUN},
	{"warmup", 'w', "TIME|auto",
		"leave out the first TIME when judging (default auto: found "
		"from the data)",
		1, option_warmup, FIELD(session.warmup_s), .expects = OPTION_WARMUP_EXPECTS,
		.job = JOB_RUN},
	{"allocator", 'a', "NAME|LIB",
		ALLOCATORS_LISTED "a library's path, or own: the target's own; default hakmem "
				  "for built-in workloads, own for a COMMAND",
		1, option_text, FIELD(allocator), .values = VALUES_ALLOCATORS},
	{"ops", 0, "HOW",
		"how ops are counted: auto, page (the program publishes "
		"them), preload, none",
		1, option_choice, FIELD(session.ops), ops_names, .job = JOB_RUN},
	{"output", 'o', "FILE", "record into FILE (default soak-ALLOCATOR-TIME.soak)", 1,
		option_text, FIELD(session.output), .job = JOB_RUN, .values = VALUES_FILES},
	{"force", 'f', NULL, "overwrite FILE", 1, option_flag, FIELD(session.overwrite)},
	{"stop-when-sure", 0, NULL,
		"end as soon as the verdict is sure, at the latest after "
		"--duration",
		2, option_flag, FIELD(stop_when_sure), .job = JOB_RUN},
	{"abort-at", 0, "SIZE|PACE",
		"kill the target, and FAIL, once its memory reaches 8GiB, or grows by 50MiB/s for "
		"5 seconds; or both: 8GiB,50MiB/s",
		2, set_abort_at, FIELD(session.abort_at), .job = JOB_RUN,
		.expects = "a size, a pace or both; write 8GiB, 50MiB/s or 8GiB,50MiB/s"},
	{"mark", 0, "TIME TEXT", "mark the run at TIME since its start, as '10m drained'", 2,
		add_mark, FIELD(session.marks), .job = JOB_RUN, .repeats = true,
		.expects = "a time and a text of up to 127 bytes; write '10m drained'"},
	{"quiet", 'q', NULL, "print no live status and no warnings", 2, option_flag, FIELD(quiet)},
	{"latency", 0, NULL,
		"measure how long the churn calls take (needs a second hook "
		"for each)",
		3, option_flag, FIELD(session.latency), .job = JOB_RUN},
	{"allocator-stats", 0, "TIME",
		"read the allocator's statistics every TIME (default 1s); "
		"with attach, read them from outside. hakmem's are always "
		"read",
		3, set_stats, FIELD(session.allocator_stats_ns), .least = STATS_SHORTEST_NS,
		.most = LONGEST_NS, .expects = "a time of 10ms or more, as 1s", .optional = true},
	{"no-callers", 0, NULL, "count calls without finding their callers", 3, option_flag,
		FIELD(session.without_callers)},
	{"hooks", 0, "auto|tracepoints|functions",
		"which kernel hooks to use (default auto: functions if "
		"probes at tracepoints can be preempted, which would lose "
		"calls)",
		3, option_choice, FIELD(session.hooks), hooks_names},
	{"no-bpf", 0, NULL, "use no kernel probes; count calls by perf_event only", 3, option_flag,
		FIELD(session.without_probes)},
	{"no-perf", 0, NULL, "use no perf_event counters, so no cross-check", 3, option_flag,
		FIELD(session.without_perf)},
	{"verbose", 'v', NULL, "print libbpf's messages", 3, option_flag, FIELD(session.verbose)},
	{0}};

void observe_init(struct observe *observe)
{
	*observe = (struct observe){.session = {.interval_ns = 100000000ull,
					    .warmup_s = -1,
					    .ops = OPS_AUTO,
					    .stop_grace_ns = 5000000000ull},
		.repeat = 1};
	judge_settings_init(&observe->settings);
}

void observe_name(char *ret_name, size_t size, const char *what, const char *ending)
{
	const char *slash = strrchr(what, '/');
	time_t now = time(NULL);
	struct tm local;
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	snprintf(ret_name, size, "soak-%s-%s%s", slash ? slash + 1 : what, stamp, ending);
}

static void name_output(struct observe *observe)
{
	const char *allocator = observe->session.allocator ? observe->session.allocator : "own";

	if (observe->session.output)
		return;
	observe_name(observe->output, sizeof(observe->output), allocator, ".soak");
	observe->session.output = observe->output;
}

static void show_status(void *context, const struct session_status *status)
{
	const struct status_figures figures = {.elapsed_s = status->elapsed_s,
		.total_s = status->total_s,
		.ops_per_s = status->ops_per_s,
		.faults_per_s = status->faults_per_s,
		.rss_bytes = status->rss_bytes,
		.drift_pct_per_h = status->drift_pct_per_h,
		.calls_per_op = status->calls_per_op,
		.losses = status->losses};

	status_show(context, &figures);
}

static void show_warning(void *context, enum session_warning kind, const char *text)
{
	(void)kind;
	status_clear(context);
	fprintf(stderr, "soak: warning: %s\n", text);
}

static void say_target_end(const struct session_result *result)
{
	if (result->wait_status < 0)
		return;
	if (WIFSIGNALED(result->wait_status))
		fprintf(stderr, "soak: the target was killed by %s\n",
			signals_name(WTERMSIG(result->wait_status)).text);
	else
		fprintf(stderr, "soak: the target ended with exit status %d\n",
			WEXITSTATUS(result->wait_status));
}

/* A mark that would never be made was meant otherwise. */
static int check_marks(const struct session_options *options, struct text *error)
{
	for (size_t i = 0; i < options->marks.n && options->duration_ns; i++)
		if (options->marks.mark[i].at_ns > options->duration_ns)
			return text_fail(error, -EINVAL,
				"--mark '%s' is %gs after the start, and the run ends after %gs",
				options->marks.mark[i].text, options->marks.mark[i].at_ns / 1e9,
				options->duration_ns / 1e9);
	return 0;
}

int observe_record(struct observe *observe, struct session **ret_session, bool *ret_interrupted,
	struct text *error)
{
	struct session_options *options = &observe->session;
	struct stop_when_sure sure = {0};
	struct session_result result;
	scoped_text judge_options = {0}, exclude = {0};
	struct status_line line;
	int code;

	*ret_session = NULL;
	if (observe->stop_when_sure && !options->duration_ns)
		return text_fail(
			error, -EINVAL, "--stop-when-sure needs a limit of time: --duration 1h");
	if (options->duration_ns && options->interval_ns > options->duration_ns)
		return text_fail(error, -EINVAL,
			"--interval %gs is longer than --duration %gs: no sample would be taken",
			options->interval_ns / 1e9, options->duration_ns / 1e9);
	if (check_marks(options, error))
		return -EINVAL;
	name_output(observe);
	if (observe->stop_when_sure)
		stop_when_sure_begin(&sure, &observe->settings, options);
	status_init(&line);
	options->context = &line;
	/* by what the run will be judged is recorded */
	judge_settings_options(&observe->settings, &judge_options);
	options->judge_options = text_of(&judge_options);
	options->profile = observe->settings.profile;
	judge_settings_excluded(&observe->settings, &exclude);
	options->exclude = text_of(&exclude);
	options->own_output = observe->format.format != FORMAT_TEXT;
	if (!observe->quiet) {
		options->on_status = show_status;
		options->on_warning = show_warning;
	}
	code = session_run(options, &result, ret_session, error);
	*ret_interrupted = result.interrupted;
	stop_when_sure_end(&sure);
	status_clear(&line);
	options->judge_options = options->exclude = NULL;
	if (code == -ENOSPC)
		text_add(error, "; free space there, or give another --output");
	if (!observe->quiet && (!code || code == -ENOSPC || code == -EBUSY))
		say_target_end(&result);
	return code;
}

int observe_run(struct observe *observe)
{
	struct judging judging = {.settings = observe->settings,
		.warmup_s = NAN,
		.format = observe->format.format,
		.inconclusive = observe->format.inconclusive};
	struct session *session;
	scoped_text error = {0};
	bool interrupted;
	int code = observe_record(observe, &session, &interrupted, &error), verdict;

	if (error.length)
		fprintf(stderr, "soak: %s\n", text_of(&error));
	if (code && code != -ENOSPC && code != -EBUSY) {
		session_close(session);
		return exit_code_of_error(code);
	}
	verdict = judge_and_print(&observe->session.output, 1, &judging);
	if (!observe->quiet)
		fprintf(stderr, "soak: recorded in %s\n", observe->session.output);
	fflush(stdout);
	session_close(session);
	/* EXIT_USAGE would blame the user for a file that went away under us. */
	return code || verdict == EXIT_USAGE ? EXIT_CANNOT_RUN : verdict;
}
