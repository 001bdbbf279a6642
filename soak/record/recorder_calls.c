/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the calls of a run: by process, by caller, by source. Called by the session at ticks. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/allocator_calls.h"
#include "collectors/churn.h"
#include "soak/record/recorder_state.h"

/* What of a process's counters is in the file. */
struct written {
	struct churn_counts churn;
	struct allocator_calls allocator;
};

/* The columns that rows of churn and of callers begin with. NULL after an error. */
static sqlite3_stmt *call_row(struct recorder *recorder, enum statement which, uint32_t process,
	enum churn_kind kind, uint64_t now_ns)
{
	sqlite3_stmt *s = recorder_row(recorder, which);

	if (!s)
		return NULL;
	sqlite3_bind_int64(s, 1, recorder_since_start(recorder, now_ns));
	sqlite3_bind_int64(s, 2, process);
	sqlite3_bind_text(s, 3, churn_syscall_name(churn_kind_syscall(kind)), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, churn_kind_name(kind), -1, SQLITE_STATIC);
	return s;
}

static void write_kind(struct recorder *recorder, uint32_t id, enum churn_kind kind,
	const struct churn_cell *gain, uint64_t now_ns)
{
	sqlite3_stmt *s = call_row(recorder, CHURN, id, kind, now_ns);

	if (!s)
		return;
	sqlite3_bind_int64(s, 5, gain->calls);
	sqlite3_bind_int64(s, 6, gain->bytes);
	sqlite3_bind_int64(s, 7, gain->ns);
	recorder_step(recorder, s);
}

static void write_total(
	struct recorder *recorder, enum statement which, uint32_t id, enum churn_syscall call)
{
	sqlite3_stmt *s = recorder->statements[which];

	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_text(s, 2, churn_syscall_name(call), -1, SQLITE_STATIC);
	recorder_step(recorder, s);
}

static void write_errors(struct recorder *recorder, uint32_t id, const struct churn_counts *now,
	const struct churn_counts *seen)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		for (int e = 0; e < CHURN_ERRNO_COUNT; e++) {
			sqlite3_stmt *s = recorder_row(recorder, ERRORS);

			if (!s || now->errors[c][e] == seen->errors[c][e])
				continue;
			sqlite3_bind_text(s, 3, churn_errno_name(e), -1, SQLITE_STATIC);
			sqlite3_bind_int64(s, 4, now->errors[c][e]);
			write_total(recorder, ERRORS, id, c);
		}
	}
}

static void write_latency(struct recorder *recorder, uint32_t id, const struct churn_counts *now,
	const struct churn_counts *seen)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		for (int b = 0; b < CHURN_BUCKETS; b++) {
			sqlite3_stmt *s = recorder_row(recorder, LATENCY);

			if (!s || now->latency[c][b] == seen->latency[c][b])
				continue;
			sqlite3_bind_int64(s, 3, b);
			sqlite3_bind_int64(s, 4, now->latency[c][b]);
			write_total(recorder, LATENCY, id, c);
		}
	}
}

static void write_gains(struct recorder *recorder, uint32_t id, const struct churn_counts *now,
	struct churn_counts *seen, uint64_t now_ns)
{
	for (int k = 0; k < CHURN_KIND_COUNT; k++) {
		struct churn_cell gain = {now->kind[k].calls - seen->kind[k].calls,
			now->kind[k].bytes - seen->kind[k].bytes,
			now->kind[k].ns - seen->kind[k].ns};

		if (gain.calls || gain.bytes || gain.ns)
			write_kind(recorder, id, k, &gain, now_ns);
	}
	write_errors(recorder, id, now, seen);
	write_latency(recorder, id, now, seen);
	*seen = *now;
}

/* NULL without counters, or memory. */
static struct written *written(struct recorder *recorder, struct process *process)
{
	if (!process->live)
		return NULL;
	if (!process->user)
		process->user = calloc(1, sizeof(struct written));
	if (!process->user)
		text_set(&recorder->error, "out of memory");
	return process->user;
}

void recorder_churn(struct recorder *recorder, struct process *process, uint64_t now_ns)
{
	struct written *before = written(recorder, process);
	struct churn_counts now = {0};

	if (!before)
		return;
	churn_add(&now, &process->live->churn);
	write_gains(recorder, process->id, &now, &before->churn, now_ns);
}

void recorder_overflow_churn(
	struct recorder *recorder, const struct churn_counts *counts, uint64_t now_ns)
{
	struct churn_counts now = {0};

	churn_add(&now, counts);
	write_gains(recorder, 0, &now, &recorder->overflow, now_ns);
}

void recorder_crosscheck(struct recorder *recorder, const char *syscall, int64_t bpf, int64_t perf)
{
	sqlite3_stmt *s = recorder_row(recorder, CROSS);

	if (!s)
		return;
	sqlite3_bind_text(s, 1, syscall, -1, SQLITE_TRANSIENT);
	sqlite3_bind_null(s, 2);
	sqlite3_bind_null(s, 3);
	if (bpf >= 0)
		sqlite3_bind_int64(s, 2, bpf);
	if (perf >= 0)
		sqlite3_bind_int64(s, 3, perf);
	recorder_step(recorder, s);
}

void recorder_allocator(struct recorder *recorder, struct process *process)
{
	struct written *before = written(recorder, process);
	struct allocator_calls now;

	if (!before)
		return;
	allocator_calls_copy(&process->live->allocator, &now);
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++) {
		sqlite3_stmt *s = recorder_row(recorder, ALLOCATOR);
		uint64_t own = allocator_calls_own(&now, c);

		if (!s || (now.kernel[c] == before->allocator.kernel[c] &&
				  own == allocator_calls_own(&before->allocator, c)))
			continue;
		sqlite3_bind_int64(s, 1, process->id);
		sqlite3_bind_text(s, 2, churn_syscall_name(c), -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 3, now.kernel[c]);
		sqlite3_bind_int64(s, 4, own);
		sqlite3_bind_int64(s, 5, now.unsure);
		recorder_step(recorder, s);
	}
	before->allocator = now;
}

void recorder_caller(struct recorder *recorder, const struct process *process, uint32_t place,
	enum churn_kind kind, const struct caller_site *gain, uint64_t now_ns)
{
	sqlite3_stmt *s = call_row(recorder, CALLER, process->id, kind, now_ns);

	if (!s)
		return;
	sqlite3_bind_int64(s, 5, place);
	sqlite3_bind_int64(s, 6, gain->calls);
	sqlite3_bind_int64(s, 7, gain->errors);
	sqlite3_bind_int64(s, 8, gain->bytes);
	sqlite3_bind_int64(s, 9, gain->ns);
	recorder_step(recorder, s);
}

void recorder_place(struct recorder *recorder, const struct recorder_place *place)
{
	sqlite3_stmt *s = recorder_row(recorder, PLACE);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, place->id);
	sqlite3_bind_text(s, 2, place->program, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 3, place->certainty, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 4, place->several);
	sqlite3_bind_text(s, 5, place->caller, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 6, place->module, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 7, place->build_id, -1, SQLITE_TRANSIENT);
	sqlite3_bind_null(s, 8);
	if (place->caller)
		sqlite3_bind_int64(s, 8, place->address);
	sqlite3_bind_int64(s, 9, place->allocator);
	sqlite3_bind_text(s, 10, place->stack, -1, SQLITE_TRANSIENT);
	recorder_step(recorder, s);
}
