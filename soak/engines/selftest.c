/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records programs of which every call is known, and looks whether the figures agree. Called by
 * soak doctor --selftest.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/judge/run_input.h"
#include "soak/run/allocator.h"
#include "soak/run/session.h"
#include "soak/engines/selftest.h"

/* As soak/workloads/bench_planted.c plants them. */
#define PLANTED_MADVISES 23
#define PLANTED_MMAPS 10007
#define LEAK_BASE_KIB 65536
#define LEAK_KIB_PER_S 1024
#define LEAK_SECONDS 9
#define LEAK_TOLERANCE 0.05 /* of the slope: the planter sleeps, and the host may be busy */

struct trial {
	char directory[64], file[96], program[PATH_MAX];
	void (*show)(const struct selftest_check *check);
	bool failed;
	struct text *error;
};

static void report(struct trial *trial, const char *what, bool good, double planted, double found)
{
	trial->show(&(struct selftest_check){what, good, planted, found});
	trial->failed |= !good;
}

static int record(struct trial *trial, char **command, struct run **ret_run)
{
	const struct session_options options = {.command = command,
		.interval_ns = 20000000,
		.warmup_s = 1,
		.allocator = "glibc",
		.ops = OPS_NONE,
		.output = trial->file,
		.overwrite = true,
		.stop_grace_ns = 1000000000};
	struct session_result result;
	struct session *session;
	int code = session_run(&options, &result, &session, trial->error);

	session_close(session);
	return code ? code : run_open(trial->file, ret_run, trial->error);
}

static void check_count(
	struct trial *trial, struct run *run, const char *what, int64_t planted, const char *sql)
{
	int64_t found = run_number(run, sql, -1);

	report(trial, what, found == planted, planted, found);
}

static int try_churn(struct trial *trial)
{
	char *command[] = {trial->program, (char *)"churn", NULL};
	const struct run_cross *rows;
	struct run *run;
	size_t n;
	int code = record(trial, command, &run);

	if (code)
		return code;
	check_count(trial, run, "madvise(MADV_SEQUENTIAL)", PLANTED_MADVISES,
		"SELECT sum(calls) FROM churn WHERE syscall='madvise' AND kind='sequential'");
	check_count(trial, run, "anonymous mmaps of 5 children, 3 threads each", PLANTED_MMAPS,
		"SELECT sum(calls) FROM churn WHERE syscall='mmap' AND kind='anon' AND process>1");
	check_count(
		trial, run, "processes", 6, "SELECT count(*) FROM processes WHERE wait_status=0");
	n = run_crosscheck(run, &rows);
	for (size_t i = 0; i < n; i++) {
		char what[64];

		snprintf(what, sizeof(what), "%s: perf_event (planted) against eBPF",
			rows[i].syscall);
		report(trial, what, rows[i].perf == rows[i].bpf && rows[i].bpf >= 0, rows[i].perf,
			rows[i].bpf);
	}
	run_close(run);
	return 0;
}

static int try_leak(struct trial *trial)
{
	char base[16], rate[16], seconds[16];
	char *command[] = {trial->program, (char *)"leak", base, rate, seconds, NULL};
	struct judge_settings settings;
	struct judgement judgement;
	struct run *run;
	int code;

	snprintf(base, sizeof(base), "%d", LEAK_BASE_KIB);
	snprintf(rate, sizeof(rate), "%d", LEAK_KIB_PER_S);
	snprintf(seconds, sizeof(seconds), "%d", LEAK_SECONDS);
	code = record(trial, command, &run);
	if (code)
		return code;
	judge_settings_init(&settings);
	if (judge_recording(run, NAN, &settings, &judgement) == 0) {
		double found = judgement.drift_slope_bytes_per_s / 1024;

		report(trial, "leak, KiB/s",
			fabs(found - LEAK_KIB_PER_S) <= LEAK_TOLERANCE * LEAK_KIB_PER_S,
			LEAK_KIB_PER_S, found);
		report(trial, "rule rss_drift fails (1: yes)",
			judgement.rules[RULE_RSS_DRIFT].verdict == VERDICT_FAIL, 1,
			judgement.rules[RULE_RSS_DRIFT].verdict == VERDICT_FAIL);
		judgement_release(&judgement);
	}
	run_close(run);
	return 0;
}

int selftest_run(
	void (*show)(const struct selftest_check *check), bool *ret_passed, struct text *error)
{
	struct trial trial = {
		.directory = "/tmp/soak-selftest-XXXXXX", .show = show, .error = error};
	struct probes *probes;
	scoped_text why = {0};
	int code;

	if (allocator_own_file(".", SOAK_LIBEXECDIR, "bench_planted", trial.program))
		return text_fail(error, -ENOPKG, "bench_planted is neither beside soak nor in %s",
			SOAK_LIBEXECDIR);
	code = probes_open(&(struct probes_options){0}, &probes, &why);
	if (code)
		return text_fail(
			error, code, "nothing to test: no kernel probes: %s", text_of(&why));
	probes_close(probes);
	if (!mkdtemp(trial.directory)) {
		code = -errno;
		return text_fail(
			error, code, "cannot make a directory in /tmp: %s", strerror(-code));
	}
	snprintf(trial.file, sizeof(trial.file), "%s/planted.soak", trial.directory);
	code = try_churn(&trial);
	if (!code)
		code = try_leak(&trial);
	unlink(trial.file);
	rmdir(trial.directory);
	*ret_passed = !trial.failed;
	return code;
}
