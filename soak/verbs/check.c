/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak check: judge recordings, as often as you like. */
#include <math.h>

#include "soak/verbs/judge_options.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"

struct check {
	struct judging judging;
	const char *files[JUDGED_MAX];
	size_t n;
	struct format_options format;
	bool margin_given;
};

/* Against a baseline only the budget keeps a meaning: a rate within it is not a regression. */
static void settle(struct argp_state *state, void *into)
{
	struct check *check = into;
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
			argp_error(state, "--set %s does not apply with --baseline: use --margin",
				judge_rule_info(r)->name);
		settings->skip[r] = false;
	}
	regression->calls_enough = settings->target[RULE_SYSCALL_BUDGET];
	regression->allocator_scope = settings->allocator_scope;
}

static void take_run(struct argp_state *state, void *into, char *argument)
{
	struct check *check = into;

	if (check->n == JUDGED_MAX)
		argp_error(state, "at most %d runs at once", JUDGED_MAX);
	check->files[check->n++] = argument;
}

static int set_margin(struct option_value given)
{
	struct check *check = given.field;

	check->margin_given = true;
	return regression_settings_set(&check->judging.regression, given.value, given.error);
}

static const struct option_row check_rows[] = {
	{"warmup", 'w', "TIME|auto", "leave out the first TIME (default: as recorded)", 0,
		option_warmup, offsetof(struct check, judging.warmup_s),
		.expects = OPTION_WARMUP_EXPECTS},
	{"baseline", 0, "RUN",
		"judge whether anything became worse than in RUN, instead of "
		"the absolute targets",
		0, option_text, offsetof(struct check, judging.baseline), .values = VALUES_FILES},
	{"margin", 0, "RULE=PERCENT",
		"how much worse each figure may be: calls_per_op=10, rss_level=5, rss_growth=5, "
		"fault_rate=10, throughput=5; RULE=off does not compare it",
		0, set_margin},
	{0}};

static const struct option_set options[] = {{.rows = check_rows},
	{.rows = judge_rows, .base = offsetof(struct check, judging.settings)},
	{.make = format_rows,
		.base = offsetof(struct check, format),
		.group = 1,
		.heading = "Formats:"},
	{0}};

static int cmd_check(int argc, char **argv)
{
	struct check check = {.judging.warmup_s = NAN};

	judge_settings_init(&check.judging.settings);
	regression_settings_init(&check.judging.regression);
	verb_parse(&verb_check, argc, argv, &check);
	check.judging.format = check.format.format;
	check.judging.inconclusive = check.format.inconclusive;
	return judge_and_print(check.files, check.n, &check.judging);
}

const struct verb verb_check = {.name = "check",
	.does = "judge a recording",
	.arguments = "RUN...",
	.doc = "Judge recordings: finished, still growing, or left behind "
	       "by a soak that was killed. The default profile is the one "
	       "that the run was recorded with.",
	.after = "Examples:\n"
		 "  soak check run.soak\n"
		 "  soak check run.soak --json | jq .verdict\n"
		 "  soak check run.soak --set rss_drift=2 --warmup 5m\n"
		 "  soak check run.soak --exclude deploy..deployed,10m..11m\n"
		 "  soak check run.soak --junit >soak.xml\n"
		 "  soak check *.soak --markdown >>$GITHUB_STEP_SUMMARY\n"
		 "  soak check run.soak --profile service --inconclusive=skip\n"
		 "  soak check run.soak --baseline main.soak --margin throughput=3\n\n"
		 "Exit status: 0 pass, 1 a target was missed, 3 inconclusive; "
		 "for several runs the worst of these.",
	.options = options,
	.argument = take_run,
	.required = true,
	.end = settle,
	.run = cmd_check};
