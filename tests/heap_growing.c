/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: which sites of the heap are named as growing, over generated runs: leaks among churn are,
 * what is healthy is not. The recorder writes the runs and the judge reads them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "soak/judge/growing.h"
#include "soak/record/recorder.h"
#include "soak/record/run_reader.h"
#include "soak/stats/fdr.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define MEAN 524288.0
#define SITES 40
#define READINGS 150
#define APART_S 24 /* so that a run takes an hour */
#define RUNS 40

static uint64_t source;

/* Of one site, in samples: small blocks, each of which stands for MEAN bytes. */
struct stream {
	double churned, kept, allocated;
};

/* Some of what is held goes, as many come: churn about a level. */
static void churn(struct stream *stream, double level, double share)
{
	double came = random_poisson(&source, level * share), stays = 0;

	for (double s = 0; s < stream->churned; s++)
		stays += random_uniform(&source) >= share;
	stream->churned = stays + came;
	stream->allocated += came;
}

static void gain(struct stream *stream, double samples)
{
	double came = random_poisson(&source, samples);

	stream->kept += came;
	stream->allocated += came;
}

typedef void step_fn(struct stream streams[SITES + 1], int reading);

static void write_reading(struct recorder *recorder, const struct stream *streams, uint64_t now_ns)
{
	struct sample sample;

	sample_clear(&sample);
	sample.v[METRIC_t_ns] = (int64_t)now_ns;
	recorder_sample(recorder, &sample);
	for (uint32_t s = 1; s <= SITES; s++) {
		double live = streams[s].churned + streams[s].kept, all = streams[s].allocated;
		const struct heap_change change = {s, {live * MEAN, live, live * MEAN * MEAN},
			{all * MEAN, all, all * MEAN * MEAN}};

		recorder_heap(recorder, &change, now_ns);
	}
}

static void write_run(const char *path, step_fn *step)
{
	struct stream streams[SITES + 1] = {0};
	struct recorder *recorder;

	if (recorder_open(path, true, &recorder, NULL))
		exit(1);
	recorder_set_start(recorder, 0);
	recorder_fact(recorder, "heap_sampling_bytes", "%.0f", MEAN);
	for (uint32_t s = 1; s <= SITES; s++) {
		const struct recorder_heap_frame frame = {
			.id = s, .function = "prog`site", .place = "prog`site+0x1", .own = true};
		char number[16];

		recorder_heap_frame(recorder, &frame);
		snprintf(number, sizeof(number), "%u", s);
		recorder_heap_site(recorder, s, number, "outermost");
	}
	for (int r = 0; r < READINGS; r++) {
		step(streams, r);
		write_reading(recorder, streams, (uint64_t)r * APART_S * 1000000000u);
	}
	recorder_publish(recorder);
	recorder_close(recorder);
}

static struct growing find(const char *path)
{
	const struct judge_window whole = {0, INFINITY};
	struct growing growing = {0};
	struct run *run;

	if (run_open(path, &run, NULL))
		exit(1);
	if (growing_find(run, &whole, &growing) != 0)
		exit(1);
	run_close(run);
	return growing;
}

/* ---- healthy and leaking --------------------------------------------------------------------- */

static void steady(struct stream *streams, int reading)
{
	for (int s = 1; s <= SITES; s++)
		churn(&streams[s], 3 + s % 20, reading ? 0.02 + s % 7 * 0.1 : 1);
}

static void filling(struct stream *streams, int reading)
{
	steady(streams, reading);
	if (reading < 90)
		gain(&streams[5], 3); /* a cache that is full then */
	if (reading == 80)
		gain(&streams[6], 200); /* a step */
}

static void sawtooth(struct stream *streams, int reading)
{
	steady(streams, reading);
	gain(&streams[7], 4);
	if (reading % 25 == 24)
		streams[7].kept = 0;
}

static void one_leak(struct stream *streams, int reading)
{
	steady(streams, reading);
	gain(&streams[SITES], 1); /* 75 MB in the hour */
}

static void two_leaks(struct stream *streams, int reading)
{
	one_leak(streams, reading);
	gain(&streams[SITES - 1], 3);
}

static bool names(const struct growing *growing, size_t site, double per_h)
{
	for (size_t i = 0; i < growing->count; i++)
		if (growing->sites[i].site == site)
			return growing->sites[i].low <= per_h && per_h <= growing->sites[i].high;
	return false;
}

static void test_healthy(const char *path, const char *what, step_fn *step)
{
	int named = 0;
	char text[80];

	for (source = 1; source <= RUNS * 1000; source += 1000) {
		uint64_t seed = source;
		struct growing growing;

		write_run(path, step);
		growing = find(path);
		named += growing.count > 0;
		growing_release(&growing);
		source = seed;
	}
	snprintf(text, sizeof(text), "%s: of %d runs so many name a site", what, RUNS);
	tap_between(named, 0, 2, text);
}

static void test_leaks(const char *path, const char *what, step_fn *step, int leaks)
{
	const double per_h = 3600.0 / APART_S * MEAN;
	int found[2] = {0}, others = 0;
	char text[80];

	for (source = 1; source <= RUNS * 1000; source += 1000) {
		uint64_t seed = source;
		struct growing growing;
		bool both[2];

		write_run(path, step);
		growing = find(path);
		both[0] = names(&growing, SITES, per_h);
		both[1] = leaks > 1 && names(&growing, SITES - 1, 3 * per_h);
		found[0] += both[0];
		found[1] += both[1];
		others += growing.count > (size_t)leaks;
		growing_release(&growing);
		source = seed;
	}
	for (int l = 0; l < leaks; l++) {
		snprintf(text, sizeof(text), "%s: leak %d is named, its pace in the interval", what,
			l + 1);
		tap_between(found[l], RUNS - 4, RUNS, text);
	}
	snprintf(text, sizeof(text), "%s: of %d runs so many name another site", what, RUNS);
	tap_between(others, 0, 3, text);
}

static void test_procedure(void)
{
	double p[] = {0.9, 0.001, NAN, 0.012, 0.3};
	double none[] = {0.02, 0.5, 0.7, 0.9, 0.95};
	double all[] = {0.01, 0.01, 0.01, 0.01, 0.02};

	/* q / (m c(m)) = 0.05 / (5 * 2.2833) = 0.0043796 */
	tap_near(fdr_strictest(5, 0.05), 0.0043796, 1e-6, "the smallest of five must be below");
	tap_near((double)fdr_discoveries(p, 5, 0.05), 1, 0, "0.012 is above twice that");
	tap_near((double)fdr_discoveries(none, 5, 0.05), 0, 0, "none");
	tap_near((double)fdr_discoveries(all, 5, 0.05), 5, 0,
		"the largest that is small enough takes all before it along");
}

/* The reason of a drift that fails names the site; of one that passes it does not. */
static void test_reason(const char *path)
{
	struct judgement judgement = {.from_s = 0, .to_s = READINGS * APART_S};
	struct run *run;

	source = 5;
	write_run(path, one_leak);
	if (run_open(path, &run, NULL))
		exit(1);
	judgement.rules[RULE_RSS_DRIFT].verdict = VERDICT_FAIL;
	judgement.rules[RULE_MEMORY_DRIFT].verdict = VERDICT_PASS;
	growing_explain(run, &judgement);
	tap_has(text_of(&judgement.rules[RULE_RSS_DRIFT].reason), " of the heap (",
		"the drift's reason says how fast ...");
	tap_has(text_of(&judgement.rules[RULE_RSS_DRIFT].reason), "are held by prog`site+0x1",
		"... and who");
	tap_text(text_of(&judgement.rules[RULE_MEMORY_DRIFT].reason), "",
		"a rule that passes names nobody");
	judgement_release(&judgement);
	run_close(run);
}

int main(void)
{
	const char *parent = getenv("TMPDIR");
	char *path;
	int fd;

	if (asprintf(&path, "%s/heap_growing-XXXXXX", parent ? parent : "/tmp") < 0)
		return 1;
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	unlink(path);
	test_procedure();
	test_healthy(path, "churn", steady);
	test_healthy(path, "a cache that fills, and a step", filling);
	test_healthy(path, "a sawtooth", sawtooth);
	test_leaks(path, "one leak", one_leak, 1);
	test_leaks(path, "two leaks of 1 : 3", two_leaks, 2);
	test_reason(path);
	unlink(path);
	free(path);
	return tap_done();
}
