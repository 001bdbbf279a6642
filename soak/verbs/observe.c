/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parses the options of run and attach, and runs the session. Called by run.c, attach.c and
 * job.c.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "soak/report/status.h"
#include "soak/run/signals.h"
#include "soak/verbs/duration.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/stop_when_sure.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

#define SHORTEST_INTERVAL_NS 10000000ull
#define LONGEST_INTERVAL_NS 60000000000ull
#define STATS_EVERY_NS 1000000000ull
#define STATS_SHORTEST_NS 10000000ull

enum {
	KEY_OPS = 256,
	KEY_SET,
	KEY_NO_BPF,
	KEY_HOOKS,
	KEY_NO_CALLERS,
	KEY_NO_PERF,
	KEY_LATENCY,
	KEY_SCOPE,
	KEY_PROFILE,
	KEY_EXIT,
	KEY_SURE,
	KEY_STATS
};

static const struct argp_option options[] = {
	{"duration", 'd', "TIME", 0,
		"observe for TIME: 90s, 10m, 1h (default: until the target ends)", 1},
	{"interval", 'i', "TIME", 0, "one sample each TIME, 10ms to 60s (default 100ms)", 1},
	{"warmup", 'w', "TIME|auto", 0,
		"judge what comes after TIME (default auto: found from the data)", 1},
	{"allocator", 'a', "NAME|LIB", 0,
		"hakmem (default of built-in workloads), glibc, mimalloc, jemalloc, tcmalloc, a "
		"library's path, or own: what the target uses by itself (default of a COMMAND)",
		1},
	{"ops", KEY_OPS, "HOW", 0,
		"count ops by auto, page (the program publishes them), preload, none", 1},
	{"output", 'o', "FILE", 0, "record into FILE (default soak-ALLOCATOR-TIME.soak)", 1},
	{"force", 'f', NULL, 0, "overwrite FILE", 1},
	{"set", KEY_SET, "RULE=VALUE", 0, "another target for a rule; RULE=off does not judge it",
		2},
	{"profile", KEY_PROFILE, "NAME", 0,
		"rules and targets for a kind of use: default, service, allocator, ci; --set "
		"overrides",
		2},
	{"allow-exit", KEY_EXIT, "STATUS,...", 0,
		"exit statuses of the target that are no failure, beside 0", 2},
	{"budget-scope", KEY_SCOPE, "target|allocator", 0,
		"whose calls syscall_budget judges (default target); allocator: its own alone", 2},
	{"stop-when-sure", KEY_SURE, NULL, 0,
		"end as soon as the verdict is sure; --duration is then the longest", 2},
	{"quiet", 'q', NULL, 0, "no live status, no warnings", 2},
	{"latency", KEY_LATENCY, NULL, 0,
		"measure how long the churn calls take (a second hook for each)", 3},
	{"allocator-stats", KEY_STATS, "TIME", OPTION_ARG_OPTIONAL,
		"ask the allocator each TIME (default 1s) what it holds, or read it from outside "
		"where the target runs already; hakmem is read in any case",
		3},
	{"no-callers", KEY_NO_CALLERS, NULL, 0, "count calls without asking who made them", 3},
	{"hooks", KEY_HOOKS, "auto|tracepoints|functions", 0,
		"where the kernel is hooked (default auto: at functions if probes at tracepoints "
		"can be preempted, which loses calls)",
		3},
	{"no-bpf", KEY_NO_BPF, NULL, 0, "without kernel probes: calls by perf_event only", 3},
	{"no-perf", KEY_NO_PERF, NULL, 0, "without perf_event: no cross-check", 3},
	{"verbose", 'v', NULL, 0, "let libbpf speak", 3}, {0}};

/* ---- settings: what has a value, on the command line or in a job file ------------------------ */

static int set_duration(struct observe *observe, const char *value, char *error, size_t size)
{
	if (duration_parse(value, &observe->session.duration_ns) == 0) {
		observe->duration_given = true;
		if (observe->session.duration_ns)
			return 0;
		snprintf(error, size, "must be longer than nothing");
		return -EINVAL;
	}
	snprintf(error, size, "%s is not a time up to 100 years; write 100ms, 90s, 1h30m or 400d",
		value);
	return -EINVAL;
}

static int set_interval(struct observe *observe, const char *value, char *error, size_t size)
{
	uint64_t ns;

	if (duration_parse(value, &ns) == 0 && ns >= SHORTEST_INTERVAL_NS &&
		ns <= LONGEST_INTERVAL_NS) {
		observe->session.interval_ns = ns;
		return 0;
	}
	snprintf(error, size, "%s is no time between 10ms and 60s", value);
	return -EINVAL;
}

static int set_warmup(struct observe *observe, const char *value, char *error, size_t size)
{
	if (duration_parse_warmup(value, &observe->session.warmup_s) == 0)
		return 0;
	snprintf(error, size, "%s is no time; write 90s, 10m or auto", value);
	return -EINVAL;
}

/* The place of a value among the names of a list, which ends with NULL; -1: it is not there. */
static int find_choice(const char *const *names, const char *value)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return -1;
}

static int set_ops(struct observe *observe, const char *value, char *error, size_t size)
{
	static const char *const names[] = {[OPS_AUTO] = "auto",
		[OPS_PAGE] = "page",
		[OPS_PRELOAD] = "preload",
		[OPS_NONE] = "none",
		NULL};
	int choice = find_choice(names, value);

	if (choice >= 0) {
		observe->session.ops = choice;
		return 0;
	}
	snprintf(error, size, "choose auto, page, preload or none, not %s", value);
	return -EINVAL;
}

static int set_scope(struct observe *observe, const char *value, char *error, size_t size)
{
	if (judge_settings_scope(&observe->settings, value) == 0)
		return 0;
	snprintf(error, size, "choose target or allocator, not %s", value);
	return -EINVAL;
}

static int set_hooks(struct observe *observe, const char *value, char *error, size_t size)
{
	static const char *const names[] = {[HOOKS_AUTO] = "auto",
		[HOOKS_TRACEPOINTS] = "tracepoints",
		[HOOKS_FUNCTIONS] = "functions",
		NULL};
	int choice = find_choice(names, value);

	if (choice >= 0) {
		observe->session.hooks = choice;
		return 0;
	}
	snprintf(error, size, "choose auto, tracepoints or functions, not %s", value);
	return -EINVAL;
}

static int set_profile(struct observe *observe, const char *value, char *error, size_t size)
{
	return judge_settings_profile(&observe->settings, value, error, size);
}

static int set_allowed_exit(struct observe *observe, const char *value, char *error, size_t size)
{
	if (judge_settings_allow_exit(&observe->settings, value) == 0)
		return 0;
	snprintf(error, size, "%s is no list of exit statuses from 1 to 255, as 3,75", value);
	return -EINVAL;
}

static int set_output(struct observe *observe, const char *value, char *error, size_t size)
{
	(void)error;
	(void)size;
	observe->session.output = value;
	return 0;
}

int observe_set(
	struct observe *observe, const char *key, const char *value, char *error, size_t error_size)
{
	static const struct {
		const char *key;
		int (*set)(struct observe *observe, const char *value, char *error, size_t size);
	} settings[] = {{"duration", set_duration}, {"interval", set_interval},
		{"warmup", set_warmup}, {"ops", set_ops}, {"budget-scope", set_scope},
		{"hooks", set_hooks}, {"profile", set_profile}, {"allow-exit", set_allowed_exit},
		{"output", set_output}};

	for (size_t s = 0; s < sizeof(settings) / sizeof(*settings); s++)
		if (strcmp(key, settings[s].key) == 0)
			return settings[s].set(observe, value, error, error_size);
	return -ENOENT;
}

static error_t set(struct argp_state *state, const char *key, const char *value)
{
	char error[CHOICE_TEXT];

	if (observe_set(state->input, key, value, error, sizeof(error)))
		argp_error(state, "--%s: %s", key, error);
	return 0;
}

static void parse_rule(struct argp_state *state, const char *text, struct judge_settings *settings)
{
	char error[CHOICE_TEXT];

	if (judge_settings_set(settings, text, error, sizeof(error)))
		argp_error(state, "--set: %s", error);
}

/* ---- options --------------------------------------------------------------------------------- */

static uint64_t parse_stats(struct argp_state *state, const char *text)
{
	uint64_t ns = STATS_EVERY_NS;

	if (text && (duration_parse(text, &ns) || ns < STATS_SHORTEST_NS))
		argp_error(state, "--allocator-stats: a time of 10ms or more, as 1s, not %s", text);
	return ns;
}

static error_t parse_flag(int key, struct observe *observe)
{
	struct session_options *session = &observe->session;

	switch (key) {
	case KEY_SURE:
		observe->stop_when_sure = true;
		return 0;
	case KEY_LATENCY:
		session->latency = true;
		return 0;
	case KEY_NO_CALLERS:
		session->without_callers = true;
		return 0;
	case KEY_NO_BPF:
		session->without_probes = true;
		return 0;
	case KEY_NO_PERF:
		session->without_perf = true;
		return 0;
	case 'f':
		session->overwrite = true;
		return 0;
	case 'q':
		observe->quiet = true;
		return 0;
	case 'v':
		session->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
	struct observe *observe = state->input;
	struct session_options *session = &observe->session;

	switch (key) {
	case 'd':
		return set(state, "duration", argument);
	case 'i':
		return set(state, "interval", argument);
	case 'w':
		return set(state, "warmup", argument);
	case 'a':
		session->allocator = strcmp(argument, "own") == 0 ? NULL : argument;
		observe->allocator_given = true;
		return 0;
	case KEY_OPS:
		return set(state, "ops", argument);
	case 'o':
		return set(state, "output", argument);
	case KEY_SET:
		parse_rule(state, argument, &observe->settings);
		return 0;
	case KEY_STATS:
		session->allocator_stats_ns = parse_stats(state, argument);
		return 0;
	case KEY_PROFILE:
		return set(state, "profile", argument);
	case KEY_EXIT:
		return set(state, "allow-exit", argument);
	case KEY_SCOPE:
		return set(state, "budget-scope", argument);
	case KEY_HOOKS:
		return set(state, "hooks", argument);
	default:
		return parse_flag(key, observe);
	}
}

const struct argp_child *observe_children(void)
{
	static const struct argp common = {.options = options, .parser = parse_common};
	static struct argp_child children[] = {
		{&common, 0, NULL, 0}, {NULL, 0, "Formats of the verdict:", 4}, {0}};

	children[1].argp = format_options();
	return children;
}

void observe_inputs(struct observe *observe, struct argp_state *state)
{
	state->child_inputs[0] = observe;
	state->child_inputs[1] = &observe->format;
}

void observe_init(struct observe *observe)
{
	*observe = (struct observe){.session = {.interval_ns = 100000000ull,
					    .warmup_s = -1,
					    .ops = OPS_AUTO,
					    .stop_grace_ns = 5000000000ull}};
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

/* By what the run will be judged is recorded. */
static void note_settings(struct observe *observe)
{
	observe->session.profile = observe->settings.profile;
	judge_settings_options(
		&observe->settings, observe->judge_options, sizeof(observe->judge_options));
	observe->session.judge_options = observe->judge_options;
}

int observe_run(struct observe *observe)
{
	struct session_result result;
	struct session *session;
	struct judging judging;
	struct stop_when_sure sure = {0};
	struct status_line line;
	char error[1024];
	int code, verdict;

	if (observe->stop_when_sure && !observe->session.duration_ns) {
		fputs("soak: --stop-when-sure needs the longest time it may take: --duration 1h\n",
			stderr);
		return EXIT_USAGE;
	}
	if (observe->session.duration_ns &&
		observe->session.interval_ns > observe->session.duration_ns) {
		fprintf(stderr,
			"soak: --interval %gs is longer than --duration %gs: "
			"no sample would be taken\n",
			observe->session.interval_ns / 1e9, observe->session.duration_ns / 1e9);
		return EXIT_USAGE;
	}
	name_output(observe);
	if (observe->stop_when_sure)
		stop_when_sure_begin(&sure, &observe->settings, &observe->session);
	status_init(&line);
	observe->session.context = &line;
	note_settings(observe);
	observe->session.own_output = observe->format.format != FORMAT_TEXT;
	if (!observe->quiet) {
		observe->session.on_status = show_status;
		observe->session.on_warning = show_warning;
	}
	code = session_run(&observe->session, &result, &session, error, sizeof(error));
	observe->interrupted = result.interrupted;
	stop_when_sure_end(&sure);
	status_clear(&line);
	if (error[0])
		fprintf(stderr, "soak: %s%s\n", error,
			code == -ENOSPC ? "; free space there, or give another --output" : "");
	if (code && code != -ENOSPC && code != -EBUSY) {
		session_close(session);
		return exit_code_of_error(code);
	}
	if (!observe->quiet)
		say_target_end(&result);
	judging = (struct judging){.settings = observe->settings,
		.warmup_s = NAN,
		.format = observe->format.format,
		.inconclusive = observe->format.inconclusive};
	verdict = observe->unjudged ? EXIT_PASS
				    : judge_and_print(&observe->session.output, 1, &judging);
	if (!observe->quiet)
		fprintf(stderr, "soak: recorded in %s\n", observe->session.output);
	fflush(stdout);
	session_close(session);
	/* EXIT_USAGE would blame the user for a file that went away under us. */
	return code || verdict == EXIT_USAGE ? EXIT_CANNOT_RUN : verdict;
}
