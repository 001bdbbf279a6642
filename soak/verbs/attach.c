/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak attach: observe processes that already run; they go on unharmed. */
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

static int set_unit(struct option_value given)
{
	return attach_targets_unit(given.field, given.value, given.error);
}

static void take_argument(struct argp_state *state, void *into, char *argument)
{
	struct attach *attach = into;
	scoped_text error = {0};
	int code = isdigit((unsigned char)argument[0])
			   ? attach_targets_pid(&attach->targets, argument, &error)
			   : attach_targets_name(&attach->targets, argument, &error);

	if (code == -EINVAL)
		argp_error(state, "%s", text_of(&error));
	else if (code)
		argp_failure(state, EXIT_USAGE, 0, "%s", text_of(&error));
}

static void end(struct argp_state *state, void *into)
{
	const struct attach *attach = into;

	if (!attach->targets.count)
		argp_error(state, "missing PID, NAME or --unit");
}

static const struct option_row attach_rows[] = {
	{"unit", 'u', "NAME", "all processes of this systemd unit (or control group)", 0, set_unit,
		offsetof(struct attach, targets)},
	{0}};

static const struct option_set options[] = {
	{.rows = attach_rows}, OBSERVE_OPTIONS(offsetof(struct attach, observe)), {0}};

/* A file's name of what a process is called: that may hold anything. */
static void name_output(struct attach *attach)
{
	struct observe *observe = &attach->observe;
	char name[65];

	snprintf(name, sizeof(name), "%s", text_of(&attach->targets.name));
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
	observe_name(observe->output, sizeof(observe->output), name, ".soak");
	observe->session.output = observe->output;
}

static int cmd_attach(int argc, char **argv)
{
	struct attach attach = {0};
	struct session_options *session = &attach.observe.session;
	int code;

	observe_init(&attach.observe);
	verb_parse(&verb_attach, argc, argv, &attach);
	if (attach.observe.allocator && strcmp(attach.observe.allocator, "own") != 0)
		session->allocator = attach.observe.allocator;
	session->attach = attach.targets.pids[0];
	session->attach_all = attach.targets.pids;
	session->attach_count = attach.targets.count;
	session->attach_name = text_of(&attach.targets.name);
	if (!session->output)
		name_output(&attach);
	code = observe_run(&attach.observe);
	free(attach.targets.pids);
	text_release(&attach.targets.name);
	return code;
}

const struct verb verb_attach = {.name = "attach",
	.does = "the same for a running process",
	.arguments = "PID|NAME...",
	.doc = "Observe running processes, with their children and "
	       "everything that they start. The processes keep running.",
	.after = "Examples:\n"
		 "  soak attach 1234 --duration 30m\n"
		 "  soak attach redis-server -d 10m -o redis.soak\n"
		 "  soak attach --unit nginx -d 1h\n\n"
		 "NAME is the name of the program file or of the process. If "
		 "several processes\nhave that name, soak takes the one that "
		 "is the ancestor of the others;\notherwise give PIDs. "
		 "Several processes are observed together, as one "
		 "target.\nOps are counted if the target is one process that "
		 "publishes them (soakops.h) or\nwas started with "
		 "libsoakops.so preloaded. --allocator only names the "
		 "allocator\nin the recording.",
	.options = options,
	.argument = take_argument,
	.takes_no_files = true,
	.end = end,
	.run = cmd_attach};
