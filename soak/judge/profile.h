/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Profiles: which rules are judged, by which targets, for a kind of use.
 *
 * A profile never changes how a rule computes. It switches rules on and off and sets targets, as
 * --set would; --set overrides it. docs/judging.md gives the reasons for each profile.
 */
#ifndef SOAK_JUDGE_PROFILE_H
#define SOAK_JUDGE_PROFILE_H

#include "soak/judge/judge.h"

enum profile_mode {
	PROFILE_AS_DEFAULT, /* as without a profile; so is the target */
	PROFILE_OFF,
	PROFILE_ON,       /* NOT JUDGED if data that it needs was left out */
	PROFILE_REQUIRED, /* INCONCLUSIVE if data that it needs was left out */
};

struct profile {
	const char *name, *help;
	struct {
		enum profile_mode mode;
		double target;
	} rules[RULE_COUNT];
};

/* By place, from 0; NULL beyond the last. The first is "default". */
const struct profile *profile_at(size_t place);

/* NULL: there is none of this name. */
const struct profile *profile_find(const char *name);

#endif
