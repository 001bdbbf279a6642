/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a run file into memory, a column at a time. Called by everything that judges, prints or
 * draws.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "soak/record/run_database.h"
#include "soak/record/run_reader.h"
#include "soak/record/schema.h"

struct fact {
	char *key, *value;
};

struct run {
	sqlite3 *db;
	char *path;
	bool growing;
	size_t samples;
	double *times;
	double *series[METRIC_COUNT];
	double *sums[SERIES_COUNT];
	struct fact *facts;
	size_t nfacts;
	struct run_event *events;
	size_t nevents;
	struct run_cross *crosscheck;
	struct run_allocator_calls *allocator;
	size_t nallocator;
	size_t ncross;
	char *error; /* the first that a query met; NULL: none */
};

static void note_error(struct run *run, int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW || run->error)
		return;
	if (asprintf(&run->error, "%s is damaged: %s", run->path, sqlite3_errmsg(run->db)) < 0)
		run->error = NULL;
}

bool run_prepare(struct run *run, const char *sql, struct sqlite3_stmt **ret_statement)
{
	int code = sqlite3_prepare_v2(run->db, sql, -1, ret_statement, NULL);

	if (code != SQLITE_ERROR) /* the file is from before there was that column or table */
		note_error(run, code);
	return code == SQLITE_OK;
}

bool run_next(struct run *run, struct sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	note_error(run, code);
	return code == SQLITE_ROW;
}

const char *run_error(const struct run *run)
{
	return run->error;
}

static int64_t number_of(struct run *run, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t value = -1;

	if (run_prepare(run, sql, &s) && run_next(run, s))
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

static char *text_column(sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	return strdup(text ? (const char *)text : "");
}

static int load_facts(struct run *run)
{
	int64_t count = number_of(run, "SELECT count(*) FROM facts");
	sqlite3_stmt *s = NULL;

	if (count < 0)
		return -EBADMSG;
	run->facts = calloc(count ? count : 1, sizeof(*run->facts));
	if (!run->facts)
		return -ENOMEM;
	run_prepare(run, "SELECT key,value FROM facts ORDER BY key", &s);
	while (run->nfacts < (size_t)count && run_next(run, s))
		run->facts[run->nfacts++] = (struct fact){text_column(s, 0), text_column(s, 1)};
	sqlite3_finalize(s);
	return run->error ? -EBADMSG : 0;
}

/* What can be said of a file before SQLite sees it: the application id stands at byte 68. */
static int check_file(const char *path, bool *ret_growing, struct text *error)
{
	unsigned char head[72] = {0};
	struct stat st;
	int fd, code = 0;

	if (stat(path, &st))
		return text_fail(error, -errno, "cannot read %s: %m", path);
	if (!S_ISREG(st.st_mode))
		return text_fail(error, -EINVAL, "%s is a %s, not a run file", path,
			S_ISDIR(st.st_mode) ? "directory" : "special file");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return text_fail(error, -errno, "cannot read %s: %m", path);
	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head + 68, "SOAK", 4) != 0) {
		text_set(error, "%s is not a run file (soak run --output FILE makes one)", path);
		code = -EINVAL;
	}
	*ret_growing = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return code;
}

static int check_format(struct run *run, struct text *error)
{
	int64_t version = number_of(run, "PRAGMA user_version");
	struct stat st;

	if (version < 0 || stat(run->path, &st))
		return text_fail(
			error, -EBADMSG, "%s is damaged: %s", run->path, sqlite3_errmsg(run->db));
	if (version != SCHEMA_VERSION)
		return text_fail(error, -EINVAL, "%s has format %lld, this soak reads %d",
			run->path, (long long)version, SCHEMA_VERSION);
	if (st.st_size % 512)
		return text_fail(error, -EBADMSG, "%s is damaged: it was cut off", run->path);
	return 0;
}

/*
 * Each page is looked at first: a verb that has begun to print cannot take that back. It takes what
 * one query over all samples takes.
 */
static int check_pages(struct run *run, struct text *error)
{
	const char *found = NULL;
	sqlite3_stmt *s = NULL;
	int code = 0;

	if (run_prepare(run, "PRAGMA quick_check(1)", &s) && run_next(run, s))
		found = (const char *)sqlite3_column_text(s, 0);
	if (!found || strcmp(found, "ok") != 0) {
		found = found ? found : sqlite3_errmsg(run->db);
		text_set(error, "%s is damaged: %.*s", run->path, (int)strcspn(found, "\n"), found);
		code = -EBADMSG;
	}
	sqlite3_finalize(s);
	return code;
}

/* One read transaction for all: a file that is still growing holds still for us. */
static int begin(struct run *run, struct text *error)
{
	int64_t count;

	sqlite3_busy_timeout(run->db, 2000);
	if (sqlite3_exec(run->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
		(count = number_of(run, "SELECT count(*) FROM samples")) < 0)
		return text_fail(
			error, -EBADMSG, "%s is damaged: %s", run->path, sqlite3_errmsg(run->db));
	run->samples = count;
	return check_pages(run, error);
}

int run_open(const char *path, struct run **ret_run, struct text *error)
{
	struct run *run;
	bool growing = false;
	int code;

	code = check_file(path, &growing, error);
	if (code)
		return code;
	run = calloc(1, sizeof(*run));
	if (!run || !(run->path = strdup(path))) {
		free(run);
		return text_fail(error, -ENOMEM, "cannot read %s: %s", path, strerror(ENOMEM));
	}
	run->growing = growing;
	if (sqlite3_open_v2(path, &run->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		text_set(error, "cannot read %s: %s", path, sqlite3_errmsg(run->db));
		code = -EIO;
	} else {
		code = check_format(run, error);
	}
	if (!code)
		code = begin(run, error);
	if (!code && (code = load_facts(run)))
		text_set(error, code == -ENOMEM ? "cannot read %s: %s" : "%s is damaged: %s", path,
			code == -ENOMEM ? strerror(ENOMEM) : sqlite3_errmsg(run->db));
	if (code) {
		run_close(run);
		return code;
	}
	*ret_run = run;
	return 0;
}

void run_close(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->nfacts; i++) {
		free(run->facts[i].key);
		free(run->facts[i].value);
	}
	for (size_t i = 0; i < run->nevents; i++) {
		free((char *)run->events[i].kind);
		free((char *)run->events[i].text);
	}
	for (size_t i = 0; i < run->ncross; i++)
		free((char *)run->crosscheck[i].syscall);
	for (int m = 0; m < METRIC_COUNT; m++)
		free(run->series[m]);
	for (int s = 0; s < SERIES_COUNT; s++)
		free(run->sums[s]);
	free(run->times);
	free(run->facts);
	free(run->events);
	free(run->crosscheck);
	for (size_t i = 0; i < run->nallocator; i++) {
		free((char *)run->allocator[i].syscall);
		free((char *)run->allocator[i].program);
	}
	free(run->allocator);
	free(run->path);
	free(run->error);
	sqlite3_close(run->db);
	free(run);
}

const char *run_path(const struct run *run)
{
	return run->path;
}

bool run_is_growing(const struct run *run)
{
	return run->growing;
}

size_t run_sample_count(const struct run *run)
{
	return run->samples;
}

const double *run_series(struct run *run, enum metric metric)
{
	double *values;
	sqlite3_stmt *s = NULL;
	char sql[128];
	size_t i = 0;

	if (run->series[metric])
		return run->series[metric];
	values = malloc((run->samples ? run->samples : 1) * sizeof(*values));
	if (!values)
		return NULL;
	snprintf(
		sql, sizeof(sql), "SELECT %s FROM samples ORDER BY t_ns", metric_info[metric].name);
	if (run_prepare(run, sql, &s))
		for (; i < run->samples && run_next(run, s); i++)
			values[i] = sqlite3_column_type(s, 0) == SQLITE_NULL
					    ? NAN
					    : sqlite3_column_double(s, 0);
	else if (!run->error)
		while (i < run->samples)
			values[i++] = NAN;
	sqlite3_finalize(s);
	if (i < run->samples) {
		free(values);
		return NULL;
	}
	run->series[metric] = values;
	return values;
}

double **run_sum_place(struct run *run, enum series_id series)
{
	return &run->sums[series];
}

const double *run_times(struct run *run)
{
	const double *ns = run_series(run, METRIC_t_ns);

	if (run->times || !ns)
		return run->times;
	run->times = malloc((run->samples ? run->samples : 1) * sizeof(*run->times));
	for (size_t i = 0; run->times && i < run->samples; i++)
		run->times[i] = ns[i] / 1e9;
	return run->times;
}

const char *run_fact(const struct run *run, const char *key)
{
	for (size_t i = 0; i < run->nfacts; i++)
		if (strcmp(run->facts[i].key, key) == 0)
			return run->facts[i].value;
	return NULL;
}

const char *run_fact_key(const struct run *run, size_t i)
{
	return i < run->nfacts ? run->facts[i].key : NULL;
}

double run_fact_number(const struct run *run, const char *key, double otherwise)
{
	const char *text = run_fact(run, key);
	char *end;
	double value;

	if (!text)
		return otherwise;
	value = strtod(text, &end);
	return end == text ? otherwise : value;
}

typedef void fill_fn(sqlite3_stmt *s, void *row);

/* All rows that a query yields, `size` bytes each; NULL if there are none, or no memory. */
static void *load_rows(
	struct run *run, const char *sql, size_t size, fill_fn *fill, size_t *ret_count)
{
	sqlite3_stmt *s = NULL;
	size_t capacity = 0;
	char *rows = NULL;

	*ret_count = 0;
	run_prepare(run, sql, &s);
	while (s && run_next(run, s)) {
		if (*ret_count == capacity) {
			char *grown = reallocarray(rows, capacity * 2 + 8, size);

			if (!grown)
				break;
			rows = grown;
			capacity = capacity * 2 + 8;
		}
		fill(s, rows + (*ret_count)++ * size);
	}
	sqlite3_finalize(s);
	return rows;
}

static void fill_event(sqlite3_stmt *s, void *row)
{
	*(struct run_event *)row = (struct run_event){
		sqlite3_column_int64(s, 0) / 1e9, text_column(s, 1), text_column(s, 2)};
}

size_t run_events(struct run *run, const struct run_event **ret_events)
{
	if (!run->events)
		run->events = load_rows(run, "SELECT t_ns,kind,text FROM events ORDER BY rowid",
			sizeof(*run->events), fill_event, &run->nevents);
	*ret_events = run->events;
	return run->nevents;
}

static int64_t count_or_absent(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, column);
}

static void fill_cross(sqlite3_stmt *s, void *row)
{
	*(struct run_cross *)row =
		(struct run_cross){text_column(s, 0), count_or_absent(s, 1), count_or_absent(s, 2)};
}

size_t run_crosscheck(struct run *run, const struct run_cross **ret_rows)
{
	if (!run->crosscheck)
		run->crosscheck =
			load_rows(run, "SELECT syscall,bpf,perf FROM crosscheck ORDER BY rowid",
				sizeof(*run->crosscheck), fill_cross, &run->ncross);
	*ret_rows = run->crosscheck;
	return run->ncross;
}

static void fill_allocator_calls(sqlite3_stmt *s, void *row)
{
	*(struct run_allocator_calls *)row =
		(struct run_allocator_calls){.process = sqlite3_column_int(s, 0),
			.program = text_column(s, 5),
			.syscall = text_column(s, 1),
			.bpf = sqlite3_column_int64(s, 2),
			.own = sqlite3_column_int64(s, 3),
			.unsure = sqlite3_column_int64(s, 4)};
}

size_t run_allocator_calls(struct run *run, const struct run_allocator_calls **ret_rows)
{
	if (!run->allocator)
		run->allocator = load_rows(run,
			"SELECT process,syscall,bpf,own,unsure,ifnull(comm,'?') FROM allocator "
			"LEFT JOIN processes ON id = process ORDER BY process",
			sizeof(*run->allocator), fill_allocator_calls, &run->nallocator);
	*ret_rows = run->allocator;
	return run->nallocator;
}

int64_t run_number(struct run *run, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *s = NULL;
	int64_t value = otherwise;

	if (run_prepare(run, sql, &s) && run_next(run, s) &&
		sqlite3_column_type(s, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

struct sqlite3 *run_database(const struct run *run)
{
	return run->db;
}
