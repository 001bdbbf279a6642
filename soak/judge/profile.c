/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of profiles: see profile.h. Called when options are read. */
#include <errno.h>
#include <string.h>

#include "soak/judge/profile.h"
#include "soak/judge/rules.h"
#include "soak/words/choice.h"

static const struct profile profiles[] = {
	{.name = "default", .help = "every rule by its default target"},
	{.name = "service",
		.help = "a server: memory, calls per second, its end; its pace is its clients'",
		.rules = {[RULE_SYSCALL_BUDGET] = {PROFILE_OFF, 0},
			[RULE_SYSCALL_RATE] = {PROFILE_ON, 100},
			[RULE_FAULT_GROWTH] = {PROFILE_OFF, 0},
			[RULE_THROUGHPUT_DROP] = {PROFILE_OFF, 0},
			[RULE_THROUGHPUT_CV] = {PROFILE_OFF, 0}}},
	{.name = "allocator",
		.help = "an allocator under test: every rule, and nothing may be left out",
		.rules = {[RULE_SYSCALL_BUDGET] = {PROFILE_REQUIRED, 1e-8},
			[RULE_RSS_DRIFT] = {PROFILE_REQUIRED, 5},
			[RULE_RSS_MONOTONIC] = {PROFILE_REQUIRED, 60},
			[RULE_MEMORY_DRIFT] = {PROFILE_REQUIRED, 5},
			[RULE_FAULT_GROWTH] = {PROFILE_REQUIRED, 10},
			[RULE_THROUGHPUT_DROP] = {PROFILE_REQUIRED, 5},
			[RULE_THROUGHPUT_CV] = {PROFILE_REQUIRED, 2},
			[RULE_CROSSCHECK] = {PROFILE_REQUIRED, 0},
			[RULE_CHURN_BUDGET] = {PROFILE_REQUIRED, 1e-8},
			[RULE_SYSCALL_RATE] = {PROFILE_OFF, 0},
			[RULE_TARGET_EXIT] = {PROFILE_REQUIRED, 0}}},
	{.name = "ci",
		.help = "a minute on a shared machine: gross changes only",
		.rules = {[RULE_SYSCALL_BUDGET] = {PROFILE_ON, 1e-6},
			[RULE_RSS_DRIFT] = {PROFILE_ON, 100},
			[RULE_MEMORY_DRIFT] = {PROFILE_ON, 100},
			[RULE_FAULT_GROWTH] = {PROFILE_ON, 50},
			[RULE_THROUGHPUT_DROP] = {PROFILE_ON, 10},
			[RULE_THROUGHPUT_CV] = {PROFILE_OFF, 0}}},
};

#define PROFILES (sizeof(profiles) / sizeof(*profiles))

const struct profile *profile_at(size_t place)
{
	return place < PROFILES ? &profiles[place] : NULL;
}

const struct profile *profile_find(const char *name)
{
	for (size_t p = 0; p < PROFILES; p++)
		if (strcmp(profiles[p].name, name) == 0)
			return &profiles[p];
	return NULL;
}

static void apply(struct judge_settings *settings, const struct profile *profile, int rule)
{
	enum profile_mode mode = profile->rules[rule].mode;
	const struct judge_rule_info *info = &rule_table[rule].info;

	settings->skip[rule] =
		mode == PROFILE_OFF || (mode == PROFILE_AS_DEFAULT && info->optional);
	settings->asked[rule] = mode == PROFILE_REQUIRED;
	settings->target[rule] = mode == PROFILE_AS_DEFAULT || mode == PROFILE_OFF
					 ? info->default_target
					 : profile->rules[rule].target;
	settings->unit[rule].name[0] = 0;
	if (info->without_ops)
		settings->rate_without_ops = mode == PROFILE_AS_DEFAULT;
}

int judge_settings_profile(struct judge_settings *settings, const char *name, struct text *error)
{
	const struct profile *profile = profile_find(name);
	const char *names[PROFILES + 1] = {NULL};

	if (profile) {
		for (int r = 0; r < RULE_COUNT; r++)
			if (!settings->given[r])
				apply(settings, profile, r);
		settings->profile = profile->name;
		return 0;
	}
	for (size_t p = 0; p < PROFILES; p++)
		names[p] = profiles[p].name;
	choice_unknown(error, "profile", name, names, NULL);
	return -EINVAL;
}
