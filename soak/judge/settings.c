/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is demanded: target values and their RULE=VALUE form. See judge.h. Called when options and
 * job files are read.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/excluded.h"
#include "soak/judge/rules.h"
#include "soak/judge/settings.h"

#define CONFIDENCE_DEFAULT 0.95
#define HORIZON_PCT 20.0 /* growth that is allowed over a horizon */

const struct judge_rule_info *judge_rule_info(enum rule rule)
{
	return &rule_table[rule].info;
}

void judge_settings_init(struct judge_settings *settings)
{
	*settings = (struct judge_settings){.confidence = CONFIDENCE_DEFAULT,
		.rate_without_ops = true,
		.return_within_s = 10.0,
		.return_from = "busy",
		.return_to = "idle"};
	for (int i = 0; i < RULE_COUNT; i++) {
		settings->target[i] = rule_table[i].info.default_target;
		settings->skip[i] = rule_table[i].info.optional;
	}
}

struct judge_target judge_settings_target(const struct judge_settings *settings, enum rule rule)
{
	const struct judge_rule_info *info = &rule_table[rule].info;
	struct judge_target target = {settings->target[rule], settings->unit[rule]};

	if (!target.unit.name[0] && info->growth == GROWTH_NONE)
		snprintf(target.unit.name, sizeof(target.unit.name), "%s", info->unit);
	else if (!target.unit.name[0] && settings->horizon_s > 0.0)
		target = (struct judge_target){settings->valued[rule] ? target.value : HORIZON_PCT,
			growth_unit_over(settings->horizon_s)};
	else if (!target.unit.name[0])
		growth_unit_parse(info->unit, info->growth == GROWTH_COUNTS, &target.unit);
	return target;
}

int judge_settings_set(struct judge_settings *settings, const char *assignment, struct text *error)
{
	struct rule_choice choice;
	int code = rule_choose(rule_table, RULE_COUNT, assignment, &choice, error);

	if (code)
		return code;
	settings->skip[choice.rule] = choice.off;
	settings->asked[choice.rule] = !choice.off;
	settings->given[choice.rule] = true;
	settings->unit[choice.rule] = choice.unit;
	settings->valued[choice.rule] = !choice.off && !choice.on;
	if (!choice.off)
		settings->target[choice.rule] = choice.value;
	else if (rule_table[choice.rule].info.without_ops)
		settings->rate_without_ops = false;
	return 0;
}

int judge_settings_allow_exit(struct judge_settings *settings, const char *statuses)
{
	bool allowed[256] = {false};

	for (const char *rest = statuses;; rest++) {
		char *end;
		long status = strtol(rest, &end, 10);

		if (end == rest || (*end && *end != ',') || status < 1 || status > 255)
			return -EINVAL;
		allowed[status] = true;
		rest = end;
		if (!*rest)
			break;
	}
	for (int s = 0; s < 256; s++)
		settings->allowed_exit[s] |= allowed[s];
	return 0;
}

void judge_settings_options(const struct judge_settings *settings, struct text *ret_options)
{
	scoped_text windows = {0};
	bool any = false;

	text_release(ret_options);
	for (int r = 0; r < RULE_COUNT; r++) {
		if (!settings->given[r])
			continue;
		text_item(ret_options, " ", "--set %s=", rule_table[r].info.name);
		if (settings->skip[r])
			text_add(ret_options, "off");
		else
			text_add(ret_options, "%g%s", settings->target[r], settings->unit[r].name);
	}
	for (int s = 0; s < 256; s++) {
		if (!settings->allowed_exit[s])
			continue;
		text_item(ret_options, any ? "," : " ", any ? "%d" : "--allow-exit %d", s);
		any = true;
	}
	if (settings->horizon_s > 0.0)
		text_item(ret_options, " ", "--horizon %gh", settings->horizon_s / 3600.0);
	if (settings->return_within_s != 10.0)
		text_item(ret_options, " ", "--return-within %gs", settings->return_within_s);
	if (strcmp(settings->return_from, "busy") != 0)
		text_item(ret_options, " ", "--return-from '%s'", settings->return_from);
	if (strcmp(settings->return_to, "idle") != 0)
		text_item(ret_options, " ", "--return-to '%s'", settings->return_to);
	judge_settings_excluded(settings, &windows);
	if (windows.length)
		text_item(ret_options, " ", "--exclude '%s'", text_of(&windows));
	if (settings->allocator_scope)
		text_item(ret_options, " ", "--budget-scope allocator");
}

int judge_settings_exclude(struct judge_settings *settings, const char *list, struct text *error)
{
	settings->exclude_given = true;
	if (strcmp(list, "none") == 0) {
		settings->nexclude = 0;
		return 0;
	}
	if (excluded_check(list, error))
		return -EINVAL;
	if (settings->nexclude == EXCLUDE_LISTS)
		return text_fail(
			error, -EINVAL, "more than %d lists of windows: use commas", EXCLUDE_LISTS);
	settings->exclude[settings->nexclude++] = list;
	return 0;
}

void judge_settings_excluded(const struct judge_settings *settings, struct text *ret_list)
{
	text_release(ret_list);
	for (size_t i = 0; i < settings->nexclude; i++)
		text_item(ret_list, ",", "%s", settings->exclude[i]);
}

int judge_settings_scope(struct judge_settings *settings, const char *scope)
{
	settings->allocator_scope = strcmp(scope, "allocator") == 0;
	return settings->allocator_scope || strcmp(scope, "target") == 0 ? 0 : -EINVAL;
}
