/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plants faults and looks whether the gate sees them. Called by soak prove. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/engines/prove.h"
#include "soak/engines/prove_size.h"
#include "soak/judge/run_input.h"
#include "soak/record/run_reader.h"

/* Of what should have been planted by the end: with less the fault was another one. */
#define PLANTED_SHARE 0.8

static const struct {
	const char *name;
	enum rule rules[2];
	int n;
	const char *account; /* the fact that tells how much was planted */
	double per_unit_s;   /* seconds in the unit of its size; 0: any amount will do */
} faults[PROVE_FAULTS] = {
	[PROVE_NOTHING] = {.name = "plain"},
	[PROVE_LEAK] = {"leak", {RULE_RSS_DRIFT, RULE_MEMORY_DRIFT}, 2, "fault_leaked_bytes", 3600},
	[PROVE_CHURN] = {"churn", {RULE_SYSCALL_BUDGET, RULE_SYSCALL_RATE}, 2, "fault_churn_pairs",
		1},
	[PROVE_SLOW] = {"slow", {RULE_THROUGHPUT_DROP}, 1, "fault_slowed_s", 0},
};

const char *prove_name(enum prove_fault fault)
{
	return faults[fault].name;
}

static void conclude(struct prove_case *one, enum prove_outcome outcome, const char *why)
{
	one->outcome = outcome;
	snprintf(one->why, sizeof(one->why), "%s", why);
}

/* ---- one run --------------------------------------------------------------------------------- */

static void fault_text(const struct prove *prove, enum prove_fault fault, char *text, size_t size)
{
	double planted = prove->cases[fault].size;

	if (fault == PROVE_SLOW)
		snprintf(text, size, "slow:%.6g:%.6g", planted, prove->session.duration_ns / 1e9);
	else
		snprintf(text, size, "%s:%.17g", faults[fault].name, planted);
}

static int record(struct prove *prove, enum prove_fault fault, char *error, size_t error_size)
{
	struct prove_case *one = &prove->cases[fault];
	struct session_options options = prove->session;
	struct session_result result;
	struct session *session;
	char text[64];
	int code;

	fault_text(prove, fault, text, sizeof(text));
	options.output = one->file;
	options.own_output = true;
	if (fault != PROVE_NOTHING) {
		options.fault = text;
		options.on_warning = NULL; /* they are the plain run's */
	}
	if (prove->on_run)
		prove->on_run(prove, fault, one->size);
	code = session_run(&options, &result, &session, error, error_size);
	session_close(session);
	return !code && result.interrupted ? -EINTR : code;
}

/* Was it there, and all of it? `judgement` has the window that it had to be in. */
static bool was_planted(struct run *run, const struct judgement *judgement, enum prove_fault fault,
	struct prove_case *one)
{
	double begun_s = run_fact_number(run, "fault_begun_s", NAN);
	double planted = run_fact_number(run, faults[fault].account, 0.0);
	double to_s = run_fact_number(run, "duration_s", NAN);
	double length_s = to_s - fmin(begun_s, fmax(0.0, judgement->from_s));
	double due = faults[fault].per_unit_s ? one->size * length_s / faults[fault].per_unit_s : 0;

	if (isnan(begun_s))
		conclude(one, PROVE_OPEN,
			"not planted: the target does not call libsoakops.so; is it statically "
			"linked or set-uid, or does it have its own malloc linked in?");
	else if (!(planted > 0.0))
		conclude(one, PROVE_OPEN,
			"not planted: the target made no allocator call that could be slowed down, "
			"or ended at once");
	else if (planted < PLANTED_SHARE * due)
		snprintf(one->why, sizeof(one->why),
			"only %.0f %% of it was planted: the process that began it ended, or "
			"cannot keep up",
			100.0 * planted / due);
	else
		return true;
	one->outcome = PROVE_OPEN;
	return false;
}

/* One FAIL is enough for a gate to fail. What is not as wanted is told by a rule's own reason. */
static void weigh(const struct judgement *judgement, enum prove_fault fault, struct prove_case *one)
{
	const struct rule_result *failed = NULL, *open = NULL, *passed = NULL;

	for (int r = 0; r < RULE_COUNT; r++) {
		const struct rule_result *result = &judgement->rules[r];

		if (!one->rules[r].asked)
			continue;
		one->rules[r].verdict = result->verdict;
		if (result->verdict == VERDICT_FAIL)
			failed = result;
		else if (result->verdict == VERDICT_PASS)
			passed = result;
		else
			open = result;
	}
	if (fault == PROVE_NOTHING)
		conclude(one, failed ? PROVE_NOT_AS_WANTED : PROVE_AS_WANTED,
			failed ? failed->reason : "");
	else if (failed)
		conclude(one, PROVE_AS_WANTED, "");
	else if (open)
		conclude(one, PROVE_OPEN, open->reason);
	else
		conclude(one, PROVE_NOT_AS_WANTED, passed ? passed->reason : "");
}

/* Records, and judges as the gate would. The run is the caller's. */
static int try_one(struct prove *prove, enum prove_fault fault, struct run **ret_run,
	struct judgement *ret_judgement, char *error, size_t error_size)
{
	struct prove_case *one = &prove->cases[fault];
	int code = record(prove, fault, error, error_size);

	if (!code)
		code = run_open(one->file, ret_run, error, error_size);
	if (code)
		return code;
	code = judge_recording(*ret_run, NAN, &prove->settings, ret_judgement);
	if (!code)
		return 0;
	snprintf(error, error_size, "cannot judge %s: %s", one->file, strerror(-code));
	run_close(*ret_run);
	return code;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Those that the gate judges, of the rules that see a fault. False, concluded, if there is none. */
static bool choose_rules(
	const struct judgement *plain, enum prove_fault fault, struct prove_case *one)
{
	char names[64] = "";
	int n = 0;

	for (int i = 0; i < faults[fault].n; i++) {
		enum rule rule = faults[fault].rules[i];

		one->rules[rule].asked = plain->rules[rule].verdict != VERDICT_NOT_JUDGED;
		n += one->rules[rule].asked;
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			i ? " or " : "", judge_rule_info(rule)->name);
	}
	if (n)
		return true;
	one->outcome = PROVE_LEFT_OUT;
	snprintf(one->why, sizeof(one->why), "left out: %s is not judged here", names);
	return false;
}

/* False, concluded, if it is not to be planted, or nobody knows how much of it. */
static bool choose_size(struct prove *prove, struct run *run, const struct judgement *plain,
	enum prove_fault fault, struct prove_case *one)
{
	if (prove->size[fault] == 0.0) {
		conclude(one, PROVE_LEFT_OUT, "left out");
		return false;
	}
	if (fault == PROVE_CHURN && prove->settings.allocator_scope) {
		conclude(one, PROVE_OPEN,
			"not planted: with --budget-scope allocator the allocator's own calls are "
			"judged, and planted ones are not");
		return false;
	}
	one->size = prove->size[fault];
	if (isnan(one->size))
		one->size = prove_size(run, plain, &prove->settings, fault);
	if (isfinite(one->size))
		return true;
	conclude(one, PROVE_OPEN,
		"not planted: the plain run is too short to tell how much of it is needed; give "
		"more --duration, or the size");
	return false;
}

/* A target that does not take the library leaves its case open; the others are tried. */
static int try_fault(struct prove *prove, enum prove_fault fault, char *error, size_t error_size)
{
	struct prove_case *one = &prove->cases[fault];
	struct judgement judgement;
	struct run *run;
	int code = try_one(prove, fault, &run, &judgement, error, error_size);

	if (code == -ELIBBAD || code == -ENOENT) {
		snprintf(one->why, sizeof(one->why), "not planted: %.400s", error);
		one->outcome = PROVE_OPEN;
		error[0] = '\0';
		return 0;
	}
	if (code)
		return code;
	weigh(&judgement, fault, one);
	was_planted(run, &judgement, fault, one);
	run_close(run);
	return 0;
}

static int try_plain(struct prove *prove, struct run **ret_run, struct judgement *plain,
	char *error, size_t size)
{
	struct prove_case *one = &prove->cases[PROVE_NOTHING];
	const struct rule_result *drift = &plain->rules[RULE_RSS_DRIFT];
	int code = try_one(prove, PROVE_NOTHING, ret_run, plain, error, size);

	if (code)
		return code;
	one->rules[RULE_TARGET_EXIT].asked = true;
	for (int f = PROVE_LEAK; f < PROVE_FAULTS; f++)
		for (int i = 0; i < faults[f].n; i++)
			one->rules[faults[f].rules[i]].asked = prove->size[f] != 0.0;
	weigh(plain, PROVE_NOTHING, one);
	prove->leak_pct_per_h = drift->verdict == VERDICT_NOT_JUDGED ? NAN : drift->detectable;
	prove->leak_bytes_per_h =
		prove->leak_pct_per_h / 100.0 * prove_level_bytes(*ret_run, plain);
	if (!prove->session.duration_ns) /* as long as it takes by itself */
		prove->session.duration_ns =
			(uint64_t)(1e9 * run_fact_number(*ret_run, "duration_s", 0.0));
	return 0;
}

int prove_run(struct prove *prove, char *error, size_t error_size)
{
	struct judgement plain;
	struct run *run;
	int code;

	for (int f = 0; f < PROVE_FAULTS; f++) {
		prove->cases[f] = (struct prove_case){.size = NAN, .outcome = PROVE_LEFT_OUT};
		snprintf(prove->cases[f].file, sizeof(prove->cases[f].file), "%s/%s.soak",
			prove->folder, faults[f].name);
	}
	code = try_plain(prove, &run, &plain, error, error_size);
	if (code)
		return code;
	for (int f = PROVE_LEAK; f < PROVE_FAULTS && !code; f++) {
		struct prove_case *one = &prove->cases[f];

		if (choose_rules(&plain, f, one) && choose_size(prove, run, &plain, f, one))
			code = try_fault(prove, f, error, error_size);
	}
	run_close(run);
	return code;
}

enum verdict prove_verdict(const struct prove *prove)
{
	bool open = false, shown = false;

	for (int f = 0; f < PROVE_FAULTS; f++) {
		enum prove_outcome outcome = prove->cases[f].outcome;

		if (outcome == PROVE_NOT_AS_WANTED)
			return VERDICT_FAIL;
		open |= outcome == PROVE_OPEN;
		shown |= f != PROVE_NOTHING && outcome == PROVE_AS_WANTED;
	}
	return shown && !open ? VERDICT_PASS : VERDICT_INCONCLUSIVE;
}
