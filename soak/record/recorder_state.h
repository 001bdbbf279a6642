/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recorder from within, for the files that write its tables. */
#ifndef SOAK_RECORDER_STATE_H
#define SOAK_RECORDER_STATE_H

#include <sqlite3.h>

#include "collectors/churn.h"
#include "soak/record/recorder.h"
#include "soak/record/run_output.h"

enum statement {
	FACT,
	EVENT,
	SAMPLE,
	PROCESS,
	CHURN,
	ERRORS,
	LATENCY,
	CROSS,
	ALLOCATOR,
	CALLER,
	PLACE,
	MAPPING,
	HEAP,
	HEAP_SITE,
	HEAP_FRAME,
	STATEMENTS
};

struct recorder {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	uint64_t start_ns;
	struct churn_counts overflow;
	struct run_output output;
	bool committed;    /* a second or more */
	struct text error; /* the first */
};

/*
 * Begins one row: the caller binds the columns and calls recorder_step(). NULL after an error.
 */
sqlite3_stmt *recorder_row(struct recorder *recorder, enum statement which);
void recorder_step(struct recorder *recorder, sqlite3_stmt *statement);

/* A time of CLOCK_MONOTONIC as the file has it. */
int64_t recorder_since_start(const struct recorder *recorder, uint64_t now_ns);

#endif
