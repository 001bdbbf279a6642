/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak run: start a program, observe it, judge it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/verbs/job.h"
#include "soak/verbs/quantity.h"
#include "soak/verbs/verbs.h"

static bool is_job_file(const struct argp_state *state, const char *argument)
{
	size_t length = strlen(argument);
	bool quoted = state->quoted && state->next > state->quoted;

	return !quoted && length > 4 && strcmp(argument + length - 4, ".ini") == 0;
}

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct observe *observe = into;

	if (!observe->job_file && is_job_file(state, argument)) {
		observe->job_file = argument;
		return;
	}
	observe->session.command = state->argv + state->next - 1;
	state->next = state->argc;
	if (observe->session.workload)
		argp_error(state, "give a COMMAND or --workload, not both");
}

static void end(struct argp_state *state, void *into)
{
	const struct observe *observe = into;

	if (state->quoted && !observe->session.command)
		argp_error(state, "missing COMMAND after --");
}

static int set_workload(struct option_value given)
{
	struct builtin builtin;
	int code;

	if (strcmp(given.value, "list") == 0) {
		builtin_list(stdout);
		exit(EXIT_PASS);
	}
	code = builtin_find(given.value, &builtin, given.error);
	return code ? code : option_text(given);
}

/* Bytes between two sampled allocations. */
static int set_sampling(struct option_value given)
{
	double bytes = 512 * 1024;
	const struct option_row *row = given.row;

	if (given.value &&
		(quantity_parse(given.value, &bytes) || bytes < row->least || bytes > row->most))
		return -EINVAL;
	*(uint64_t *)given.field = (uint64_t)bytes;
	return 0;
}

#define FIELD(name) .field = offsetof(struct observe, name)

static const struct option_row run_rows[] = {
	{"workload", 'W', "NAME", "run a built-in program (default mixed); list shows all", 0,
		set_workload, FIELD(session.workload), .values = VALUES_WORKLOADS},
	{"heap-sampling", 0, "BYTES",
		"find who holds the live heap: sample an allocation in every BYTES (default "
		"512KiB) with its call stack; soak audit --by site shows them",
		3, set_sampling, FIELD(session.heap_sampling), .least = 1024, .most = 1e12,
		.expects = "a number of bytes from 1KiB to 1TB, as 512KiB", .job = JOB_RUN,
		.optional = true},
	{"repeat", 0, "N",
		"run N rounds, each variant once per round; FILE is then a "
		"folder",
		1, option_count, FIELD(repeat), .least = 1, .most = JOB_REPEAT_MAX,
		.expects = "a whole number from 1 to 1000", .job = JOB_RUN},
	{"user", 0, "NAME|UID[:GROUP|:GID]",
		"run COMMAND as this user (default under sudo: the user who "
		"called sudo)",
		3, option_text, FIELD(session.user), .job = JOB_TARGET},
	{0}};

const struct option_set run_options[] = {OBSERVE_OPTIONS(0), {.rows = run_rows}, {0}};

/* What was given as an option counts, whatever the job file says. */
static void override(const struct observe *observe, struct job *job)
{
	for (size_t v = 0; v < job->n; v++) {
		struct job_variant *variant = &job->variants[v];

		if (observe->allocator) {
			variant->allocator = observe->allocator;
			variant->where = NULL;
		}
		if (observe->session.command || observe->session.workload) {
			variant->command = observe->session.command;
			variant->workload = observe->session.workload;
		}
	}
}

static void use_one_variant(const struct observe *observe, struct job *job)
{
	job->n = 1;
	job->variants[0].name[0] = '\0'; /* of a list's first allocator */
	override(observe, job);
}

static void begin(struct observe *observe)
{
	observe_init(observe);
	if (geteuid() == 0)
		observe->session.user = getenv("SUDO_USER");
}

static int cmd_run(int argc, char **argv)
{
	struct observe observe;
	struct job job;
	scoped_text error = {0};
	int code = 0;

	begin(&observe);
	job_init(&job);
	verb_parse(&verb_run, argc, argv, &observe);
	if (observe.job_file) {
		const char *file = observe.job_file;

		/* once more, upon what the file says */
		begin(&observe);
		code = job_read(&job, file, &observe, &error);
		if (!code)
			verb_parse(&verb_run, argc, argv, &observe);
	}
	if (!code && observe.job_file && !(observe.allocator && job.is_list))
		override(&observe, &job);
	else if (!code)
		use_one_variant(&observe, &job);
	if (!code)
		job_settle(&job);
	if (!code)
		code = job_check(&job, &error);
	if (code) {
		fprintf(stderr, "soak: %s\n", text_of(&error));
		job_release(&job);
		return exit_code_of_error(code);
	}
	code = job_show(&job, &observe);
	job_release(&job);
	return code;
}

const struct verb verb_run = {.name = "run",
	.does = "start a program, observe, record and judge it",
	.arguments = "[JOB.ini] [-- COMMAND...]",
	.doc = "Start COMMAND under its own allocator, or under the one "
	       "that --allocator preloads. Without COMMAND, start a "
	       "built-in workload under hakmem. Observe the program, record "
	       "the run, then judge it. Options override JOB.ini.",
	.after = "Examples:\n"
		 "  soak run                                     the Mixed workload for a "
		 "minute\n"
		 "  soak run -d 30m -a jemalloc                  for half an hour under "
		 "jemalloc\n"
		 "  soak run -d 1h -- redis-server               any program, unchanged\n"
		 "  soak run -d 1h -a mimalloc -- redis-server   the same under mimalloc\n"
		 "  soak run -a ./libmine.so -- ./server --port 7000\n"
		 "  soak run -d 4h --stop-when-sure -- ./server  until the verdict is sure\n"
		 "  soak run -d 10m --set rss_drift=2 --set throughput_cv=off\n"
		 "  soak run jobs/mixed-30m.ini                  a job that comes with soak\n"
		 "  soak run mine.ini --repeat 5 -o results      five rounds of each "
		 "variant\n\n"
		 "An interrupt ends the run and judges the data so far; a "
		 "second one kills the target at once.\n"
		 "The built-in workload runs for 60s unless --duration says otherwise.",
	.options = run_options,
	.flags = ARGP_IN_ORDER,
	.argument = take_argument,
	.end = end,
	.run = cmd_run};
