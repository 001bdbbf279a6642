/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rules: see rules.h. A new rule is one file, one enumerator and one entry here. */
#include "soak/judge/rules.h"

const struct rule_entry rule_table[RULE_COUNT] = {
	[RULE_SYSCALL_BUDGET] =
		{
			.info = {"syscall_budget", "calls/op", 1e-8,
				"mmap + munmap + madvise + process_madvise per allocator "
				"operation"},
			.judge = rule_syscall_budget,
			.per_op = UNCOUNTED_BUDGET,
			.loss_spoils_pass = true,
		},
	[RULE_RSS_DRIFT] =
		{
			.info = {"rss_drift", "%/h", 5.0,
				"slope of RSS less LazyFree, relative to its start"},
			.judge = rule_rss_drift,
			.gaps_spoil_pass = true,
		},
	[RULE_RSS_MONOTONIC] =
		{
			.info = {"rss_monotonic", "%", 60.0,
				"share of time blocks whose lowest RSS is a new high, "
				"if a trend is there"},
			.judge = rule_rss_monotonic,
			.gaps_spoil_pass = true,
		},
	[RULE_FAULT_GROWTH] =
		{
			.info = {"fault_growth", "%", 10.0,
				"page faults per op in the last third of the window, "
				"more than in the first"},
			.judge = rule_fault_growth,
			.per_op = UNCOUNTED_FAULTS,
		},
	[RULE_THROUGHPUT_DROP] =
		{
			.info = {"throughput_drop", "%", 5.0,
				"fall of ops/s over the steady window"},
			.judge = rule_throughput_drop,
			.gaps_spoil_pass = true,
		},
	[RULE_THROUGHPUT_CV] =
		{
			.info = {"throughput_cv", "%", 2.0, "coefficient of variation of ops/s"},
			.judge = rule_throughput_cv,
			.gaps_spoil_pass = true,
		},
	[RULE_CROSSCHECK] =
		{
			.info = {"crosscheck", "calls", 0.0,
				"difference between two counts of the same calls"},
			.judge = rule_crosscheck,
			.loss_spoils_pass = true,
			.loss_spoils_all = true,
		},
	[RULE_CHURN_BUDGET] =
		{
			.info = {"churn_budget", "calls/op", 1e-8,
				"brk + mremap + mprotect per allocator operation; optional", true},
			.judge = rule_churn_budget,
			.per_op = UNCOUNTED_CHURN,
			.loss_spoils_pass = true,
		},
	[RULE_SYSCALL_RATE] =
		{
			.info = {"syscall_rate", "calls/s", 100.0,
				"mmap + munmap + madvise + process_madvise per second; where "
				"there are no ops, or if asked for",
				true},
			.judge = rule_syscall_rate,
			.loss_spoils_pass = true,
		},
	[RULE_TARGET_EXIT] =
		{
			.info = {"target_exit", "failures", 0.0,
				"the target was killed, or ended with an exit status other than 0"},
			.judge = rule_target_exit,
		},
};
