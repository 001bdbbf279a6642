/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak attach: observe a process that already runs; it goes on unharmed. */
#include <argp.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/verbs.h"

static void parse_pid(struct argp_state *state, const char *text, pid_t *ret_pid)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*ret_pid > 0)
		argp_error(state, "one PID, please: its children are observed with it");
	if (*end || pid <= 0 || pid > INT_MAX)
		argp_error(state, "'%s' is no process id", text);
	if (pid == getpid())
		argp_error(state, "a soak that observes itself would never settle");
	if (!procfs_alive(pid))
		argp_failure(state, EXIT_USAGE, 0, "there is no process %s, or it has ended", text);
	*ret_pid = pid;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct observe *observe = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		observe_inputs(observe, state);
		return 0;
	case ARGP_KEY_ARG:
		parse_pid(state, argument, &observe->session.attach);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct argp argp = {NULL, parse, "PID",
	"Observe a process that already runs, with its children and all that it starts; leave "
	"it running.\v"
	"Examples:\n"
	"  soak attach 1234 --duration 30m\n"
	"  soak attach $(pidof -s redis-server) -d 10m -o redis.soak\n\n"
	"Ops are counted if the process publishes them (soakops.h) or was started with "
	"libsoakops.so\n"
	"preloaded. --allocator only names the allocator in the recording.",
	NULL, NULL, NULL};

int cmd_attach(int argc, char **argv)
{
	struct observe observe;

	observe_init(&observe);
	argp.children = observe_children();
	argp_parse(&argp, argc, argv, 0, NULL, &observe);
	return observe_run(&observe);
}
