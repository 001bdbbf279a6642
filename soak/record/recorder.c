/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a run file by SQLite. Called by the session (soak/run) and by soak import. */
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/record/recorder_state.h"
#include "soak/record/schema.h"

static void keep_error(struct recorder *recorder, const char *what)
{
	if (!recorder->error.length)
		text_set(&recorder->error, "%s: %s", what, sqlite3_errmsg(recorder->db));
}

static void run_sql(struct recorder *recorder, const char *sql)
{
	if (!recorder->error.length &&
		sqlite3_exec(recorder->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		keep_error(recorder, "cannot write the run file");
}

sqlite3_stmt *recorder_row(struct recorder *recorder, enum statement which)
{
	return recorder->error.length ? NULL : recorder->statements[which];
}

void recorder_step(struct recorder *recorder, sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		keep_error(recorder, "cannot write the run file");
	sqlite3_reset(statement);
}

static void prepare(struct recorder *recorder)
{
	static const char *const sql[STATEMENTS] = {
		[FACT] = "INSERT OR REPLACE INTO facts VALUES(?,?)",
		[EVENT] = "INSERT INTO events VALUES(?,?,?)",
		[PROCESS] = "INSERT OR REPLACE INTO processes VALUES(?,?,?,?,?,?,?,?,?,?,?)",
		[CHURN] = "INSERT INTO churn VALUES(?,?,?,?,?,?,?)",
		[ERRORS] = "INSERT OR REPLACE INTO errors VALUES(?,?,?,?)",
		[LATENCY] = "INSERT OR REPLACE INTO latency VALUES(?,?,?,?)",
		[CROSS] = "INSERT OR REPLACE INTO crosscheck VALUES(?,?,?)",
		[ALLOCATOR] = "INSERT OR REPLACE INTO allocator VALUES(?,?,?,?,?)",
		[CALLER] = "INSERT INTO callers VALUES(?,?,?,?,?,?,?,?,?)",
		[PLACE] = "INSERT OR REPLACE INTO places VALUES(?,?,?,?,?,?,?,?,?,?)",
		[MAPPING] = "INSERT INTO mappings VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
		[HEAP] = "INSERT INTO heap VALUES(?,?,?,?,?,?,?,?)",
		[HEAP_SITE] = "INSERT INTO heap_sites VALUES(?,?,?)",
		[HEAP_FRAME] = "INSERT OR REPLACE INTO heap_frames VALUES(?,?,?,?,?,?,?)",
	};
	char samples[64 + 2 * METRIC_COUNT] = "INSERT OR REPLACE INTO samples VALUES(?";

	for (int m = 1; m < METRIC_COUNT; m++)
		strcat(samples, ",?");
	strcat(samples, ")");
	for (int s = 0; s < STATEMENTS && !recorder->error.length; s++)
		if (sqlite3_prepare_v2(recorder->db, s == SAMPLE ? samples : sql[s], -1,
			    &recorder->statements[s], NULL) != SQLITE_OK)
			keep_error(recorder, "cannot prepare the run file");
}

static void open_database(struct recorder *recorder)
{
	if (sqlite3_open_v2(recorder->output.file, &recorder->db, SQLITE_OPEN_READWRITE, NULL) !=
		SQLITE_OK)
		keep_error(recorder, "cannot open");
	sqlite3_busy_timeout(recorder->db, 10000); /* ms; another program may lock the file */
	/* What is not yet under its name has no journal beside it, which could not be renamed. */
	run_sql(recorder, recorder->output.old_fd < 0
				  ? "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL"
				  : "PRAGMA journal_mode=MEMORY;PRAGMA synchronous=OFF");
	run_sql(recorder, "PRAGMA cache_size=-512;PRAGMA wal_autocheckpoint=256");
}

static void create_schema(struct recorder *recorder)
{
	char *sql = schema_sql();

	if (sql)
		run_sql(recorder, sql);
	else
		text_set(&recorder->error, "out of memory");
	free(sql);
	prepare(recorder);
	run_sql(recorder, "BEGIN");
}

/* Somebody who reads it at this moment keeps the journal alive: no harm. */
static void close_database(struct recorder *recorder)
{
	for (int s = 0; s < STATEMENTS; s++)
		sqlite3_finalize(recorder->statements[s]);
	memset(recorder->statements, 0, sizeof(recorder->statements));
	sqlite3_exec(recorder->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	sqlite3_close(recorder->db);
	recorder->db = NULL;
}

int recorder_open(
	const char *path, bool overwrite, struct recorder **ret_recorder, struct text *error)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int code;

	if (!recorder)
		return text_fail(error, -ENOMEM, "%s: %s", path, strerror(ENOMEM));
	code = run_output_create(&recorder->output, path, overwrite, error);
	if (code) {
		run_output_release(&recorder->output);
		free(recorder);
		return code;
	}
	open_database(recorder);
	create_schema(recorder);
	if (recorder->error.length) {
		text_set(error, "%s: %s", path, text_of(&recorder->error));
		recorder_discard(recorder);
		return -EIO;
	}
	*ret_recorder = recorder;
	return 0;
}

int recorder_fd(const struct recorder *recorder)
{
	return recorder->output.fd;
}

void recorder_publish(struct recorder *recorder)
{
	if (recorder->output.old_fd < 0)
		return;
	run_sql(recorder, "COMMIT");
	if (recorder->error.length)
		return;
	close_database(recorder);
	if (run_output_take_name(&recorder->output))
		text_set(&recorder->error, "cannot replace %s: %s", recorder->output.path,
			strerror(errno));
	open_database(recorder);
	prepare(recorder);
	run_sql(recorder, "BEGIN");
}

int recorder_close(struct recorder *recorder)
{
	int code;

	if (!recorder)
		return 0;
	run_sql(recorder, "COMMIT");
	code = recorder->error.length ? -EIO : 0;
	close_database(recorder);
	if (!code)
		code = run_output_take_name(&recorder->output);
	else if (!recorder->committed)
		code = -ENODATA;
	if (code == -ENODATA || recorder->output.old_fd >= 0)
		run_output_remove(&recorder->output);
	run_output_release(&recorder->output);
	text_release(&recorder->error);
	free(recorder);
	return code;
}

void recorder_discard(struct recorder *recorder)
{
	if (!recorder)
		return;
	close_database(recorder);
	run_output_remove(&recorder->output);
	run_output_release(&recorder->output);
	text_release(&recorder->error);
	free(recorder);
}

void recorder_set_start(struct recorder *recorder, uint64_t start_ns)
{
	recorder->start_ns = start_ns;
}

int64_t recorder_since_start(const struct recorder *recorder, uint64_t now_ns)
{
	return (int64_t)(now_ns - recorder->start_ns);
}

void recorder_fact(struct recorder *recorder, const char *key, const char *format, ...)
{
	sqlite3_stmt *s = recorder_row(recorder, FACT);
	va_list arguments;

	if (!s)
		return;
	va_start(arguments, format);
	sqlite3_bind_text(s, 1, key, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 2, sqlite3_vmprintf(format, arguments), -1, sqlite3_free);
	va_end(arguments);
	recorder_step(recorder, s);
}

void recorder_event(
	struct recorder *recorder, uint64_t now_ns, const char *kind, const char *format, ...)
{
	sqlite3_stmt *s = recorder_row(recorder, EVENT);
	va_list arguments;

	if (!s)
		return;
	va_start(arguments, format);
	/* what happens before the start, as sources are opened, happens at it */
	sqlite3_bind_int64(s, 1, recorder->start_ns ? recorder_since_start(recorder, now_ns) : 0);
	sqlite3_bind_text(s, 2, kind, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(s, 3, sqlite3_vmprintf(format, arguments), -1, sqlite3_free);
	va_end(arguments);
	recorder_step(recorder, s);
}

void recorder_sample(struct recorder *recorder, const struct sample *sample)
{
	sqlite3_stmt *s = recorder_row(recorder, SAMPLE);

	if (!s)
		return;
	for (int m = 0; m < METRIC_COUNT; m++)
		sample->v[m] == SAMPLE_NONE ? sqlite3_bind_null(s, m + 1)
					    : sqlite3_bind_int64(s, m + 1, sample->v[m]);
	recorder_step(recorder, s);
}

void recorder_mapping(struct recorder *recorder, const struct mapping_group *group, uint64_t now_ns)
{
	sqlite3_stmt *s = recorder_row(recorder, MAPPING);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, recorder_since_start(recorder, now_ns));
	sqlite3_bind_int64(s, 2, group->process);
	sqlite3_bind_text(s, 3, mapping_kind_name(group->kind), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, group->name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 5, group->count);
	for (int f = 0; f < MAPPING_FIGURE_COUNT; f++)
		sqlite3_bind_int64(s, 6 + f, group->bytes[f]);
	recorder_step(recorder, s);
}

void recorder_process(struct recorder *recorder, const struct process *process)
{
	sqlite3_stmt *s = recorder_row(recorder, PROCESS);

	if (!s)
		return;
	sqlite3_bind_int64(s, 1, process->id);
	sqlite3_bind_int64(s, 2, process->tgid);
	sqlite3_bind_int64(s, 3, process->parent);
	sqlite3_bind_text(s, 4, process->comm, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 5, recorder_since_start(recorder, process->start_ns));
	sqlite3_bind_null(s, 6);
	sqlite3_bind_null(s, 7);
	if (process->end_ns) {
		sqlite3_bind_int64(s, 6, recorder_since_start(recorder, process->end_ns));
		if (process->live)
			sqlite3_bind_int64(s, 7, process->exit_code);
	}
	sqlite3_bind_int64(s, 8, process->peak_rss_bytes);
	for (int c = 0; c < PROCESS_USAGE; c++)
		sqlite3_bind_int64(s, 9 + c, process->counted[c]);
	recorder_step(recorder, s);
}

void recorder_commit(struct recorder *recorder)
{
	run_sql(recorder, "COMMIT;BEGIN");
	recorder->committed |= !recorder->error.length;
}

void recorder_checkpoint(struct recorder *recorder)
{
	run_sql(recorder, "COMMIT;PRAGMA wal_checkpoint(TRUNCATE);BEGIN");
}

const char *recorder_error(const struct recorder *recorder)
{
	return recorder->error.chars;
}
