/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --stop-when-sure: judges the growing run file at the looks of soak/judge/looks.h and tells the
 * session when to end. It runs in a thread of its own, so that no sample waits for it.
 */
#ifndef SOAK_STOP_WHEN_SURE_H
#define SOAK_STOP_WHEN_SURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "soak/judge/judge.h"
#include "soak/run/session.h"

struct stop_when_sure {
	const char *path;
	struct judge_settings settings;
	double longest_s;
	int look, looks; /* the last one begun; of how many */
	pthread_t thread;
	bool running;
	atomic_bool done;
	bool decided;            /* the thread's answer, once done */
	struct judgement before; /* at the last look ... */
	bool judged;             /* ... if there was one */
};

/* Prepares the looks at a run of at most options->duration_ns, and makes the session ask. */
void stop_when_sure_begin(struct stop_when_sure *sure, const struct judge_settings *settings,
	struct session_options *options);

/* Waits for a look that is under way. */
void stop_when_sure_end(struct stop_when_sure *sure);

#endif
