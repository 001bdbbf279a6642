/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak check: judge recordings, as often as you like. */
#include <argp.h>
#include <math.h>

#include "soak/verbs/duration.h"
#include "soak/verbs/format_options.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

enum { KEY_SET = 256, KEY_SCOPE, KEY_BASELINE, KEY_MARGIN, KEY_PROFILE, KEY_EXIT };

struct check {
	struct judging judging;
	const char *files[JUDGED_MAX];
	size_t n;
	struct format_options format;
	bool margin_given;
};

static const struct argp_option options[] = {
	{"set", KEY_SET, "RULE=VALUE", 0, "another target for a rule; RULE=off does not judge it",
		0},
	{"profile", KEY_PROFILE, "NAME", 0,
		"rules and targets for a kind of use: default, service, allocator, ci (default: as "
		"recorded); --set overrides",
		0},
	{"allow-exit", KEY_EXIT, "STATUS,...", 0,
		"exit statuses of the target that are no failure, beside 0", 0},
	{"budget-scope", KEY_SCOPE, "target|allocator", 0,
		"whose calls syscall_budget judges (default target); allocator: its own alone", 0},
	{"warmup", 'w', "TIME|auto", 0, "judge what comes after TIME (default: as recorded)", 0},
	{"baseline", KEY_BASELINE, "RUN", 0,
		"judge whether something became worse than in RUN, instead of absolute figures", 0},
	{"margin", KEY_MARGIN, "RULE=PERCENT", 0,
		"how much worse it may be: calls_per_op=10, rss_level=5, rss_growth=5, "
		"fault_rate=10, throughput=5; RULE=off does not compare it",
		0},
	{0}};

/* Against a baseline the budget alone keeps a meaning: what is within it is no regression. */
static void settle(struct argp_state *state, struct check *check)
{
	struct judge_settings *settings = &check->judging.settings;
	struct regression_settings *regression = &check->judging.regression;

	if (!check->judging.baseline) {
		if (check->margin_given)
			argp_error(state, "--margin needs --baseline RUN");
		return;
	}
	if (!settings->profile)
		settings->profile = "default";
	for (int r = 0; r < RULE_COUNT; r++) {
		if (!judge_rule_info(r)->with_baseline && settings->given[r])
			argp_error(state,
				"--set %s is for a run by itself; with --baseline: --margin",
				judge_rule_info(r)->name);
		settings->skip[r] = false;
	}
	regression->calls_enough = settings->target[RULE_SYSCALL_BUDGET];
	regression->allocator_scope = settings->allocator_scope;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct check *check = state->input;
	char error[CHOICE_TEXT];

	switch (key) {
	case KEY_SET:
		if (judge_settings_set(&check->judging.settings, argument, error, sizeof(error)))
			argp_error(state, "--set: %s", error);
		return 0;
	case KEY_SCOPE:
		if (judge_settings_scope(&check->judging.settings, argument))
			argp_error(state, "--budget-scope: choose target or allocator, not %s",
				argument);
		return 0;
	case KEY_PROFILE:
		if (judge_settings_profile(
			    &check->judging.settings, argument, error, sizeof(error)))
			argp_error(state, "--profile: %s", error);
		return 0;
	case KEY_EXIT:
		if (judge_settings_allow_exit(&check->judging.settings, argument))
			argp_error(state,
				"--allow-exit: %s is no list of exit statuses from 1 to 255, as "
				"3,75",
				argument);
		return 0;
	case KEY_BASELINE:
		check->judging.baseline = argument;
		return 0;
	case KEY_MARGIN:
		check->margin_given = true;
		if (regression_settings_set(
			    &check->judging.regression, argument, error, sizeof(error)))
			argp_error(state, "--margin: %s", error);
		return 0;
	case ARGP_KEY_SUCCESS:
		settle(state, check);
		return 0;
	case 'w':
		if (duration_parse_warmup(argument, &check->judging.warmup_s))
			argp_error(
				state, "--warmup: %s is no time; write 90s, 10m or auto", argument);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &check->format;
		return 0;
	case ARGP_KEY_ARG:
		if (check->n == JUDGED_MAX)
			argp_error(state, "%d runs at once, no more", JUDGED_MAX);
		check->files[check->n++] = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] =
	"Judge recordings: finished, growing, or left behind by a soak that was killed.\v"
	"Examples:\n"
	"  soak check run.soak\n"
	"  soak check run.soak --json | jq .verdict\n"
	"  soak check run.soak --set rss_drift=2 --warmup 5m\n"
	"  soak check run.soak --junit >soak.xml\n"
	"  soak check *.soak --markdown >>$GITHUB_STEP_SUMMARY\n"
	"  soak check run.soak --profile service --inconclusive=skip\n"
	"  soak check run.soak --baseline main.soak --margin throughput=3\n\n"
	"Exit status: 0 pass, 1 a target was missed, 3 inconclusive; of several runs the worst.";

int cmd_check(int argc, char **argv)
{
	const struct argp_child children[] = {{format_options(), 0, "Formats:", 0}, {0}};
	const struct argp argp = {options, parse, "RUN...", doc, children, NULL, NULL};
	struct check check = {.judging.warmup_s = NAN};

	judge_settings_init(&check.judging.settings);
	regression_settings_init(&check.judging.regression);
	argp_parse(&argp, argc, argv, 0, NULL, &check);
	check.judging.format = check.format.format;
	check.judging.inconclusive = check.format.inconclusive;
	return judge_and_print(check.files, check.n, &check.judging);
}
