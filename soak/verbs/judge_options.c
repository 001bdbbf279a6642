/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the options that verbs which judge have in common: run, attach and check. */
#include <errno.h>
#include <string.h>

#include "soak/verbs/judge_options.h"

/* ---- rules and targets ----------------------------------------------------------------------- */

int judge_option_set(struct option_value given)
{
	return judge_settings_set(given.field, given.value, given.error);
}

static int set_profile(struct option_value given)
{
	return judge_settings_profile(given.field, given.value, given.error);
}

static int set_allowed_exit(struct option_value given)
{
	return judge_settings_allow_exit(given.field, given.value);
}

static int set_scope(struct option_value given)
{
	return judge_settings_scope(given.field, given.value);
}

int judge_option_exclude(struct option_value given)
{
	return judge_settings_exclude(given.field, given.value, given.error);
}

static const char *const scopes[] = {"target", "allocator", NULL};

const struct option_row judge_rows[] = {
	{"set", 0, "RULE=VALUE", "set the target of a rule; RULE=off switches the rule off", 0,
		judge_option_set, .values = VALUES_RULES},
	{"profile", 0, "NAME",
		"rules and targets for a kind of use: default, service, "
		"allocator, ci; --set overrides them",
		0, set_profile, .values = VALUES_PROFILES, .job = JOB_RULES},
	{"horizon", 0, "TIME",
		"judge growth over TIME, such as 30d: by 20 per cent of the memory, or by the "
		"value of --set if it has no unit",
		0, option_seconds, .field = offsetof(struct judge_settings, horizon_s),
		HORIZON_TIME, .job = JOB_RULES},
	{"allow-exit", 0, "STATUS,...",
		"exit statuses of the target that are not failures, besides 0", 0, set_allowed_exit,
		.expects = "a list of exit statuses from 1 to 255, as 3,75", .job = JOB_RULES},
	{"return-within", 0, "TIME",
		"how long memory may take to come back after work, for memory_return (default 10s)",
		0, option_seconds, .field = offsetof(struct judge_settings, return_within_s),
		.least = 1e6, .most = 86400e9, .expects = "a time; write 500ms, 10s or 5m",
		.job = JOB_RULES},
	{"return-from", 0, "MARK", "the mark where work begins (default busy)", 0, option_text,
		.field = offsetof(struct judge_settings, return_from), .job = JOB_RULES},
	{"return-to", 0, "MARK", "the mark where work ends (default idle)", 0, option_text,
		.field = offsetof(struct judge_settings, return_to), .job = JOB_RULES},
	{JUDGE_EXCLUDE, .job = JOB_RULES, .repeats = true},
	{"budget-scope", 0, "target|allocator",
		"whose calls syscall_budget counts: the target's (default) "
		"or only the allocator's",
		0, set_scope, .choices = scopes, .job = JOB_RULES},
	{0}};

/* ---- formats --------------------------------------------------------------------------------- */

static int set_format(struct option_value given)
{
	struct format_options *chosen = given.field;
	int f = 0;

	while (strcmp(report_formats[f].name, given.row->name) != 0)
		f++;
	if (chosen->given && chosen->format != (enum format)f)
		return text_fail(given.error, -EINVAL, "choose one format: --%s or --%s",
			report_formats[chosen->format].name, given.row->name);
	chosen->format = f;
	chosen->given = true;
	return 0;
}

static int set_inconclusive(struct option_value given)
{
	int choice, code = option_choice(option_into(given, &choice));

	if (!code)
		((struct format_options *)given.field)->inconclusive = INCONCLUSIVE_FAIL + choice;
	return code;
}

const struct option_row *format_rows(void)
{
	static const char *const counts_as[] = {[INCONCLUSIVE_FAIL - INCONCLUSIVE_FAIL] = "fail",
		[INCONCLUSIVE_PASS - INCONCLUSIVE_FAIL] = "pass",
		[INCONCLUSIVE_SKIP - INCONCLUSIVE_FAIL] = "skip",
		NULL};
	static struct option_row rows[FORMAT_COUNT + 2];

	for (int f = 0; f < FORMAT_COUNT; f++)
		rows[f] = (struct option_row){.name = report_formats[f].name,
			.help = report_formats[f].help,
			.set = set_format};
	rows[FORMAT_COUNT] = (struct option_row){.name = "inconclusive",
		.argument = "fail|pass|skip",
		.help = "treat INCONCLUSIVE as exit status 1, as 0, or as 0 and "
			"skipped in JUnit and TAP (default: exit status 3)",
		.set = set_inconclusive,
		.choices = counts_as};
	return rows;
}
