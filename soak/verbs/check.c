/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak check: judge a recording, as often as you like. */
#include <argp.h>
#include <math.h>

#include "soak/verbs/duration.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

enum { KEY_SET = 256, KEY_JSON, KEY_SCOPE };

struct check {
	struct judge_settings settings;
	double warmup_s;
	const char *file;
	bool json;
};

static const struct argp_option options[] = {
	{"set", KEY_SET, "RULE=VALUE", 0, "another target for a rule; RULE=off does not judge it",
		0},
	{"budget-scope", KEY_SCOPE, "target|allocator", 0,
		"whose calls syscall_budget judges (default target); allocator: its own alone, if "
		"it counts them",
		0},
	{"warmup", 'w', "TIME|auto", 0, "judge what comes after TIME (default: as recorded)", 0},
	{"json", KEY_JSON, NULL, 0, "one JSON object", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct check *check = state->input;
	char error[256];

	switch (key) {
	case KEY_SET:
		if (judge_settings_set(&check->settings, argument, error, sizeof(error)))
			argp_error(state, "--set: %s", error);
		return 0;
	case KEY_SCOPE:
		if (judge_settings_scope(&check->settings, argument))
			argp_error(state, "--budget-scope: choose target or allocator, not %s",
				argument);
		return 0;
	case 'w':
		if (duration_parse_warmup(argument, &check->warmup_s))
			argp_error(
				state, "--warmup: %s is no time; write 90s, 10m or auto", argument);
		return 0;
	case KEY_JSON:
		check->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (check->file)
			argp_error(state, "one RUN, please");
		check->file = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "RUN",
	"Judge a recording: finished, growing, or left behind by a soak that was killed.\v"
	"Examples:\n"
	"  soak check run.soak\n"
	"  soak check run.soak --json | jq .verdict\n"
	"  soak check run.soak --set rss_drift=2 --warmup 5m\n\n"
	"Exit status: 0 pass, 1 a target was missed, 3 inconclusive.",
	NULL, NULL, NULL};

int cmd_check(int argc, char **argv)
{
	struct check check = {.warmup_s = NAN};

	judge_settings_init(&check.settings);
	argp_parse(&argp, argc, argv, 0, NULL, &check);
	return judge_and_print(check.file, check.warmup_s, &check.settings, check.json);
}
