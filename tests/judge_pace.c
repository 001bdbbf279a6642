/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: courses of throughput whose truth is known: which of them throughput_drop fails. */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define RUNS 100

/* All shares are of the run, all falls of the pace at the start. */
struct course {
	double fall, from, to;  /* goes down evenly between these; to = from: at once */
	double out_from, out_s; /* stands still for so long */
	double noise, memory_s;
};

struct rates {
	double fail, pass;
	double cv_fail, cv_pass; /* of throughput_cv */
	char reason[512];
};

static double pace(const struct course *course, double t, double seconds)
{
	double done = t / seconds < course->from ? 0
		      : t / seconds >= course->to
			      ? 1
			      : (t / seconds - course->from) / (course->to - course->from);

	if (course->out_s > 0 && t >= course->out_from * seconds &&
		t < course->out_from * seconds + course->out_s)
		return 0;
	return 1 - course->fall * done;
}

static void fill(
	const struct course *course, uint64_t seed, const struct plan *plan, struct series *s)
{
	uint64_t state = seed;
	double noise = random_normal(&state);

	for (size_t i = 0; i < s->n; i++) {
		double t = s->t[i] = (double)i * plan->interval_s;

		noise = noise_step(&state, noise, plan->interval_s, course->memory_s);
		s->rss[i] = plan->rss_bytes;
		s->calls[i] = s->faults[i] = 0;
		s->ops[i] = i ? s->ops[i - 1] + 1e6 * plan->interval_s *
							pace(course, t, plan->seconds) *
							(1 + course->noise * noise)
			      : 0;
	}
}

static struct rates judge_course(struct course course)
{
	static const struct plan half_hour = {.seconds = 1800, .interval_s = 1, .rss_bytes = 1e8};
	struct judge_settings settings;
	struct rates rates = {0};

	if (!(course.noise > 0))
		course.noise = 0.01;
	judge_settings_init(&settings);
	for (uint64_t run = 0; run < RUNS; run++) {
		struct series series = series_new(&half_hour);
		struct judge_input input = series_input(&series);
		struct judgement judgement;
		const struct rule_result *drop = &judgement.rules[RULE_THROUGHPUT_DROP];
		const struct rule_result *cv = &judgement.rules[RULE_THROUGHPUT_CV];

		fill(&course, 77 + run * 7919, &half_hour, &series);
		judge_run(&input, &settings, &judgement);
		rates.fail += (drop->verdict == VERDICT_FAIL) * 100.0 / RUNS;
		rates.pass += (drop->verdict == VERDICT_PASS) * 100.0 / RUNS;
		rates.cv_fail += (cv->verdict == VERDICT_FAIL) * 100.0 / RUNS;
		rates.cv_pass += (cv->verdict == VERDICT_PASS) * 100.0 / RUNS;
		snprintf(rates.reason, sizeof(rates.reason), "%s", text_of(&drop->reason));
		judgement_release(&judgement);
		series_free(&series);
	}
	printf("# PASS %.0f %%, FAIL %.0f %%: %s\n", rates.pass, rates.fail, rates.reason);
	return rates;
}

static void test_falls(void)
{
	static const double when[] = {0.25, 0.3, 0.5, 0.7, 0.9};
	char what[80];

	for (size_t i = 0; i < sizeof(when) / sizeof(*when); i++) {
		struct course step = {.fall = 0.12, .from = when[i], .to = when[i]};

		snprintf(what, sizeof(what), "FAIL of a step by 12 %% at %.0f %%, %%",
			100 * when[i]);
		tap_between(judge_course(step).fail, 95, 100, what);
	}
	tap_between(judge_course((struct course){.fall = 0.12, .from = 0.1, .to = 0.1}).fail, 0, 5,
		"a step by 12 % at 10 % may be the start's, FAIL, %");
	tap_between(judge_course((struct course){.fall = 0.2, .from = 0, .to = 0.3}).fail, 95, 100,
		"FAIL of a fall by 20 % in the first third, %");
	tap_between(judge_course((struct course){.fall = 1, .from = 0.9, .to = 0.9}).fail, 95, 100,
		"FAIL of a program that dies at 90 %, %");
	tap_between(judge_course((struct course){.fall = 0.12, .from = 0, .to = 1}).fail, 95, 100,
		"FAIL of an even fall by 12 %, %");
}

static void test_healthy(void)
{
	static const double memory_s[] = {0, 10, 60, 200};
	char what[80];

	for (size_t i = 0; i < sizeof(memory_s) / sizeof(*memory_s); i++) {
		struct course flat = {.noise = 0.03, .memory_s = memory_s[i]};

		snprintf(what, sizeof(what), "FAIL of 3 %% of noise over %.0f s, %%", memory_s[i]);
		tap_between(judge_course(flat).fail, 0, 3, what);
	}
	tap_between(judge_course((struct course){.fall = 0.04, .from = 0.5, .to = 0.5}).fail, 0, 0,
		"FAIL of a step by 4 %, %");
	tap_between(judge_course((struct course){.out_from = 0.4, .out_s = 10}).fail, 0, 0,
		"FAIL of an outage of 10 s in the middle, %");
	tap_between(judge_course((struct course){.fall = -0.2, .from = 0.5, .to = 0.5}).pass, 95,
		100, "PASS of a step up, %");
}

/* One outage makes an uneven pace wherever it lies, unless it is over with the start. */
static void test_outages(void)
{
	static const double when[] = {0.05, 0.2, 0.4, 0.48, 0.7};
	char what[80];

	for (size_t i = 0; i < sizeof(when) / sizeof(*when); i++) {
		struct rates rates = judge_course(
			(struct course){.out_from = when[i], .out_s = 60, .noise = 0.005});

		snprintf(what, sizeof(what),
			"FAIL of evenness over an outage of 60 s at %.0f %%, %%", 100 * when[i]);
		tap_between(rates.cv_fail, 95, 100, what);
	}
	tap_between(judge_course((struct course){.out_s = 60, .noise = 0.005}).cv_pass, 95, 100,
		"PASS of a program that begins to work after 60 s, %");
}

int main(void)
{
	test_outages();
	test_falls();
	test_healthy();
	return tap_done();
}
