/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "soak/report/status.h"
#include "soak/verbs/duration.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/stop_when_sure.h"
#include "soak/verbs/verbs.h"

#define SHORTEST_INTERVAL_NS 10000000ull
#define LONGEST_INTERVAL_NS 60000000000ull

enum {
	KEY_OPS = 256,
	KEY_SET,
	KEY_NO_BPF,
	KEY_NO_PERF,
	KEY_JSON,
	KEY_LATENCY,
	KEY_SCOPE,
	KEY_SURE
};

static const struct argp_option options[] = {
	{"duration", 'd', "TIME", 0,
		"observe for TIME: 90s, 10m, 1h (default: until the target ends)", 1},
	{"interval", 'i', "TIME", 0, "one sample each TIME, 10ms to 60s (default 100ms)", 1},
	{"warmup", 'w', "TIME|auto", 0,
		"judge what comes after TIME (default auto: found from the data)", 1},
	{"allocator", 'a', "NAME|LIB", 0,
		"hakmem (run's default), glibc, mimalloc, jemalloc, tcmalloc, a library's path, or "
		"own: what the target uses by itself",
		1},
	{"ops", KEY_OPS, "HOW", 0,
		"count ops by auto, page (the program publishes them), preload, none", 1},
	{"output", 'o', "FILE", 0, "record into FILE (default soak-ALLOCATOR-TIME.soak)", 1},
	{"force", 'f', NULL, 0, "overwrite FILE", 1},
	{"set", KEY_SET, "RULE=VALUE", 0, "another target for a rule; RULE=off does not judge it",
		2},
	{"budget-scope", KEY_SCOPE, "target|allocator", 0,
		"whose calls syscall_budget judges (default target); allocator: its own alone, if "
		"it counts them",
		2},
	{"stop-when-sure", KEY_SURE, NULL, 0,
		"end as soon as the verdict is sure; --duration is then the longest", 2},
	{"json", KEY_JSON, NULL, 0, "print the verdict as JSON", 2},
	{"quiet", 'q', NULL, 0, "no live status, no warnings", 2},
	{"latency", KEY_LATENCY, NULL, 0,
		"measure how long the churn calls take (a second hook for each)", 3},
	{"no-bpf", KEY_NO_BPF, NULL, 0, "without kernel probes: calls by perf_event only", 3},
	{"no-perf", KEY_NO_PERF, NULL, 0, "without perf_event: no cross-check", 3},
	{"verbose", 'v', NULL, 0, "let libbpf speak", 3}, {0}};

static void parse_time(
	struct argp_state *state, const char *name, const char *text, uint64_t *ret_ns)
{
	if (duration_parse(text, ret_ns))
		argp_error(state, "--%s: %s is no time; write 100ms, 90s, 10m or 1h", name, text);
}

static void parse_interval(struct argp_state *state, const char *text, uint64_t *ret_ns)
{
	parse_time(state, "interval", text, ret_ns);
	if (*ret_ns < SHORTEST_INTERVAL_NS || *ret_ns > LONGEST_INTERVAL_NS)
		argp_error(state, "--interval: %s is not between 10ms and 60s", text);
}

static void parse_warmup(struct argp_state *state, const char *text, double *ret_s)
{
	uint64_t ns;

	*ret_s = -1;
	if (strcmp(text, "auto") == 0)
		return;
	parse_time(state, "warmup", text, &ns);
	*ret_s = ns / 1e9;
}

static void parse_ops(struct argp_state *state, const char *text, enum ops_mode *ret_mode)
{
	static const char *const names[] = {[OPS_AUTO] = "auto",
		[OPS_PAGE] = "page",
		[OPS_PRELOAD] = "preload",
		[OPS_NONE] = "none"};

	for (int m = 0; m < 4; m++) {
		if (strcmp(text, names[m]) == 0) {
			*ret_mode = m;
			return;
		}
	}
	argp_error(state, "--ops: choose auto, page, preload or none, not %s", text);
}

static void parse_scope(struct argp_state *state, const char *text, struct judge_settings *settings)
{
	if (judge_settings_scope(settings, text))
		argp_error(state, "--budget-scope: choose target or allocator, not %s", text);
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
	case KEY_NO_BPF:
		session->without_probes = true;
		return 0;
	case KEY_NO_PERF:
		session->without_perf = true;
		return 0;
	case 'f':
		session->overwrite = true;
		return 0;
	case KEY_JSON:
		observe->json = true;
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
	char error[256];

	switch (key) {
	case 'd':
		parse_time(state, "duration", argument, &session->duration_ns);
		observe->duration_given = true;
		if (!session->duration_ns)
			argp_error(state, "--duration: must be longer than nothing");
		return 0;
	case 'i':
		parse_interval(state, argument, &session->interval_ns);
		return 0;
	case 'w':
		parse_warmup(state, argument, &session->warmup_s);
		return 0;
	case 'a':
		session->allocator = strcmp(argument, "own") == 0 ? NULL : argument;
		return 0;
	case KEY_OPS:
		parse_ops(state, argument, &session->ops);
		return 0;
	case 'o':
		session->output = argument;
		return 0;
	case KEY_SET:
		if (judge_settings_set(&observe->settings, argument, error, sizeof(error)))
			argp_error(state, "--set: %s", error);
		return 0;
	case KEY_SCOPE:
		parse_scope(state, argument, &observe->settings);
		return 0;
	default:
		return parse_flag(key, observe);
	}
}

const struct argp observe_argp = {.options = options, .parser = parse_common};

void observe_init(struct observe *observe)
{
	*observe = (struct observe){.session = {.interval_ns = 100000000ull,
					    .warmup_s = -1,
					    .ops = OPS_AUTO,
					    .stop_grace_ns = 5000000000ull}};
	judge_settings_init(&observe->settings);
}

static void name_output(struct observe *observe)
{
	const char *allocator = observe->session.allocator ? observe->session.allocator : "own";
	const char *slash = strrchr(allocator, '/');
	time_t now = time(NULL);
	struct tm local;
	char stamp[32];

	if (observe->session.output)
		return;
	if (observe->session.attach > 0)
		allocator = "attach";
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	snprintf(observe->output, sizeof(observe->output), "soak-%s-%s.soak",
		slash ? slash + 1 : allocator, stamp);
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

static void show_warning(void *context, const char *text)
{
	status_clear(context);
	fprintf(stderr, "soak: warning: %s\n", text);
}

static void say_target_end(const struct session_result *result)
{
	if (result->wait_status < 0)
		return;
	if (WIFSIGNALED(result->wait_status))
		fprintf(stderr, "soak: the target ended by SIG%s\n",
			sigabbrev_np(WTERMSIG(result->wait_status)));
	else
		fprintf(stderr, "soak: the target ended with exit status %d\n",
			WEXITSTATUS(result->wait_status));
}

int observe_run(struct observe *observe)
{
	struct session_result result;
	struct session *session;
	struct stop_when_sure sure = {0};
	struct status_line line;
	char error[1024];
	int code, verdict;

	if (observe->stop_when_sure && !observe->session.duration_ns) {
		fputs("soak: --stop-when-sure needs the longest time it may take: --duration 1h\n",
			stderr);
		return EXIT_USAGE;
	}
	name_output(observe);
	if (observe->stop_when_sure)
		stop_when_sure_begin(&sure, &observe->settings, &observe->session);
	status_init(&line);
	observe->session.context = &line;
	if (!observe->quiet) {
		observe->session.on_status = show_status;
		observe->session.on_warning = show_warning;
	}
	code = session_run(&observe->session, &result, &session, error, sizeof(error));
	stop_when_sure_end(&sure);
	status_clear(&line);
	if (error[0])
		fprintf(stderr, "soak: %s\n", error);
	if (code && code != -ENOSPC) {
		session_close(session);
		return exit_code_of_error(code);
	}
	if (!observe->quiet)
		say_target_end(&result);
	verdict = judge_and_print(observe->session.output, NAN, &observe->settings, observe->json);
	if (!observe->quiet)
		fprintf(stderr, "soak: recorded in %s\n", observe->session.output);
	fflush(stdout);
	session_close(session);
	/* EXIT_USAGE would blame the user for a file that went away under us. */
	return code || verdict == EXIT_USAGE ? EXIT_CANNOT_RUN : verdict;
}
