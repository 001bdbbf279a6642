/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak run: start a program, observe it, judge it. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/verbs/job.h"
#include "soak/verbs/verbs.h"

enum { KEY_USER = 512, KEY_REPEAT };

struct run_verb {
	struct observe observe;
	const char *job_file, *workload;
	char **command;
	unsigned int repeat; /* 0: not given */
};

static bool is_job_file(const struct argp_state *state, const char *argument)
{
	size_t length = strlen(argument);
	bool quoted = state->quoted && state->next > state->quoted;

	return !quoted && length > 4 && strcmp(argument + length - 4, ".ini") == 0;
}

static void take_argument(struct argp_state *state, struct run_verb *verb, char *argument)
{
	if (!verb->job_file && is_job_file(state, argument)) {
		verb->job_file = argument;
		return;
	}
	verb->command = state->argv + state->next - 1;
	state->next = state->argc;
	if (verb->workload)
		argp_error(state, "give a COMMAND or --workload, not both");
}

static void take_workload(struct argp_state *state, struct run_verb *verb, const char *name)
{
	struct builtin builtin;
	char error[512];
	int code;

	if (strcmp(name, "list") == 0) {
		builtin_list(stdout);
		exit(EXIT_PASS);
	}
	code = builtin_find(name, &builtin, error, sizeof(error));

	if (code == -EINVAL)
		argp_error(state, "--workload: %s", error);
	if (code)
		argp_failure(state, EXIT_CANNOT_RUN, 0, "%s", error);
	verb->workload = name;
}

static void take_repeat(struct argp_state *state, struct run_verb *verb, const char *argument)
{
	char error[128];

	if (job_parse_repeat(argument, &verb->repeat, error, sizeof(error)))
		argp_error(state, "--repeat: %s", error);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct run_verb *verb = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		observe_inputs(&verb->observe, state);
		return 0;
	case 'W':
		take_workload(state, verb, argument);
		return 0;
	case KEY_USER:
		verb->observe.session.user = argument;
		return 0;
	case KEY_REPEAT:
		take_repeat(state, verb, argument);
		return 0;
	case ARGP_KEY_ARG:
		take_argument(state, verb, argument);
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (state->quoted)
			argp_error(state, "-- stands before nothing: which COMMAND?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{"workload", 'W', "NAME", 0, "a built-in program (default mixed); list: shows them all", 0},
	{"repeat", KEY_REPEAT, "N", 0,
		"run each variant N times, all of them once a round; FILE is then a folder", 1},
	{"user", KEY_USER, "NAME|UID[:GROUP|:GID]", 0,
		"run COMMAND as this user (default under sudo: who called it)", 3},
	{0}};

static struct argp argp = {options, parse, "[JOB.ini] [-- COMMAND...]",
	"Start COMMAND under its own allocator, or under the one that --allocator preloads; or a "
	"built-in workload, under hakmem. Observe it, record, then judge. "
	"What JOB.ini says, options override.\v"
	"Examples:\n"
	"  soak run                                     the Mixed workload for a minute under "
	"hakmem\n"
	"  soak run -d 30m -a jemalloc                  for half an hour under jemalloc\n"
	"  soak run -d 1h -- redis-server               any program, as it is\n"
	"  soak run -d 1h -a mimalloc -- redis-server   the same under mimalloc\n"
	"  soak run -a ./libmine.so -- ./server --port 7000\n"
	"  soak run -d 4h --stop-when-sure -- ./server  no longer than it takes\n"
	"  soak run -d 10m --set rss_drift=2 --set throughput_cv=off\n"
	"  soak run jobs/mixed-30m.ini                  a job that comes with soak\n"
	"  soak run mine.ini --repeat 5 -o results      five interleaved runs of each variant\n\n"
	"An interrupt ends the run in order and judges what there is; a second one ends it at "
	"once.\n"
	"The built-in workload runs for 60s unless --duration says otherwise.",
	NULL, NULL, NULL};

/* What was given as an option counts, whatever the job file says. */
static void override(struct run_verb *verb, struct job *job)
{
	const char *allocator = verb->observe.session.allocator;

	for (size_t v = 0; v < job->n; v++) {
		struct job_variant *variant = &job->variants[v];

		if (verb->observe.allocator_given) {
			variant->allocator = allocator ? allocator : "own";
			variant->where = NULL;
		}
		if (verb->command || verb->workload) {
			variant->command = verb->command;
			variant->workload = verb->workload;
		}
	}
	if (verb->repeat)
		job->repeat = verb->repeat;
}

static void use_one_variant(struct run_verb *verb, struct job *job)
{
	job->n = 1;
	job->variants[0].name[0] = '\0'; /* of a list's first allocator */
	override(verb, job);
}

static void begin(struct run_verb *verb)
{
	*verb = (struct run_verb){.job_file = NULL};
	observe_init(&verb->observe);
	if (geteuid() == 0)
		verb->observe.session.user = getenv("SUDO_USER");
}

int cmd_run(int argc, char **argv)
{
	struct run_verb verb;
	struct job job;
	char error[1024];
	int code = 0;

	begin(&verb);
	job_init(&job);
	argp.children = observe_children();
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &verb);
	if (verb.job_file) {
		const char *file = verb.job_file;

		/* once more, upon what the file says */
		begin(&verb);
		code = job_read(&job, file, &verb.observe, error, sizeof(error));
		if (!code)
			argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &verb);
	}
	if (!code && verb.job_file && !(verb.observe.allocator_given && job.is_list))
		override(&verb, &job);
	else if (!code)
		use_one_variant(&verb, &job);
	if (!code)
		job_settle(&job);
	if (!code)
		code = job_check(&job, error, sizeof(error));
	if (code) {
		fprintf(stderr, "soak: %s\n", error);
		job_release(&job);
		return exit_code_of_error(code);
	}
	code = job_run(&job, &verb.observe);
	job_release(&job);
	return code;
}
