/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of rules: see rules.h. A new rule is one file, one enumerator and one entry here, and
 * its lines in docs/judging.md and profile.c. Called by judge.c and by all that parse or list
 * rules.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/rules.h"
#include "soak/words/choice.h"

const struct rule_entry rule_table[RULE_COUNT] = {
	[RULE_SYSCALL_BUDGET] =
		{
			.info = {"syscall_budget", "calls/op", 1e-8,
				"mmap + munmap + madvise + process_madvise per allocator "
				"operation",
				.with_baseline = true, .wrong = "too many system calls for memory"},
			.judge = rule_syscall_budget,
			.per_op = UNCOUNTED_BUDGET,
			.loss_spoils_pass = true,
			.plan = plan_syscall_budget,
			.needs = {SERIES_BUDGET_CALLS, SERIES_OPS},
			.needs_count = 2,
			.window = true,
			.joint = true,
			.scoped = true,
		},
	[RULE_RSS_DRIFT] =
		{
			.info = {"rss_drift", "%/h", 5.0,
				"slope of RSS less LazyFree, relative to its start",
				.growth = GROWTH_BYTES, .detectable = true,
				.wrong = "resident memory grows"},
			.judge = rule_rss_drift,
			.gaps_spoil_pass = true,
			.plan = plan_drift,
			.needs = {SERIES_RSS},
			.needs_count = 1,
			.window = true,
			.joint = true,
		},
	[RULE_RSS_MONOTONIC] =
		{
			.info = {"rss_monotonic", "%", 60.0,
				"share of time blocks whose lowest RSS is a new high, "
				"if a trend is there",
				.kind = RULE_SHARE,
				.wrong = "the lows of resident memory keep rising"},
			.judge = rule_rss_monotonic,
			.gaps_spoil_pass = true,
			.needs = {SERIES_RSS},
			.needs_count = 1,
			.window = true,
			.joint = true,
		},
	[RULE_MEMORY_DRIFT] =
		{
			.info = {"memory_drift", "%/h", 5.0,
				"slope of anonymous and shared memory, swap and page tables, "
				"relative to all that the target takes",
				.growth = GROWTH_BYTES, .detectable = true,
				.wrong = "memory grows, with swap and page tables"},
			.judge = rule_memory_drift,
			.gaps_spoil_pass = true,
			.plan = plan_drift,
			.needs = {SERIES_MEMORY},
			.needs_count = 1,
			.window = true,
			.joint = true,
		},
	[RULE_FAULT_GROWTH] =
		{
			.info = {"fault_growth", "%", 10.0,
				"page faults per op in the last third of the window, more "
				"than in the first",
				.wrong = "page faults become more frequent"},
			.judge = rule_fault_growth,
			.per_op = UNCOUNTED_FAULTS,
			.plan = plan_fault_growth,
			.needs = {SERIES_FAULTS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_THROUGHPUT_DROP] =
		{
			.info = {"throughput_drop", "%", 5.0,
				"fall of ops/s over the steady window",
				.wrong = "throughput falls"},
			.judge = rule_throughput_drop,
			.gaps_spoil_pass = true,
			.plan = plan_throughput_drop,
			.needs = {SERIES_OPS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_THROUGHPUT_CV] =
		{
			.info = {"throughput_cv", "%", 2.0, "coefficient of variation of ops/s",
				.wrong = "throughput is uneven"},
			.judge = rule_throughput_cv,
			.gaps_spoil_pass = true,
			.plan = plan_throughput_cv,
			.needs = {SERIES_OPS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_CROSSCHECK] =
		{
			.info = {"crosscheck", "calls", 0.0,
				"difference between two counts of the same calls",
				.kind = RULE_COUNT_AT_END,
				.wrong = "two counts of the same calls differ"},
			.judge = rule_crosscheck,
			.loss_spoils_pass = true,
			.loss_spoils_all = true,
		},
	[RULE_CHURN_BUDGET] =
		{
			.info = {"churn_budget", "calls/op", 1e-8,
				"brk + mremap + mprotect per allocator operation; optional",
				.optional = true,
				.wrong = "too many calls of brk, mremap and mprotect"},
			.judge = rule_churn_budget,
			.per_op = UNCOUNTED_CHURN,
			.loss_spoils_pass = true,
			.plan = plan_churn_budget,
			.needs = {SERIES_CHURN_CALLS, SERIES_OPS},
			.needs_count = 2,
			.window = true,
			.joint = true,
		},
	[RULE_SYSCALL_RATE] =
		{
			.info = {"syscall_rate", "calls/s", 100.0,
				"mmap + munmap + madvise + process_madvise per second; where "
				"there are no ops, or if asked for",
				true, .optional = true, .without_ops = true,
				.wrong = "too many system calls for memory"},
			.judge = rule_syscall_rate,
			.loss_spoils_pass = true,
			.plan = plan_syscall_rate,
			.needs = {SERIES_BUDGET_CALLS},
			.needs_count = 1,
			.window = true,
			.joint = true,
			.scoped = true,
		},
	[RULE_TARGET_EXIT] =
		{
			.info = {"target_exit", "failures", 0.0,
				"the target was killed, or ended with an exit status other than 0",
				.kind = RULE_END, .wrong = "the program crashed or failed"},
			.judge = rule_target_exit,
		},
	[RULE_PEAK_RSS] =
		{
			.info = {"peak_rss", "MiB", 1024.0,
				"highest RSS of the whole run; if asked for", .optional = true,
				.wrong = "resident memory exceeds its limit"},
			.judge = rule_peak_rss,
			.gaps_spoil_pass = true,
			.needs = {SERIES_RSS},
			.needs_count = 1,
		},
	[RULE_OPEN_FDS] =
		{
			.info = {"open_fds", "%/h", 5.0,
				"growth of the number of open file descriptors; if asked for",
				.growth = GROWTH_COUNTS, .optional = true, .detectable = true,
				.wrong = "the number of open files grows"},
			.judge = rule_open_fds,
			.gaps_spoil_pass = true,
			.needs = {SERIES_OPEN_FDS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_THREADS] =
		{
			.info = {"threads", "%/h", 5.0,
				"growth of the number of threads; if asked for",
				.growth = GROWTH_COUNTS, .optional = true, .detectable = true,
				.wrong = "the number of threads grows"},
			.judge = rule_threads,
			.gaps_spoil_pass = true,
			.needs = {SERIES_THREADS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_MAPPINGS] =
		{
			.info = {"mappings", "%/h", 5.0,
				"growth of the number of memory mappings; if asked for",
				.growth = GROWTH_COUNTS, .optional = true, .detectable = true,
				.wrong = "the number of memory mappings grows"},
			.judge = rule_mappings,
			.gaps_spoil_pass = true,
			.needs = {SERIES_MAPPINGS},
			.needs_count = 1,
			.window = true,
		},
	[RULE_MEMORY_RETURN] =
		{
			.info = {"memory_return", "%", 10.0,
				"memory after work, above its level before; where marks tell the "
				"two, or if asked for",
				.kind = RULE_SHARE, .optional = true,
				.wrong = "memory does not come back after work"},
			.judge = rule_memory_return,
			.needs = {SERIES_RSS},
			.needs_count = 1,
		},
};

enum series_id rule_need(const struct rule_entry *entry, size_t i, bool allocator_scope)
{
	enum series_id series = entry->needs[i];

	return series == SERIES_BUDGET_CALLS && entry->scoped && allocator_scope
		       ? SERIES_ALLOCATOR_CALLS
		       : series;
}

bool rule_needs_calls(enum series_id series)
{
	return series == SERIES_BUDGET_CALLS || series == SERIES_CHURN_CALLS ||
	       series == SERIES_ALLOCATOR_CALLS;
}

size_t rule_list(const struct rule_entry *table, const struct rule_result *results, int count,
	enum verdict verdict, struct text *ret_list)
{
	size_t found = 0;

	text_release(ret_list);
	for (int r = 0; r < count; r++) {
		if (results[r].verdict != verdict)
			continue;
		text_item(ret_list, ", ", "%s", table[r].info.name);
		found++;
	}
	return found;
}

static int find(const struct rule_entry *table, int count, const char *name, size_t length)
{
	for (int r = 0; r < count; r++)
		if (strlen(table[r].info.name) == length &&
			memcmp(table[r].info.name, name, length) == 0)
			return r;
	return -1;
}

static void say_unknown(const struct rule_entry *table, int count, const char *name, size_t length,
	struct text *error)
{
	const char *names[RULE_COUNT + 1] = {NULL};
	scoped_text word = {0};

	for (int r = 0; r < count; r++)
		names[r] = table[r].info.name;
	text_set(&word, "%.*s", (int)length, name);
	choice_unknown(error, "rule", text_of(&word), names, NULL);
}

/* A number >= 0, of growth with another unit than the rule's own. */
static int parse_value(
	const struct judge_rule_info *info, const char *text, struct rule_choice *choice)
{
	char *end;

	choice->value = strtod(text, &end);
	if (end == text || !isfinite(choice->value) || choice->value < 0.0)
		return -EINVAL;
	while (*end == ' ')
		end++;
	if (!*end || info->growth == GROWTH_NONE)
		return *end ? -EINVAL : 0;
	return growth_unit_parse(end, info->growth == GROWTH_COUNTS, &choice->unit);
}

static const char *const units[] = {[GROWTH_NONE] = "",
	[GROWTH_BYTES] = " or a unit: 20MiB/h, 1GiB/d, 20%/30d",
	[GROWTH_COUNTS] = " or a unit: 60/h, 100/d, 20%/30d"};

int rule_choose(const struct rule_entry *table, int count, const char *assignment,
	struct rule_choice *ret_choice, struct text *error)
{
	const char *equals = strchr(assignment, '=');
	size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment);
	struct rule_choice choice = {.rule = find(table, count, assignment, length)};
	const struct judge_rule_info *info = &table[choice.rule < 0 ? 0 : choice.rule].info;

	if (choice.rule < 0) {
		say_unknown(table, count, assignment, length, error);
		return -EINVAL;
	}
	choice.off = equals && strcmp(equals + 1, "off") == 0;
	choice.on = equals && strcmp(equals + 1, "on") == 0;
	choice.value = info->default_target;
	if (!choice.off && !choice.on && (!equals || parse_value(info, equals + 1, &choice) != 0))
		return text_fail(error, -EINVAL,
			"\"%s\" should be %s=VALUE with a number >= 0 in %s "
			"(default %g)%s, %s=on or %s=off",
			assignment, info->name, info->unit, info->default_target,
			units[info->growth], info->name, info->name);
	*ret_choice = choice;
	return 0;
}
