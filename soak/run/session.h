/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One recording from start to end: probes, target, event loop, run file.
 *
 * session_run() validates and creates everything before anything runs, prints nothing, and returns
 * when the target has ended or been ended. The caller makes the verdict, from the file.
 */
#ifndef SOAK_SESSION_H
#define SOAK_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "collectors/probes.h"
#include "soak/run/marks.h"
#include "soak/run/runaway.h"
#include "soak/words/text.h"

enum ops_mode { OPS_AUTO, OPS_PAGE, OPS_PRELOAD, OPS_NONE };

/* Figures for a live status line. Rates are over about the last second; NaN: unknown. */
struct session_status {
	double elapsed_s, total_s; /* total_s 0: until the target ends */
	double ops_per_s, faults_per_s;
	double rss_bytes;
	double drift_pct_per_h; /* between the window's start and now; NaN during warm-up */
	double calls_per_op;    /* budgeted calls since the end of warm-up */
	uint64_t losses; /* missed ticks, lost events, unfollowed processes, skipped probes */
};

/* Why and with which data a recording ends before its time. */
struct session_stop {
	char reason[96];
	double judged_until_s; /* later samples were not judged, and must not be */
};

/* The subject of a warning: an absent source, or anything else. */
enum session_warning { SESSION_WARNS, SESSION_NO_PROBES, SESSION_NO_PERF };

struct session_options {
	char **command;       /* NULL-terminated; NULL when attaching */
	const char *workload; /* name of the built-in workload that `command` is, or NULL */
	pid_t attach;         /* > 0: observe this process instead of starting one */
	/* attaching: this process and those that are observed with it */
	const pid_t *attach_all;
	size_t attach_count;
	const char *attach_name; /* their name in reports */
	uint64_t duration_ns;    /* 0: until the target ends */
	uint64_t interval_ns;
	double warmup_s;       /* < 0: to be found from the data */
	const char *allocator; /* see allocator_find(); NULL: whatever the target uses */
	enum ops_mode ops;
	const char *output;
	bool overwrite;
	const char *user;   /* run the target as this account (account.h); NULL: as we are */
	char **environment; /* NULL-terminated "NAME=value" for the target; NULL: nothing to add */
	/* which run of which job this is; NULL: of none */
	const char *job, *variant;
	unsigned int round; /* from 1 */
	bool own_output;    /* standard output is ours: the target's goes to standard error */
	enum probe_hooks hooks;
	bool without_probes;  /* do not even try BPF */
	bool without_callers; /* count calls, but do not find their callers */
	bool without_perf;
	bool latency; /* a histogram of the churn calls' latency, at the price of a second hook */
	bool verbose;
	/* > 0: interval of heap statistics; for a started target they need ops */
	uint64_t allocator_stats_ns;
	uint64_t heap_sampling; /* mean bytes between two sampled allocations; 0: none is sampled */
	struct marks_plan marks;
	struct runaway_limits abort_at; /* beyond them the target is killed, if it was started */
	uint64_t stop_grace_ns;         /* between SIGTERM and SIGKILL */

	void *context;
	/* about once a second; may be NULL */
	void (*on_status)(void *context, const struct session_status *status);
	void (*on_warning)(
		void *context, enum session_warning kind, const char *text); /* or NULL */

	/* asked once a second, when the file is written, whether to end; may be NULL */
	bool (*should_end)(void *context, double elapsed_s, struct session_stop *ret_stop);
	void *should_end_context;
	const char *profile;       /* by which the run is to be judged; NULL: the judge's own */
	const char *judge_options; /* with which else, as options; NULL or empty: none */
	const char *exclude;       /* windows that are not to be judged; NULL or empty: none */
	double confidence;         /* with which the run is to be judged; 0: the judge's own */
};

struct session_result {
	bool interrupted; /* by SIGINT or SIGTERM */
	int wait_status;  /* of the target's first process; -1: unknown or still running */
	/* of several attached processes, the one with this status; 0: only one was attached */
	pid_t ended;
	char ended_name[16];
};

struct session;

/*
 * Returns 0 when a recording was made, else a negative errno with one line in `error`: -EINVAL and
 * -ENOENT for what the user must change, others for what this machine does not allow. -ENOSPC and
 * -EIO: the recording broke off and what there is stays readable; -ELIBBAD: the allocator did not
 * load into the target.
 *
 * The file is closed then and can be read. The probes are still loaded: removing them takes the
 * kernel a second, so session_close() is better called when the user has the result.
 */
int session_run(const struct session_options *options, struct session_result *ret_result,
	struct session **ret_session, struct text *error);

/* Accepts NULL. */
void session_close(struct session *session);

#endif
