/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schema as data: tables here, the columns of `samples` from the metric catalogue. Called by
 * the recorder and the reader.
 */
#include <stdlib.h>

#include "collectors/metrics.h"
#include "soak/record/schema.h"

struct column {
	const char *name, *type, *unit, *meaning;
};

struct table {
	const char *name, *meaning, *constraint;
	struct column columns[20];
};

static const struct table tables[] = {
	{"facts", "What the run is: one row for each fact.", "",
		{{"key", "TEXT PRIMARY KEY", "", "name of the fact, see below"},
			{"value", "TEXT NOT NULL", "", "its value"}}},
	{"events", "What happened, in words.", "",
		{{"t_ns", "INTEGER NOT NULL", "ns", "when"},
			{"kind", "TEXT NOT NULL", "",
				"start, exec, warning, absent, skipped, clock, crosscheck, "
				"segment, mark, end"},
			{"text", "TEXT NOT NULL", "", "what, in words"}}},
	{"processes",
		"The processes of the target, written when each begins and again when it ends.", "",
		{{"id", "INTEGER PRIMARY KEY", "",
			 "number within this run, in order of appearance"},
			{"pid", "INTEGER NOT NULL", "", "process id"},
			{"parent_pid", "INTEGER", "", "process id of the process that forked it"},
			{"comm", "TEXT", "", "its name, as last seen"},
			{"start_ns", "INTEGER NOT NULL", "ns",
				"time of the fork, or at which it was first seen"},
			{"end_ns", "INTEGER", "ns", "exit of its last thread; NULL while it runs"},
			{"wait_status", "INTEGER", "",
				"exit status as wait(2) gives it; NULL while it runs"},
			{"peak_rss_bytes", "INTEGER", "bytes",
				"the higher of the kernel's high-water mark and the highest "
				"sample"},
			{"minflt", "INTEGER", "count", "minor page faults"},
			{"majflt", "INTEGER", "count", "major page faults"},
			{"cpu_ns", "INTEGER", "ns", "CPU time"}}},
	{"churn",
		"Churn calls by process and kind. Each row has the increase since the row before.",
		"",
		{{"t_ns", "INTEGER NOT NULL", "ns", "end of the interval, about a second long"},
			{"process", "INTEGER NOT NULL", "",
				"processes.id; 0: all processes beyond 1023 at once, counted "
				"together"},
			{"syscall", "TEXT NOT NULL", "",
				"mmap, munmap, madvise, mremap, brk, mprotect, "
				"process_madvise"},
			{"kind", "TEXT NOT NULL", "",
				"the advice, the type of mapping, grow or shrink"},
			{"calls", "INTEGER NOT NULL", "count",
				"calls that returned, including failed ones"},
			{"bytes", "INTEGER NOT NULL", "bytes",
				"sum of the lengths of the calls that succeeded"},
			{"time_ns", "INTEGER NOT NULL", "ns",
				"time from entry to exit; 0 without --latency"}}},
	{"callers", "Churn calls by caller. Each row has the increase since the row before.", "",
		{{"t_ns", "INTEGER NOT NULL", "ns", "end of the interval, about a second long"},
			{"process", "INTEGER NOT NULL", "", "processes.id"},
			{"syscall", "TEXT NOT NULL", "", "as in churn"},
			{"kind", "TEXT NOT NULL", "", "as in churn"},
			{"place", "INTEGER NOT NULL", "", "places.id"},
			{"calls", "INTEGER NOT NULL", "count", "as in churn"},
			{"errors", "INTEGER NOT NULL", "count", "calls that failed"},
			{"bytes", "INTEGER NOT NULL", "bytes", "as in churn"},
			{"time_ns", "INTEGER NOT NULL", "ns", "as in churn"}}},
	{"places", "The callers; written when the run ends.", "",
		{{"id", "INTEGER PRIMARY KEY", "", "in order of appearance"},
			{"program", "TEXT NOT NULL", "",
				"name of the first process that was seen at this place"},
			{"certainty", "TEXT NOT NULL", "",
				"exact: by call frame information; heuristic: a frame pointer or "
				"a word on the stack was trusted; unknown: no caller was found"},
			{"several", "INTEGER NOT NULL", "",
				"1: several callers of the named function were seen"},
			{"caller", "TEXT", "",
				"module`function+offset, or module+address, of the first frame "
				"outside libc, ld.so, allocators and the standard libraries of C++ "
				"and Rust, if there is one; NULL if unknown"},
			{"module", "TEXT", "", "the file that the caller lies in"},
			{"build_id", "TEXT", "", "build id of that file; NULL if it has none"},
			{"address", "INTEGER", "",
				"address of the call, in the file's own addresses"},
			{"allocator", "INTEGER NOT NULL", "",
				"1: the call was made by the allocator, for that caller"},
			{"stack", "TEXT NOT NULL", "",
				"frames, from the outermost known one to the system call, "
				"separated by ;"}}},
	{"mappings",
		"Who holds the memory: mappings added up by process, kind and name. Read at the "
		"samples that have a mappings_cost_ns; a group has a row where it is not as it was "
		"at the reading before.",
		"",
		{{"t_ns", "INTEGER NOT NULL", "ns", "of the sample with which they were read"},
			{"process", "INTEGER NOT NULL", "",
				"processes.id; 0: more groups than can be told apart"},
			{"kind", "TEXT NOT NULL", "",
				"anonymous, heap (of brk), stack, file, shared, kernel"},
			{"name", "TEXT NOT NULL", "",
				"the file's path, or the name that the program gave; may be empty"},
			{"mappings", "INTEGER NOT NULL", "count", "how many; 0: it has gone"},
			{"size_bytes", "INTEGER NOT NULL", "bytes", "of address space"},
			{"rss_bytes", "INTEGER NOT NULL", "bytes", "resident"},
			{"pss_bytes", "INTEGER NOT NULL", "bytes",
				"resident, shared pages divided by their sharers"},
			{"anon_bytes", "INTEGER NOT NULL", "bytes",
				"of rss_bytes: not backed by a file, or written to since"},
			{"swap_bytes", "INTEGER NOT NULL", "bytes", "swapped out"},
			{"huge_bytes", "INTEGER NOT NULL", "bytes",
				"of anon_bytes: in transparent huge pages"},
			{"lazyfree_bytes", "INTEGER NOT NULL", "bytes",
				"of anon_bytes: freed by MADV_FREE, and not reclaimed"}}},
	{"heap",
		"Who holds the live heap, with --heap-sampling: estimates from sampled allocations "
		"(docs/heap-sampling.md). A site has a row where it is not as it was before; a "
		"reading is complete when all rows of its time are there.",
		"",
		{{"t_ns", "INTEGER NOT NULL", "ns", "of the sample at which it was so"},
			{"site", "INTEGER NOT NULL", "",
				"heap_sites.id; 0: sites beyond 20 000, and what changed in too "
				"many sites at once to be told of each"},
			{"live_bytes", "INTEGER NOT NULL", "bytes",
				"allocated there and not released, as the allocator rounds it up"},
			{"live_blocks", "INTEGER NOT NULL", "count", "likewise"},
			{"live_variance", "REAL NOT NULL", "bytes^2", "of the estimate live_bytes"},
			{"allocated_bytes", "INTEGER NOT NULL", "bytes",
				"allocated there since the start"},
			{"allocated_blocks", "INTEGER NOT NULL", "count", "likewise"},
			{"allocated_variance", "REAL NOT NULL", "bytes^2",
				"of the estimate allocated_bytes"}}},
	{"heap_sites", "The call stacks of the sampled allocations, each once.", "",
		{{"id", "INTEGER PRIMARY KEY", "", "in order of appearance"},
			{"frames", "TEXT NOT NULL", "",
				"heap_frames.id of each frame, separated by commas, from the call "
				"of the allocator to the outermost known one"},
			{"reaches", "TEXT NOT NULL", "",
				"outermost: the stack is whole; cut: it is longer than what was "
				"sent; lost: nothing leads further, or the stack was not sent"}}},
	{"heap_frames", "The calls that these stacks consist of; named when the run ends.", "",
		{{"id", "INTEGER PRIMARY KEY", "", "in order of appearance"},
			{"function", "TEXT NOT NULL", "",
				"module`function, module+address, or [unknown]"},
			{"place", "TEXT NOT NULL", "", "module`function+offset, or the same"},
			{"module", "TEXT", "", "the file; NULL: in none that is known"},
			{"build_id", "TEXT", "", "of that file; NULL if it has none"},
			{"address", "INTEGER NOT NULL", "",
				"of the call, in the file's own addresses"},
			{"own", "INTEGER NOT NULL", "",
				"0: of libc, ld.so, an allocator or the standard library of C++ or "
				"Rust"}}},
	{"errors", "Failed churn calls: totals, updated every second.",
		", PRIMARY KEY(process, syscall, errno)",
		{{"process", "INTEGER NOT NULL", "", "processes.id"},
			{"syscall", "TEXT NOT NULL", "", "as in churn"},
			{"errno", "TEXT NOT NULL", "",
				"ENOMEM, EINVAL, EAGAIN, EPERM (with EACCES) or other"},
			{"calls", "INTEGER NOT NULL", "count",
				"calls that failed with this errno"}}},
	{"latency",
		"Latency histogram of the churn calls, with --latency: totals, updated every "
		"second.",
		", PRIMARY KEY(process, syscall, log2_ns)",
		{{"process", "INTEGER NOT NULL", "", "processes.id"},
			{"syscall", "TEXT NOT NULL", "", "as in churn"},
			{"log2_ns", "INTEGER NOT NULL", "log2(ns)",
				"b: calls that took 2^b to 2^(b+1) ns; 31: and all longer ones"},
			{"calls", "INTEGER NOT NULL", "count", "calls in this bucket"}}},
	{"allocator", "Calls from the code of an allocator that counts its own calls, by process.",
		", PRIMARY KEY(process, syscall)",
		{{"process", "INTEGER NOT NULL", "", "processes.id"},
			{"syscall", "TEXT NOT NULL", "", "as in churn"},
			{"bpf", "INTEGER NOT NULL", "count",
				"calls from the allocator's code that the probes saw return"},
			{"own", "INTEGER NOT NULL", "count",
				"the same calls by the allocator's own counters"},
			{"unsure", "INTEGER NOT NULL", "count",
				"by how much the two may differ: calls of other threads that were "
				"under way at the first look at an attached process, plus times "
				"that the counters could not be read"}}},
	{"crosscheck",
		"The same calls by two kernel sources, at the end of the run, or at the last "
		"second before it was broken off.",
		"",
		{{"syscall", "TEXT PRIMARY KEY", "", "as in churn"},
			{"bpf", "INTEGER", "count",
				"calls that the probes saw return; NULL without probes"},
			{"perf", "INTEGER", "count",
				"calls that perf_event saw return; NULL without perf_event"}}},
};

#define TABLES (sizeof(tables) / sizeof(*tables))

char *schema_sql(void)
{
	char *sql = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&sql, &size);

	if (!out)
		return NULL;
	fprintf(out, "PRAGMA application_id=%d;PRAGMA user_version=%d;", SCHEMA_APPLICATION_ID,
		SCHEMA_VERSION);
	fputs("CREATE TABLE samples(", out);
	for (int m = 0; m < METRIC_COUNT; m++)
		fprintf(out, "%s%s INTEGER%s", m ? "," : "", metric_info[m].name,
			m == METRIC_t_ns ? " PRIMARY KEY" : "");
	fputs(");", out);
	for (size_t t = 0; t < TABLES; t++) {
		fprintf(out, "CREATE TABLE %s(", tables[t].name);
		for (const struct column *c = tables[t].columns; c->name; c++)
			fprintf(out, "%s%s %s", c == tables[t].columns ? "" : ",", c->name,
				c->type);
		fprintf(out, "%s)%s;", tables[t].constraint,
			tables[t].constraint[0] ? " WITHOUT ROWID" : "");
	}
	if (fclose(out)) {
		free(sql);
		return NULL;
	}
	return sql;
}

static void document_samples(FILE *out)
{
	fputs("\n## samples\n\nAll metrics at one instant. NULL means not measured, not "
	      "zero. A *counter* "
	      "starts at 0\nwith the run and never falls; a *gauge* is the value at the "
	      "instant; a *slow* metric "
	      "is\nonly in some samples.\n\n| column | unit | kind | source | meaning "
	      "|\n|---|---|---|---|---|\n",
		out);
	for (int m = 0; m < METRIC_COUNT; m++) {
		const struct metric_info *info = &metric_info[m];

		fprintf(out, "| %s | %s | %s%s | %s | %s |\n", info->name,
			metric_unit_name(info->unit), info->rate == RATE_SLOW ? "slow " : "",
			info->kind == KIND_COUNTER ? "counter" : "gauge", info->source,
			info->meaning);
	}
}

void schema_document(FILE *out)
{
	document_samples(out);
	for (size_t t = 0; t < TABLES; t++) {
		fprintf(out, "\n## %s\n\n%s\n\n| column | unit | meaning |\n|---|---|---|\n",
			tables[t].name, tables[t].meaning);
		for (const struct column *c = tables[t].columns; c->name; c++)
			fprintf(out, "| %s | %s | %s |\n", c->name, c->unit, c->meaning);
	}
}
