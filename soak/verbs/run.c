/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak run: start a program, observe it, judge it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/run/allocator.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/verbs.h"

#define WORKLOAD_DURATION_NS 60000000000ull

enum { KEY_USER = 512 };

static const struct {
	const char *name, *program, *arguments[3];
	const char *does;
} workloads[] = {
	{"mixed", "bench_random_mixed", {"0", "400", "1"},
		"free or allocate 16-1024 B in one of 400 slots"},
	{"replace", "bench_replace", {"0", "400", "1"},
		"free and allocate, indices drawn in advance"},
	{"prodcon", "bench_prodcon", {"0", NULL}, "one thread allocates, another frees"},
	{"larson", "bench_larson", {"0", NULL}, "threads hand their blocks to new threads"},
	{"sizes", "bench_sizes", {"0", "400", "1"}, "16 B to 64 KiB"},
};

#define WORKLOADS (sizeof(workloads) / sizeof(*workloads))

struct run_verb {
	struct observe observe;
	char program[PATH_MAX];
	char *argv[5];
};

static void use_workload(struct argp_state *state, struct run_verb *verb, const char *name)
{
	for (size_t w = 0; w < WORKLOADS; w++) {
		if (strcmp(name, workloads[w].name) != 0)
			continue;
		if (allocator_own_file(".", SOAK_LIBEXECDIR, workloads[w].program, verb->program))
			argp_failure(state, EXIT_CANNOT_RUN, 0,
				"%s is neither beside soak nor in %s", workloads[w].program,
				SOAK_LIBEXECDIR);
		verb->argv[0] = verb->program;
		for (int i = 0; i < 3; i++)
			verb->argv[1 + i] = (char *)workloads[w].arguments[i];
		verb->observe.session.workload = workloads[w].name;
		verb->observe.session.command = verb->argv;
		return;
	}
	argp_error(
		state, "--workload: choose mixed, replace, prodcon, larson or sizes, not %s", name);
}

/* Found now, before anything is created, so that a misspelt program costs nothing. */
static void check_program(struct argp_state *state, const char *program)
{
	const char *path = getenv("PATH");
	char *copy, *rest, candidate[PATH_MAX];

	if (strchr(program, '/')) {
		struct stat st;

		if (access(program, X_OK) || stat(program, &st))
			argp_failure(state, EXIT_USAGE, errno, "cannot run %s", program);
		if (!S_ISREG(st.st_mode))
			argp_failure(state, EXIT_USAGE, 0, "cannot run %s: it is no file", program);
		return;
	}
	rest = copy = strdup(path ? path : "/usr/bin:/bin");
	for (char *dir = strsep(&rest, ":"); dir; dir = strsep(&rest, ":")) {
		snprintf(candidate, sizeof(candidate), "%s/%s", *dir ? dir : ".", program);
		if (access(candidate, X_OK) == 0) {
			free(copy);
			return;
		}
	}
	free(copy);
	argp_failure(state, EXIT_USAGE, 0, "no program %s in PATH", program);
}

static void finish_options(struct argp_state *state, struct run_verb *verb)
{
	struct session_options *session = &verb->observe.session;

	if (!session->command)
		use_workload(state, verb, "mixed");
	if (session->workload && !verb->observe.duration_given)
		session->duration_ns = WORKLOAD_DURATION_NS;
	check_program(state, session->command[0]);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct run_verb *verb = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &verb->observe;
		verb->observe.session.allocator = "hakmem";
		return 0;
	case 'W':
		use_workload(state, verb, argument);
		return 0;
	case KEY_USER:
		verb->observe.session.user = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (verb->observe.session.workload)
			argp_error(state, "give a COMMAND or --workload, not both");
		verb->observe.session.command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		finish_options(state, verb);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{"workload", 'W', "NAME", 0, "built in: mixed (default), replace, prodcon, larson, sizes",
		0},
	{"user", KEY_USER, "NAME", 0,
		"run COMMAND as this user (default under sudo: who called it)", 3},
	{0}};

static const struct argp_child children[] = {{&observe_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {options, parse, "[-- COMMAND...]",
	"Start COMMAND (or a built-in workload) under an allocator, observe it, record, then "
	"judge.\v"
	"Examples:\n"
	"  soak run                                     the Mixed workload for a minute under "
	"hakmem\n"
	"  soak run -d 30m -a jemalloc                  for half an hour under jemalloc\n"
	"  soak run -d 1h -a mimalloc -- redis-server   any program\n"
	"  soak run -a ./libmine.so -- ./server --port 7000\n"
	"  soak run -d 4h --stop-when-sure -- ./server  no longer than it takes\n"
	"  soak run -d 10m --set rss_drift=2 --set throughput_cv=off\n\n"
	"An interrupt ends the run in order and judges what there is; a second one ends it at "
	"once.\n"
	"The built-in workload runs for 60s unless --duration says otherwise.",
	children, NULL, NULL};

int cmd_run(int argc, char **argv)
{
	struct run_verb verb = {0};

	observe_init(&verb.observe);
	if (geteuid() == 0)
		verb.observe.session.user = getenv("SUDO_USER");
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &verb);
	return observe_run(&verb.observe);
}
