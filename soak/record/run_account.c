/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums up the calls of a run by phase, kind, process and caller. Called by soak audit and by the
 * judge's input.
 */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "soak/record/run_account.h"
#include "soak/record/run_database.h"

#define BUDGET_CALLS "('mmap', 'munmap', 'madvise', 'process_madvise')"
#define LATE_S 0.1 /* that a tick may be */

/* Both readings of the counters are of one tick, though not of one instant: differences cancel. */
static const char gains[] =
	"WITH gains AS (SELECT t_ns, process, syscall, kind, place, calls, errors, bytes, time_ns "
	"FROM callers UNION ALL SELECT t_ns, process, syscall, kind, 0, sum(calls), NULL, "
	"sum(bytes), sum(time_ns) FROM (SELECT t_ns, process, syscall, kind, calls, bytes, "
	"time_ns FROM churn UNION ALL SELECT t_ns, process, syscall, kind, -calls, -bytes, "
	"-time_ns FROM callers) GROUP BY 1, 2, 3, 4 HAVING sum(calls) != 0) ";

static const char *const phase_names[PHASE_COUNT] = {"start-up", "warm-up", "steady", "tear-down"};

const char *account_phase_name(enum account_phase phase)
{
	return phase_names[phase];
}

/* A row holds what was gained up to t_ns, on whole seconds but for some ms. ?1, ?2: the bounds. */
static const char account[] =
	"SELECT %s, sum(g.calls), sum(g.errors), sum(g.bytes), sum(g.time_ns), "
	"sum(g.calls * (g.syscall IN " BUDGET_CALLS ")), min(t_ns) / 1e9, "
	"max(t_ns) / 1e9, max(p.several), max(p.allocator) "
	"FROM (SELECT *, CASE WHEN t_ns > ?2 THEN 'tear-down' "
	"WHEN t_ns > ?1 THEN 'steady' WHEN t_ns <= ?3 THEN 'start-up' ELSE 'warm-up' END AS phase "
	"FROM gains) g "
	"LEFT JOIN places p ON p.id = g.place LEFT JOIN processes r ON r.id = g.process "
	"WHERE ?4 IS NULL OR phase = ?4 GROUP BY %s HAVING sum(g.calls) != 0 "
	"ORDER BY sum(g.calls) DESC";

struct key_columns {
	const char *select, *nothing, *group;
};

static const struct key_columns key_columns[ACCOUNT_KEYS] = {
	[ACCOUNT_PHASE] = {"phase", "NULL", "phase"},
	[ACCOUNT_SYSCALL] = {"g.syscall", "NULL", "g.syscall"},
	[ACCOUNT_KIND] = {"g.kind", "NULL", "g.syscall, g.kind"},
	/* A process may execute one program after the other: its own name is that of the last. */
	[ACCOUNT_PROCESS] = {"g.process, r.pid, ifnull(p.program, r.comm)", "0, 0, NULL",
		"g.process, ifnull(p.program, r.comm)"},
	[ACCOUNT_CALLER] = {"p.caller, p.module, p.certainty, p.program", "NULL, NULL, NULL, NULL",
		"p.program, p.caller, p.certainty, p.allocator"},
	[ACCOUNT_STACK] = {"p.stack", "min(p.stack)", "p.stack"},
};

enum column {
	PHASE,
	SYSCALL,
	KIND,
	PROCESS,
	PID,
	COMM,
	CALLER,
	MODULE,
	CERTAINTY,
	PROGRAM,
	STACK,
	CALLS,
	ERRORS,
	BYTES,
	NS,
	BUDGET,
	FIRST,
	LAST,
	SEVERAL,
	ALLOCATOR
};

static sqlite3_stmt *prepare(struct run *run, unsigned int keys)
{
	char select[256] = "", group[256] = "1", sql[2048];
	sqlite3_stmt *s = NULL;

	for (int k = 0; k < ACCOUNT_KEYS; k++) {
		const struct key_columns *columns = &key_columns[k];
		size_t length = strlen(select);

		snprintf(select + length, sizeof(select) - length, "%s%s", k ? ", " : "",
			keys >> k & 1 ? columns->select : columns->nothing);
		length = strlen(group);
		if (keys >> k & 1)
			snprintf(group + length, sizeof(group) - length, ", %s", columns->group);
	}
	strcpy(sql, gains);
	snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), account, select,
		group[1] ? group + 3 : "NULL");
	run_prepare(run, sql, &s);
	return s;
}

static const char *text(sqlite3_stmt *s, enum column column)
{
	return (const char *)sqlite3_column_text(s, column);
}

static void tell(sqlite3_stmt *s, account_fn *fn, void *context)
{
	struct account_row row = {.phase = text(s, PHASE),
		.syscall = text(s, SYSCALL),
		.kind = text(s, KIND),
		.process = sqlite3_column_int64(s, PROCESS),
		.pid = sqlite3_column_int64(s, PID),
		.program = text(s, COMM) ? text(s, COMM) : text(s, PROGRAM),
		.caller = text(s, CALLER),
		.module = text(s, MODULE),
		.certainty = text(s, CERTAINTY),
		.stack = text(s, STACK),
		.several = sqlite3_column_int(s, SEVERAL),
		.allocator = sqlite3_column_int(s, ALLOCATOR),
		.calls = sqlite3_column_int64(s, CALLS),
		.errors = sqlite3_column_type(s, ERRORS) == SQLITE_NULL
				  ? ACCOUNT_NOT_COUNTED
				  : sqlite3_column_int64(s, ERRORS),
		.bytes = sqlite3_column_int64(s, BYTES),
		.ns = sqlite3_column_int64(s, NS),
		.budget_calls = sqlite3_column_int64(s, BUDGET),
		.first_s = sqlite3_column_double(s, FIRST),
		.last_s = sqlite3_column_double(s, LAST)};

	fn(context, &row);
}

static bool has_table(struct run *run)
{
	return run_number(run, "SELECT count(*) FROM sqlite_master WHERE name='callers'", 0) > 0;
}

static bool has_callers(struct run *run)
{
	return has_table(run) && run_number(run, "SELECT EXISTS (SELECT 1 FROM callers)", 0) > 0;
}

bool run_account_has(struct run *run, unsigned int keys)
{
	if (keys >> ACCOUNT_CALLER & 1 || keys >> ACCOUNT_STACK & 1)
		return has_callers(run);
	return has_table(run) && run_number(run, "SELECT EXISTS (SELECT 1 FROM churn)", 0) > 0;
}

int run_account(struct run *run, const struct account_bounds *bounds, unsigned int keys,
	enum account_phase phase, account_fn *row, void *context)
{
	sqlite3_stmt *s;

	if (!run_account_has(run, keys))
		return -ENOENT;
	s = prepare(run, keys);
	if (!s)
		return -EIO;
	sqlite3_bind_double(s, 1, (bounds->steady_s + LATE_S) * 1e9);
	sqlite3_bind_double(s, 2, bounds->end_s * 1e9 + 1000); /* its own row, rounded */
	sqlite3_bind_double(s, 3, (ACCOUNT_STARTUP_S + LATE_S) * 1e9);
	if (phase < PHASE_COUNT)
		sqlite3_bind_text(s, 4, phase_names[phase], -1, SQLITE_STATIC);
	while (run_next(run, s))
		tell(s, row, context);
	sqlite3_finalize(s);
	return run_error(run) ? -EIO : 0;
}

static sqlite3_stmt *prepare_allocator(struct run *run)
{
	static const char series[] =
		"SELECT t_ns / 1e9, sum(g.calls * ifnull(p.allocator, 0)), sum(g.calls * "
		"(ifnull(p.certainty, 'unknown') = 'unknown' AND ifnull(p.allocator, 0) = 0)) "
		"FROM gains g LEFT JOIN places p ON p.id = g.place "
		"WHERE g.syscall IN " BUDGET_CALLS " GROUP BY t_ns ORDER BY t_ns";
	char sql[1200];
	sqlite3_stmt *s = NULL;

	snprintf(sql, sizeof(sql), "%s%s", gains, series);
	run_prepare(run, sql, &s);
	return s;
}

int run_account_allocator(struct run *run, double *own, double *unknown)
{
	const char *path = run_fact(run, "allocator_path");
	const double *times = run_times(run);
	double own_sum = 0, unknown_sum = 0;
	sqlite3_stmt *s;
	bool more;

	if (!path || !*path || !has_callers(run))
		return -ENOENT;
	s = prepare_allocator(run);
	if (!s || !times)
		return -EIO;
	more = run_next(run, s);
	for (size_t i = 0; i < run_sample_count(run); i++) {
		for (; more && sqlite3_column_double(s, 0) <= times[i]; more = run_next(run, s)) {
			own_sum += sqlite3_column_double(s, 1);
			unknown_sum += sqlite3_column_double(s, 2);
		}
		own[i] = own_sum;
		unknown[i] = fmax(unknown_sum, i ? unknown[i - 1] : 0);
	}
	sqlite3_finalize(s);
	return run_error(run) ? -EIO : 0;
}
