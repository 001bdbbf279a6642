/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a judgement: rules, targets, and how both are set. */
#ifndef SOAK_JUDGE_SETTINGS_H
#define SOAK_JUDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/growth_unit.h"
#include "soak/words/text.h"

enum rule {
	RULE_SYSCALL_BUDGET,
	RULE_RSS_DRIFT,
	RULE_RSS_MONOTONIC,
	RULE_MEMORY_DRIFT,
	RULE_FAULT_GROWTH,
	RULE_THROUGHPUT_DROP,
	RULE_THROUGHPUT_CV,
	RULE_CROSSCHECK,
	RULE_CHURN_BUDGET,
	RULE_SYSCALL_RATE,
	RULE_TARGET_EXIT,
	RULE_PEAK_RSS,
	RULE_OPEN_FDS,
	RULE_THREADS,
	RULE_MAPPINGS,
	RULE_MEMORY_RETURN,
	RULE_COUNT
};

/* The kind of a rule's figure. */
enum rule_kind {
	RULE_INTERVAL,
	RULE_SHARE,        /* no interval: its error cannot be divided among looks */
	RULE_COUNT_AT_END, /* of two sources, compared when the run is over */
	RULE_END,          /* how the target ended; says nothing about memory, calls or pace */
};

/* Is the target a growth, so that it may be set in other units than the rule's own? */
enum rule_growth { GROWTH_NONE, GROWTH_BYTES, GROWTH_COUNTS };

struct judge_rule_info {
	const char *name; /* "syscall_budget" */
	const char *unit; /* "calls/op" */
	double default_target;
	const char *help;
	enum rule_kind kind;
	enum rule_growth growth;
	bool optional;      /* judged only if asked for */
	bool without_ops;   /* or where there are no ops, in place of syscall_budget */
	bool detectable;    /* reports the smallest change that it would have detected */
	bool with_baseline; /* its target keeps its meaning against a baseline */
	const char *wrong;  /* what is wrong if it fails, for a reader who does not know it */
};

const struct judge_rule_info *judge_rule_info(enum rule rule);

#define EXCLUDE_LISTS 16

struct judge_settings {
	double target[RULE_COUNT];           /* in the rule's unit; see judge_rule_info() */
	struct growth_unit unit[RULE_COUNT]; /* without a name: the rule's own */
	bool valued[RULE_COUNT];             /* the target was given as a number, not by "on" */
	bool skip[RULE_COUNT];
	bool asked[RULE_COUNT]; /* by name: judged even if data that it needs was left out */
	bool given[RULE_COUNT]; /* by name, on or off: no profile changes it */
	bool rate_without_ops;  /* syscall_rate is judged where there are no ops */
	double horizon_s;       /* limits of growth hold over this time; 0: as given */
	const char *profile;    /* a name of profile.c; NULL: as recorded, else "default" */
	bool allowed_exit[256]; /* exit statuses of the target that are not failures, besides 0 */
	bool allocator_scope;   /* syscall_budget judges the allocator's own calls only */
	double return_within_s; /* memory_return: the time that memory has */
	const char *return_from, *return_to; /* marks where work begins and ends; not owned */
	double confidence;                   /* of two-sided intervals, 0.95 by default */
	/* windows that are not judged, lists of FROM..TO (excluded.h); not owned */
	const char *exclude[EXCLUDE_LISTS];
	size_t nexclude;
	bool exclude_given; /* even if there are none: what was recorded does not count */
	double until_s;     /* judge the recording as if it had ended then; 0: all of it */
};

void judge_settings_init(struct judge_settings *settings);

/* A rule's effective target, and its unit. */
struct judge_target {
	double value;
	struct growth_unit unit;
};

struct judge_target judge_settings_target(const struct judge_settings *settings, enum rule rule);

/*
 * Parses RULE=VALUE into settings; VALUE "off" skips the rule, "on" judges it by its default.
 * Returns 0, or -EINVAL with one line in `error` that says what was wrong and what the choices are.
 */
int judge_settings_set(struct judge_settings *settings, const char *assignment, struct text *error);

/*
 * Applies the targets and rules of a profile, except to rules that are given by name, before or
 * after. Returns 0, or -EINVAL with one line in `error`. See profile.h.
 */
int judge_settings_profile(struct judge_settings *settings, const char *name, struct text *error);

/* Parses exit statuses, 1 to 255, separated by commas, that target_exit allows. 0 or -EINVAL. */
int judge_settings_allow_exit(struct judge_settings *settings, const char *statuses);

/*
 * Writes the options that turn the defaults into these settings, without the profile: "--set
 * rss_drift=2 --allow-exit 3". Empty if there are none.
 */
void judge_settings_options(const struct judge_settings *settings, struct text *ret_options);

/*
 * Adds a list of windows that are not judged, which must outlive the settings; "none" removes all.
 * Returns 0, or -EINVAL with one line in `error`.
 */
int judge_settings_exclude(struct judge_settings *settings, const char *list, struct text *error);

/* All of them as one list; empty if there are none. */
void judge_settings_excluded(const struct judge_settings *settings, struct text *ret_list);

/* Whose calls syscall_budget judges: "target", the default, or "allocator". 0, or -EINVAL. */
int judge_settings_scope(struct judge_settings *settings, const char *scope);

#endif
