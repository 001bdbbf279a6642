/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is demanded: target values and their RULE=VALUE form. See judge.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/rules.h"
#include "soak/judge/settings.h"
#include "soak/words/choice.h"

#define CONFIDENCE_DEFAULT 0.95

const struct judge_rule_info *judge_rule_info(enum rule rule)
{
	return &rule_table[rule].info;
}

void judge_settings_init(struct judge_settings *settings)
{
	*settings =
		(struct judge_settings){.confidence = CONFIDENCE_DEFAULT, .rate_without_ops = true};
	for (int i = 0; i < RULE_COUNT; i++) {
		settings->target[i] = rule_table[i].info.default_target;
		settings->skip[i] = rule_table[i].info.optional;
	}
}

static int find_rule(const char *name, size_t length)
{
	for (int i = 0; i < RULE_COUNT; i++) {
		const char *known = rule_table[i].info.name;

		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return i;
	}
	return -1;
}

static void say_unknown_rule(const char *name, size_t length, char *error, size_t error_size)
{
	const char *names[RULE_COUNT + 1] = {NULL};
	char word[64];

	for (int i = 0; i < RULE_COUNT; i++)
		names[i] = rule_table[i].info.name;
	snprintf(word, sizeof(word), "%.*s", (int)length, name);
	choice_unknown(error, error_size, "rule", word, names, NULL);
}

int judge_settings_set(
	struct judge_settings *settings, const char *assignment, char *error, size_t error_size)
{
	const char *equals = strchr(assignment, '=');
	size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment);
	int rule = find_rule(assignment, length);
	double value;
	char *end;

	if (rule < 0) {
		say_unknown_rule(assignment, length, error, error_size);
		return -EINVAL;
	}
	if (equals && strcmp(equals + 1, "off") == 0) {
		settings->skip[rule] = settings->given[rule] = true;
		settings->asked[rule] = false;
		if (rule == RULE_SYSCALL_RATE)
			settings->rate_without_ops = false;
		return 0;
	}
	if (equals && strcmp(equals + 1, "on") == 0) {
		settings->asked[rule] = settings->given[rule] = true;
		settings->target[rule] = rule_table[rule].info.default_target;
		settings->skip[rule] = false;
		return 0;
	}
	value = equals ? strtod(equals + 1, &end) : NAN;
	if (!equals || end == equals + 1 || *end != '\0' || !isfinite(value) || value < 0.0) {
		snprintf(error, error_size,
			"\"%s\" should be %s=VALUE with a number >= 0 in %s "
			"(default %g), %s=on or %s=off",
			assignment, rule_table[rule].info.name, rule_table[rule].info.unit,
			rule_table[rule].info.default_target, rule_table[rule].info.name,
			rule_table[rule].info.name);
		return -EINVAL;
	}
	settings->target[rule] = value;
	settings->asked[rule] = settings->given[rule] = true;
	settings->skip[rule] = false;
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

void judge_settings_options(const struct judge_settings *settings, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");
	bool any = false;

	text[0] = 0;
	if (!out)
		return;
	for (int r = 0; r < RULE_COUNT; r++) {
		if (!settings->given[r])
			continue;
		fprintf(out, " --set %s=", rule_table[r].info.name);
		if (settings->skip[r])
			fputs("off", out);
		else
			fprintf(out, "%g", settings->target[r]);
	}
	for (int s = 0; s < 256; s++) {
		if (!settings->allowed_exit[s])
			continue;
		fprintf(out, "%s%d", any ? "," : " --allow-exit ", s);
		any = true;
	}
	if (settings->allocator_scope)
		fputs(" --budget-scope allocator", out);
	fclose(out);
	memmove(text, text + (text[0] == ' '), strlen(text + (text[0] == ' ')) + 1);
}

int judge_settings_scope(struct judge_settings *settings, const char *scope)
{
	settings->allocator_scope = strcmp(scope, "allocator") == 0;
	return settings->allocator_scope || strcmp(scope, "target") == 0 ? 0 : -EINVAL;
}
