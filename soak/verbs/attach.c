/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak attach: observe processes that already run; they go on unharmed. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soak/verbs/attach_targets.h"
#include "soak/verbs/observe.h"
#include "soak/verbs/verbs.h"

struct attach {
	struct observe observe;
	struct attach_targets targets;
};

static const struct argp_option options[] = {
	{"unit", 'u', "NAME", 0, "all processes of this systemd unit (or control group)", 0}, {0}};

static void add(struct argp_state *state, const char *text,
	int (*find)(struct attach_targets *targets, const char *text, char *error, size_t size))
{
	struct attach *attach = state->input;
	char error[512];
	int code = find(&attach->targets, text, error, sizeof(error));

	if (code == -EINVAL)
		argp_error(state, "%s", error);
	else if (code)
		argp_failure(state, EXIT_USAGE, 0, "%s", error);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct attach *attach = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		observe_inputs(&attach->observe, state);
		return 0;
	case 'u':
		add(state, argument, attach_targets_unit);
		return 0;
	case ARGP_KEY_ARG:
		add(state, argument,
			isdigit((unsigned char)argument[0]) ? attach_targets_pid
							    : attach_targets_name);
		return 0;
	case ARGP_KEY_END:
		if (!attach->targets.count)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct argp argp = {options, parse, "PID|NAME...",
	"Observe processes that already run, with their children and all that they start; leave "
	"them running.\v"
	"Examples:\n"
	"  soak attach 1234 --duration 30m\n"
	"  soak attach redis-server -d 10m -o redis.soak\n"
	"  soak attach --unit nginx -d 1h\n\n"
	"NAME is that of the program file or of the process. Of several with that name, the one "
	"above\n"
	"all others is meant; else give PIDs. Several are observed together, as one target.\n"
	"Ops are counted if the one process publishes them (soakops.h) or was started with\n"
	"libsoakops.so preloaded. --allocator only names the allocator in the recording.",
	NULL, NULL, NULL};

/* A file's name of what a process is called: that may hold anything. */
static void name_output(struct attach *attach)
{
	struct observe *observe = &attach->observe;
	char name[sizeof(attach->targets.name)];

	snprintf(name, sizeof(name), "%.64s", attach->targets.name);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
	observe_name(observe->output, sizeof(observe->output), name, ".soak");
	observe->session.output = observe->output;
}

int cmd_attach(int argc, char **argv)
{
	struct attach attach = {0};
	struct session_options *session = &attach.observe.session;
	int code;

	observe_init(&attach.observe);
	argp.children = observe_children();
	argp_parse(&argp, argc, argv, 0, NULL, &attach);
	session->attach = attach.targets.pids[0];
	session->attach_all = attach.targets.pids;
	session->attach_count = attach.targets.count;
	session->attach_name = attach.targets.name;
	if (!session->output)
		name_output(&attach);
	code = observe_run(&attach.observe);
	free(attach.targets.pids);
	return code;
}
