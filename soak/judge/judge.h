/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge: series in, verdicts out.
 *
 * Everything that the judge knows is in struct judge_input: plain arrays, one value per sample,
 * NaN where a sample lacks the series. It never sees a file, a process or a clock, so a verdict is
 * a pure function of its input and of the settings. Callers own all arrays; nothing is kept after
 * judge_run() returns except the struct judgement, which judgement_release() frees.
 */
#ifndef SOAK_JUDGE_H
#define SOAK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/judge/outcome.h"
#include "soak/judge/settings.h"
#include "soak/judge/windows.h"
#include "soak/record/series.h"
#include "soak/stats/longrun.h"
#include "soak/words/text.h"

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_NOT_JUDGED };

/*
 * Calls of one system call by the first and by the second source: of the whole target, by eBPF and
 * by perf_event; of one process's allocator, by eBPF and by the allocator's own counters.
 */
struct judge_cross {
	const char *syscall;
	double a, b;
	int process;         /* processes.id; 0: the whole target */
	double unsure;       /* differences up to this one are not significant */
	const char *program; /* of that process; NULL: not known */
};

/* A new piece begins at this sample: see pieces.h. */
struct judge_break {
	size_t sample;
	bool restart;  /* otherwise it is a gap */
	bool excluded; /* a gap that was asked for, however short */
};

/* Data that a run was told not to measure, or that an attached process does not offer. */
enum left_out {
	LEFT_OUT_OPS = 1,
	LEFT_OUT_PROBES = 2,
	LEFT_OUT_PERF = 4,
	LEFT_OUT_CALLERS = 8,
};

/*
 * series[]: the catalogue's (soak/record/series.h), one value for each sample; NULL: not measured.
 * Counters are cumulative counts since the start. The last sample ends the steady window: samples
 * taken after the target's exit must be left out, or be NaN. An RSS that is not positive counts as
 * not measured.
 */
struct judge_input {
	size_t n;
	const double *t_s; /* seconds since start, strictly increasing */
	const double *series[SERIES_COUNT];
	size_t nbreaks; /* in the order of samples */
	const struct judge_break *breaks;
	size_t nmarks; /* in the order of time */
	const struct judge_mark *marks;
	double lost_marks;
	double peak_process_bytes; /* highest RSS of any one process; 0: not known */
	double page_bytes;         /* 4096: the resolution of RSS */
	double warmup_s;           /* < 0: find the steady window from the data */
	double missed_ticks;       /* losses over the whole run */
	double lost_events;
	double unfollowed;     /* processes or threads that could not be followed */
	double compat;         /* 32-bit programs: their calls are not seen */
	double compat_calls;   /* through the 32-bit entry, of 32-bit programs or not */
	double ring_madvises;  /* through io_uring: they are not system calls */
	double skipped;        /* times that the kernel did not run a probe, in any process */
	bool imported;         /* by another tool, so missing data could not be measured */
	unsigned int left_out; /* enum left_out: data that was deliberately not measured */
	/* programs whose ops are not in SERIES_OPS; NULL: none known */
	const char *uncounted_names;
	const char *ops_absent; /* why there are no ops, or NULL when there are */
	/* How the target ended, in words; NULL: it was still running when observation ended. */
	const char *target_end;
	bool target_failed;  /* killed, crashed, or ended by itself with another status than 0 */
	bool target_aborted; /* by soak, because its memory ran away: never allowed */
	int target_status;   /* this status; 0: it was a signal, or there was none */
	const char *target_end_unknown; /* why its end is not known, or NULL */
	const char *allocator_unseen;   /* the verdict may be another allocator's; or NULL */
	/* cross-check of two counters per system call; ncross may be 0 */
	size_t ncross;
	const struct judge_cross *cross;
	const char *cross_absent; /* why there is no second source, or NULL */
	double cross_unsure;      /* by how many calls of one kind they may differ unnoticed */
	/* the same of allocators that count their own calls; nallocator 0: there are none */
	size_t nallocator;
	const struct judge_cross *allocator;
};

/* A further figure of a rule, for outputs that programs read. */
struct rule_figure {
	const char *name; /* static; NULL: none */
	double value;
};

#define RULE_FIGURES 16

struct rule_result {
	enum verdict verdict;
	double estimate, low, high; /* NaN where there is none */
	double detectable; /* a true value that would FAIL in nine of ten such runs; or NaN */
	double target;
	struct growth_unit unit; /* of all of these */
	struct text reason;      /* one sentence */
	struct text advice;      /* what to do; empty when there is nothing to do */
	double more_s; /* length of a run that should decide, with warm-up; 0: none would */
	struct outcome outcome; /* of a rule on growth */
	struct rule_figure also[RULE_FIGURES];
};

struct judgement {
	enum verdict verdict;   /* FAIL if any rule fails, else INCONCLUSIVE if any is, else PASS */
	double from_s, to_s;    /* the steady window; from_s > to_s when there is none */
	double first_s, last_s; /* of several pieces: from the first one's window to the last's */
	struct text steady_how; /* how the window was found, in words */
	struct text reason;     /* of the overall verdict */
	const char *profile;    /* that was applied */
	struct judge_excluded excluded;
	/* fitted RSS - LazyFree: its level at from_s, and the slope; NaN when unfitted */
	double drift_intercept_bytes;
	double drift_slope_bytes_per_s;
	double drift_slope_low, drift_slope_high;
	struct longrun drift_fit; /* for the picture; of the time since drift_begin_s */
	double drift_begin_s;
	struct rule_result rules[RULE_COUNT];
};

const char *verdict_name(enum verdict verdict); /* "PASS", "FAIL", "INCONCLUSIVE", "NOT JUDGED" */

/* Returns 0, or -ENOMEM: nothing is to be released then. */
int judge_run(const struct judge_input *input, const struct judge_settings *settings,
	struct judgement *ret_judgement);

/* Frees the texts. A copy of a judgement shares them: release one of the two. */
void judgement_release(struct judgement *judgement);

void rule_results_release(struct rule_result *results, size_t n);

#endif
