/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input of a rule and the contract for its result. One function per rule, listed in the table
 * of rules.c.
 *
 * A rule is called only if it is to be judged and the series that its row needs are there. Its
 * result comes preset: INCONCLUSIVE, target set, estimate and interval NaN, texts empty. The rule
 * must end with rule_conclude(), and must give advice if it concludes INCONCLUSIVE. Rules ignore
 * losses; judge.c takes them into account afterwards.
 */
#ifndef SOAK_RULE_H
#define SOAK_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/judge.h"
#include "soak/judge/steady.h"

struct pieces;        /* of a recording that was interrupted: pieces.h */
struct phrase;        /* wording.h */
struct rule_analyses; /* shared by several rules, made once on demand: analyses.h */

/* A run as it was recorded, excluded windows and all. */
struct whole_run {
	const struct judge_input *input;
	const double *memory_bytes; /* SERIES_MEMORY, else RSS, less LazyFree; NULL: not measured */
	const char *memory_name;
};

struct rule_context {
	const struct judge_input *input;
	/* RSS - LazyFree per sample, NaN where not read; NULL: not measured */
	const double *resident_bytes;
	struct phrase (*say)(double); /* an amount of it in words */
	const char *resident_name;    /* in sentences: "RSS" */
	const double *memory_bytes; /* likewise, of SERIES_MEMORY: memory_drift's resident_bytes */
	double beside_bytes;        /* memory that counts in the level that growth is related to */
	struct steady_window window;
	bool allocator_scope;
	const bool *allowed_exit; /* by status */
	/* NULL: in one piece; else all the rest is of the longest of them */
	const struct pieces *pieces;
	const struct whole_run *whole; /* for memory_return */
	double return_within_s;
	const char *return_from, *return_to;
	double confidence;
	struct rule_analyses *analyses;
};

typedef void rule_fn(const struct rule_context *context, struct judgement *judgement);

rule_fn rule_syscall_budget;
rule_fn rule_rss_drift; /* fills the judgement's drift_* fields as well */
rule_fn rule_rss_monotonic;
rule_fn rule_memory_drift;
rule_fn rule_fault_growth;
rule_fn rule_throughput_drop;
rule_fn rule_throughput_cv;
rule_fn rule_crosscheck;
rule_fn rule_churn_budget;
rule_fn rule_syscall_rate;
rule_fn rule_target_exit;
rule_fn rule_peak_rss;
rule_fn rule_open_fds;
rule_fn rule_threads;
rule_fn rule_mappings;
rule_fn rule_memory_return;

/* Does the run have work between these two marks? */
bool rule_return_applies(const struct judge_input *input, const char *from, const char *to);

/*
 * May the counts lack calls? The kernel may have skipped probes only in other processes. perf_event
 * skips nothing; so if it counted exactly the same calls, no probe was skipped in the target.
 */
bool judge_counts_have_holes(const struct judge_input *input);

/* The window's series: pointer to its first sample's value. */
const double *window_series(const struct rule_context *context, const double *series);

/* How many bins of at least `width_s` seconds and two samples the window holds, within 1..BINS_MAX.
 */
size_t window_bins(const struct rule_context *context, double width_s);

/* Sets verdict and reason; `format` makes one sentence without a full stop. */
void rule_conclude(struct rule_result *result, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds to the reason of a concluded rule; `format` begins with "; ". */
void rule_add_reason(struct rule_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void rule_advise(struct rule_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a figure beside the estimate. `name` is a static string, and a key in JSON. */
void rule_also(struct rule_result *result, const char *name, double value);

/* Advises a run of total_s seconds, warm-up included; says that it is hopeless beyond 30 days or if
 * not finite. */
void rule_advise_duration(struct rule_result *result, double total_s);

/* PASS if high <= target, FAIL if low > target, else INCONCLUSIVE. */
enum verdict rule_decide(const struct rule_result *result);

/* Concludes that a series has too few readings in the window. */
void rule_too_few(struct rule_result *result, const char *what, size_t readings);

#endif
