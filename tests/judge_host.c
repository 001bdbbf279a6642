/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: throughput on a host that takes CPU time away: whose fault is a fall, whose a scatter? */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define SECONDS 600
#define RUNS 100
#define STEP_AT 0.92

/* What the host takes, in CPUs, and what becomes of a target that would use one. */
struct host {
	double from, to;  /* stolen, from the run's start to its end */
	double scatter;   /* of that: standard deviation */
	double hurts;     /* share of ops/s lost per CPU that was taken */
	double uncharged; /* likewise, but the target's CPU clock goes on: a sibling hyperthread */
	double fall_pct;  /* of the target itself, over the run, CPU time being as it was */
	double sleep_pct; /* likewise, by sleeping: its CPU time falls too */
	double ops_noise; /* of the target itself */
	double cpu_noise; /* likewise, of its CPU time: it sleeps now and then */
	bool pulses;      /* every other half minute the host takes nothing */
	/* CPUs that are slow, of which nothing is charged: how they scatter, by how much they get
	 * slower, what share of that the target feels */
	double slow_scatter, slow_pct, felt;
	double step_pct;               /* the target steps down, at 92 % of the run */
	double slow_step_pct, slow_at; /* its CPUs step down, at this share of the run */
	double threads;                /* 0: not known */
	bool seldom;                   /* what it takes is read every 100 s */
};

struct hosted {
	struct series series;
	double cpu[SECONDS + 1], steal[SECONDS + 1], other[SECONDS + 1];
	double speed_runs[SECONDS + 1], speed_s[SECONDS + 1], threads[SECONDS + 1];
};

/* The speed of a CPU in this second, 1 being even; the work that shows it is timed to 1 %. */
static double draw_speed(const struct host *host, double progress, uint64_t *state)
{
	double step = progress > host->slow_at ? host->slow_step_pct / 100.0 : 0.0;

	return (1.0 - host->slow_pct / 100.0 * progress) * (1.0 - step) *
	       fmax(1.0 + host->slow_scatter * random_normal(state), 0.2);
}

static void hosted_fill(const struct host *host, uint64_t seed, struct hosted *h)
{
	const struct plan plan = {.seed = seed,
		.seconds = SECONDS,
		.interval_s = 1,
		.rss_bytes = 100 * MIB,
		.ops_per_s = 5e7,
		.faults_per_op = 1e-6};
	uint64_t state = seed;

	h->series = series_new(&plan);
	h->cpu[0] = h->steal[0] = h->other[0] = h->speed_runs[0] = h->speed_s[0] = 0.0;
	for (size_t i = 1; i < h->series.n; i++) {
		double progress = (double)i / SECONDS;
		double taken = host->from + (host->to - host->from) * progress +
			       host->scatter * random_normal(&state);
		double cpu, speed, cpu_speed = draw_speed(host, progress, &state);

		taken = host->pulses && i / 30 % 2 ? 0.0 : fmin(fmax(taken, 0.0), 0.9);
		cpu = (1.0 - host->hurts * taken) * (1.0 - host->sleep_pct / 100.0 * progress);
		cpu *= fmax(1.0 + host->cpu_noise * random_normal(&state), 0.05);
		speed = (1.0 - host->uncharged * taken) * (1.0 - host->fall_pct / 100.0 * progress);
		speed *= 1.0 + host->ops_noise * random_normal(&state);
		speed *= 1.0 - host->felt * (1.0 - cpu_speed);
		speed *= progress > STEP_AT ? 1.0 - host->step_pct / 100.0 : 1.0;
		h->speed_runs[i] = h->speed_runs[i - 1] + 20;
		h->speed_s[i] = h->speed_s[i - 1] +
				20 * 4e-6 / cpu_speed * (1.0 + 0.01 * random_normal(&state));
		h->threads[i] = i == SECONDS / 2 ? host->threads : 1.0;
		h->cpu[i] = h->cpu[i - 1] + cpu;
		h->steal[i] = h->steal[i - 1] + taken;
		h->other[i] = h->other[i - 1];
		h->series.ops[i] = h->series.ops[i - 1] + floor(5e7 * cpu * speed);
	}
	for (size_t i = 0; host->seldom && i < h->series.n; i++)
		if (i % 100)
			h->steal[i] = h->speed_s[i] = NAN;
}

static struct judgement judge_host(const struct host *host, uint64_t seed, bool known)
{
	static struct hosted h;
	struct judge_settings settings;
	struct judge_input input;
	static struct judgement judgement; /* its texts live until the next call */

	hosted_fill(host, seed, &h);
	input = series_input(&h.series);
	input.series[SERIES_CPU] = h.cpu;
	input.series[SERIES_STEAL] = known ? h.steal : NULL;
	input.series[SERIES_OTHER_CPU] = known ? h.other : NULL;
	input.series[SERIES_SPEED_RUNS] = known ? h.speed_runs : NULL;
	input.series[SERIES_SPEED] = known ? h.speed_s : NULL;
	input.series[SERIES_THREADS] = host->threads > 0.0 ? h.threads : NULL;
	input.warmup_s = 0;
	judge_settings_init(&settings);
	judgement_release(&judgement);
	if (judge_run(&input, &settings, &judgement) != 0)
		abort();
	series_free(&h.series);
	return judgement;
}

/* Of RUNS, in per cent. */
static double share_of(const struct host *host, enum rule rule, enum verdict want, bool known)
{
	int found = 0;

	for (uint64_t run = 0; run < RUNS; run++)
		found += judge_host(host, 100 + run, known).rules[rule].verdict == want;
	return found * 100.0 / RUNS;
}

/* One run in words, then the share of RUNS that end like it. */
static void expect(
	const struct host *host, enum rule rule, enum verdict want, double least, const char *what)
{
	struct judgement j = judge_host(host, 1, true);

	printf("# %s: %s\n", judge_rule_info(rule)->name, text_of(&j.rules[rule].reason));
	tap_between(share_of(host, rule, want, true), least, 100, what);
}

static void test_drop(void)
{
	const struct host quiet = {.ops_noise = 0.01, .fall_pct = 10};
	const struct host asleep = {.ops_noise = 0.01, .sleep_pct = 10};
	const struct host taken = {.ops_noise = 0.01, .to = 0.2, .scatter = 0.03, .hurts = 1};
	const struct host sibling = {
		.ops_noise = 0.01, .to = 0.05, .scatter = 0.01, .uncharged = 3};
	const struct host constant = {.ops_noise = 0.01,
		.from = 0.2,
		.to = 0.2,
		.scatter = 0.05,
		.hurts = 1,
		.fall_pct = 10};
	const struct host both = {.ops_noise = 0.01,
		.from = 0.1,
		.to = 0.15,
		.scatter = 0.05,
		.hurts = 1,
		.fall_pct = 15};
	const struct host harmless = {
		.ops_noise = 0.01, .to = 0.2, .scatter = 0.05, .fall_pct = 10};
	const struct host sleepy = {.ops_noise = 0.01,
		.cpu_noise = 0.4,
		.to = 0.1,
		.scatter = 0.03,
		.hurts = 1,
		.fall_pct = 25};
	struct judgement j;

	expect(&sleepy, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 90,
		"slower per CPU second, whatever the clock can tell: FAIL, %");
	expect(&quiet, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 99, "slower, on a quiet host: FAIL, %");
	expect(&asleep, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 99,
		"it sleeps more and more, on a quiet host: FAIL, %");
	expect(&taken, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, 97,
		"the same fall by rising steal: INCONCLUSIVE, %");
	expect(&sibling, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, 97,
		"by a sibling's load that is hardly charged: INCONCLUSIVE, %");
	expect(&constant, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"slower, under constant steal: FAIL, %");
	expect(&both, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 90,
		"slower by more than the steal explains: FAIL, %");
	expect(&harmless, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"slower, under rising steal that it never feels: FAIL, %");
	j = judge_host(&taken, 1, false);
	tap_ok(j.rules[RULE_THROUGHPUT_DROP].verdict == VERDICT_FAIL,
		"a host of which nothing is known explains nothing\n");
	j = judge_host(&taken, 1, true);
	tap_has(text_of(&j.rules[RULE_THROUGHPUT_DROP].reason), "per CPU second",
		"both figures are said");
	tap_has(text_of(&j.rules[RULE_THROUGHPUT_DROP].advice), "quieter host", "and what to do");
	tap_between(j.rules[RULE_THROUGHPUT_DROP].also[0].value, -2, 2,
		"the fall per CPU second, of steal that is charged, %");
}

static void test_drop_slow(void)
{
	const struct host slow = {
		.ops_noise = 0.01, .slow_scatter = 0.03, .slow_pct = 12, .felt = 0.9};
	const struct host unfelt = {.ops_noise = 0.01,
		.slow_scatter = 0.03,
		.slow_pct = 12,
		.felt = 0.0,
		.fall_pct = 10};
	const struct host uneven = {
		.ops_noise = 0.01, .slow_scatter = 0.05, .felt = 0.9, .fall_pct = 12};
	const struct host faster = {.ops_noise = 0.01,
		.slow_scatter = 0.02,
		.slow_pct = -5,
		.felt = 0.9,
		.fall_pct = 15};
	const struct host rough = {.ops_noise = 0.01, .slow_scatter = 0.25, .felt = 0.9};
	const struct host rough_fall = {
		.ops_noise = 0.01, .slow_scatter = 0.25, .felt = 0.9, .fall_pct = 14};
	struct judgement j;

	expect(&rough, RULE_THROUGHPUT_DROP, VERDICT_PASS, 85,
		"no slower, on CPUs too uneven for the clock to tell: PASS, %");
	expect(&rough_fall, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 90,
		"slower, on CPUs too uneven for the clock to tell: FAIL, %");
	expect(&slow, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, 97,
		"slower because its CPUs are: INCONCLUSIVE, %");
	expect(&unfelt, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"slower, on CPUs that get slower where it never feels that: FAIL, %");
	expect(&uneven, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"slower, on CPUs that are uneven but get no slower: FAIL, %");
	expect(&faster, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"slower, on CPUs that get faster: FAIL, %");
	tap_between(share_of(&rough, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, false), 45, 100,
		"which the clock alone leaves open: INCONCLUSIVE, %");
	j = judge_host(&slow, 1, false);
	tap_ok(j.rules[RULE_THROUGHPUT_DROP].verdict == VERDICT_FAIL,
		"CPUs of whose speed nothing is known explain nothing\n");
}

static void test_cv(void)
{
	const struct host quiet = {.ops_noise = 0.1};
	const struct host taken = {
		.ops_noise = 0.005, .from = 0.4, .to = 0.4, .scatter = 0.12, .hurts = 1};
	const struct host rough = {
		.ops_noise = 0.08, .from = 0.3, .to = 0.3, .scatter = 0.06, .uncharged = 1.5};
	const struct host unrelated = {.ops_noise = 0.1, .from = 0.4, .to = 0.4, .scatter = 0.12};
	const struct host partly = {
		.ops_noise = 0.1, .from = 0.005, .to = 0.03, .scatter = 0.03, .hurts = 1};

	const struct host pulsing = {.ops_noise = 0.1,
		.from = 0.3,
		.to = 0.3,
		.scatter = 0.05,
		.hurts = 1,
		.pulses = true};
	const struct host asleep = {.ops_noise = 0.001,
		.cpu_noise = 0.2,
		.from = 0.1,
		.to = 0.1,
		.scatter = 0.03,
		.uncharged = 0.1};
	const struct host helped = {
		.ops_noise = 0.01, .from = 0.4, .to = 0.4, .scatter = 0.12, .hurts = -1};

	expect(&pulsing, RULE_THROUGHPUT_CV, VERDICT_FAIL, 90,
		"uneven by steal, and uneven without: FAIL, %");
	expect(&asleep, RULE_THROUGHPUT_CV, VERDICT_FAIL, 99,
		"uneven by sleeping, while steal barely shows per CPU second: FAIL, %");
	expect(&helped, RULE_THROUGHPUT_CV, VERDICT_FAIL, 99,
		"faster when others are busy: no excuse: FAIL, %");
	expect(&quiet, RULE_THROUGHPUT_CV, VERDICT_FAIL, 99, "uneven, on a quiet host: FAIL, %");
	expect(&taken, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 99,
		"uneven because of steal: INCONCLUSIVE, %");
	expect(&rough, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 97,
		"the scatter goes along with steal, and beyond it: INCONCLUSIVE, %");
	expect(&unrelated, RULE_THROUGHPUT_CV, VERDICT_FAIL, 90,
		"uneven, whatever the steal: FAIL, %");
	expect(&partly, RULE_THROUGHPUT_CV, VERDICT_FAIL, 90,
		"uneven even while the host is quiet: FAIL, %");
}

static void test_cv_slow(void)
{
	const struct host slow = {.ops_noise = 0.01, .slow_scatter = 0.12, .felt = 0.9};
	const struct host partly_slow = {.ops_noise = 0.08, .slow_scatter = 0.12, .felt = 0.9};
	const struct host unfelt = {.ops_noise = 0.1, .slow_scatter = 0.12};
	const struct host even = {.ops_noise = 0.1};
	const struct host seldom = {.ops_noise = 0.1, .from = 0.2, .to = 0.2, .seldom = true};
	const struct host seldom_quiet = {.ops_noise = 0.1, .seldom = true};
	const struct host seldom_falls = {
		.ops_noise = 0.01, .fall_pct = 10, .from = 0.2, .to = 0.2, .seldom = true};
	const struct host alone = {
		.ops_noise = 0.01, .slow_scatter = 0.12, .felt = 0.9, .threads = 1};
	const struct host helped = {
		.ops_noise = 0.01, .slow_scatter = 0.12, .felt = 0.9, .threads = 2};
	const struct host uneven_alone = {
		.ops_noise = 0.08, .slow_scatter = 0.12, .felt = 0.9, .threads = 1};
	struct judgement j;

	expect(&slow, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 99,
		"uneven because its CPUs are: INCONCLUSIVE, %");
	expect(&partly_slow, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 97,
		"uneven along with its CPUs, and beyond that: INCONCLUSIVE, %");
	expect(&unfelt, RULE_THROUGHPUT_CV, VERDICT_FAIL, 97,
		"uneven, whatever the CPUs' speed: FAIL, %");
	expect(&even, RULE_THROUGHPUT_CV, VERDICT_FAIL, 99, "uneven on even CPUs: FAIL, %");
	expect(&seldom, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 99,
		"uneven, on a busy host that was hardly looked at: INCONCLUSIVE, %");
	expect(&seldom_falls, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, 99,
		"slower, likewise: INCONCLUSIVE, %");
	expect(&seldom_quiet, RULE_THROUGHPUT_CV, VERDICT_FAIL, 99,
		"uneven, on a quiet one: FAIL, %");
	expect(&alone, RULE_THROUGHPUT_CV, VERDICT_PASS, 99,
		"even at even speed of its CPUs, and of one thread: PASS, %");
	expect(&helped, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 99,
		"of two threads for one second, one of which may have slowed the other: "
		"INCONCLUSIVE, %");
	expect(&uneven_alone, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 97,
		"of one thread, uneven beyond the speed of its CPUs: INCONCLUSIVE, %");
	j = judge_host(&slow, 1, true);
	tap_has(text_of(&j.rules[RULE_THROUGHPUT_CV].reason), "the speed of the CPUs",
		"the reason is said");
	tap_between(j.rules[RULE_THROUGHPUT_CV].also[4].value, 4, 6.5, "how uneven they are, %");
}

/* For some seconds at the end: by the target itself, or while its CPUs are slower too? */
static void test_step(void)
{
	const struct host own = {.ops_noise = 0.01, .slow_scatter = 0.03, .step_pct = 15};
	struct host along = own, earlier = own, little = own, rough;

	along.slow_step_pct = 7; /* measured by work that feels it less */
	along.slow_at = STEP_AT;
	earlier.slow_step_pct = 7;
	earlier.slow_at = 0.5;
	rough = along;
	rough.slow_scatter = 0.1; /* a line through all bins does not show it */
	little.slow_step_pct = 2.5;
	little.slow_at = STEP_AT;
	expect(&own, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97, "a step, on even CPUs: FAIL, %");
	expect(&earlier, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 97,
		"a step, on CPUs that stepped down long before: FAIL, %");
	expect(&little, RULE_THROUGHPUT_DROP, VERDICT_FAIL, 90,
		"a step six times that of the CPUs: FAIL, %");
	expect(&along, RULE_THROUGHPUT_DROP, VERDICT_INCONCLUSIVE, 97,
		"a step, while the CPUs step down too: INCONCLUSIVE, %");
	expect(&own, RULE_THROUGHPUT_CV, VERDICT_FAIL, 97, "uneven by a step: FAIL, %");
	expect(&along, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 97,
		"uneven by a step that the CPUs make too: INCONCLUSIVE, %");
	expect(&rough, RULE_THROUGHPUT_CV, VERDICT_INCONCLUSIVE, 80,
		"the same, where their speed scatters: INCONCLUSIVE, %");
}

int main(void)
{
	test_drop();
	test_drop_slow();
	test_cv();
	test_cv_slow();
	test_step();
	return tap_done();
}
