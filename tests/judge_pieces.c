/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: recordings that were interrupted, by restarts of the program and by gaps: nothing slopes
 * across, and what all pieces say together counts.
 */
#include <string.h>

#include "soak/judge/judge.h"
#include "tests/accuracy/shapes.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define PIECES_MAX 60
#define RUNS 50
#define DAY 86400.0

/* Pieces of one program's life, each read every `every_s`. */
struct life {
	size_t pieces, samples; /* of each piece */
	double every_s, apart_s;
	bool restarts;
	double level, step;         /* bytes: of the first piece; what each further one has more */
	double leak;                /* bytes per hour, in each piece */
	double last_leak;           /* likewise, of the last piece; NaN: the same */
	double noise, memory_s;     /* as in struct plan */
	double warm, warm_s;        /* a warm-up of each piece, exponential */
	double ops_per_s, ops_fall; /* each piece is slower by this share than the one before */
};

struct recording {
	struct judge_input input;
	struct judge_break breaks[PIECES_MAX];
	double *t, *rss, *ops;
};

static struct recording record(const struct life *life, uint64_t seed)
{
	size_t n = life->pieces * life->samples;
	struct recording r = {.t = calloc(3 * n, sizeof(double))};
	double begin_s = 0.0, ops = 0.0, noise;
	uint64_t state = seed;

	if (!r.t)
		abort();
	r.rss = r.t + n;
	r.ops = r.rss + n;
	noise = random_normal(&state);
	for (size_t i = 0; i < n; i++) {
		size_t piece = i / life->samples;
		double since = (double)(i % life->samples) * life->every_s, leak = life->leak;

		if (i && i % life->samples == 0) {
			begin_s = r.t[i - 1] + life->apart_s;
			r.breaks[piece - 1] = (struct judge_break){i, life->restarts};
		}
		if (piece == life->pieces - 1 && !isnan(life->last_leak))
			leak = life->last_leak;
		noise = noise_step(&state, noise, life->every_s, life->memory_s);
		r.t[i] = begin_s + since;
		r.rss[i] = life->level + life->step * (double)piece + leak * since / 3600.0 +
			   life->noise * life->level * noise;
		if (life->warm_s > 0.0)
			r.rss[i] -= life->warm * exp(-since / life->warm_s);
		r.rss[i] = floor(r.rss[i] / PAGE) * PAGE;
		ops += life->ops_per_s * pow(1.0 - life->ops_fall, (double)piece) * life->every_s *
		       (1.0 + 0.005 * random_normal(&state));
		r.ops[i] = floor(ops);
	}
	r.input = (struct judge_input){.n = n,
		.t_s = r.t,
		.nbreaks = life->pieces - 1,
		.page_bytes = PAGE,
		.warmup_s = -1.0,
		.imported = true};
	r.input.series[SERIES_RSS] = r.rss;
	r.input.series[SERIES_OPS] = life->ops_per_s > 0.0 ? r.ops : NULL;
	return r;
}

static struct judgement judge(struct recording *r)
{
	struct judge_settings settings;
	static struct judgement judgement; /* its texts live until the next call */

	r->input.breaks = r->breaks;
	judge_settings_init(&settings);
	judgement_release(&judgement);
	if (judge_run(&r->input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

struct rates {
	double pass, fail; /* per cent of runs, of the whole verdict */
	struct judgement last;
};

static struct rates judge_life(const struct life *life)
{
	struct rates rates = {0};

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct recording r = record(life, seed);

		rates.last = judge(&r);
		rates.pass += rates.last.verdict == VERDICT_PASS;
		rates.fail += rates.last.verdict == VERDICT_FAIL;
		free(r.t);
	}
	rates.pass *= 100.0 / RUNS;
	rates.fail *= 100.0 / RUNS;
	printf("# PASS %.0f %%, FAIL %.0f %%; %s\n#   %s\n#   %s\n", rates.pass, rates.fail,
		text_of(&rates.last.steady_how), text_of(&rates.last.rules[RULE_RSS_DRIFT].reason),
		text_of(&rates.last.rules[RULE_RSS_MONOTONIC].reason));
	return rates;
}

/* Half an hour each. */
static const struct life usual = {.pieces = 2,
	.samples = 360,
	.every_s = 5,
	.apart_s = 5,
	.restarts = true,
	.level = 200 * MIB,
	.last_leak = NAN,
	.noise = 0.002,
	.memory_s = 5};

static void test_healthy(void)
{
	struct life life = usual;
	struct rates rates;

	life.restarts = false;
	life.apart_s = 2.8 * DAY;
	life.step = 60 * MIB;
	life.samples = 720;
	rates = judge_life(&life);
	tap_between(rates.pass, 90, 100, "two flat recordings 2.8 days apart");
	tap_between(rates.fail, 0, 0, "do not fail");
	life = usual;
	life.pieces = 4;
	life.warm = 60 * MIB;
	life.warm_s = 60;
	rates = judge_life(&life);
	tap_between(rates.pass, 80, 100, "three restarts, each with its warm-up");
	tap_between(rates.fail, 0, 0, "do not fail");
	tap_has(text_of(&rates.last.rules[RULE_RSS_DRIFT].reason),
		"; 4 pieces judged together, 3 restarts", "and it says how many there were");
	tap_has(text_of(&rates.last.rules[RULE_RSS_MONOTONIC].reason), ", 3 restarts",
		"in both rules");
}

static void test_leaking(void)
{
	struct life life = usual, alone;
	struct rates rates;

	life.leak = 0.5 * life.level; /* 50 %/h */
	rates = judge_life(&life);
	tap_between(rates.fail, 95, 100, "two leaking pieces make one certain leak");
	life.restarts = false;
	life.apart_s = 2.8 * DAY;
	rates = judge_life(&life);
	tap_between(rates.fail, 95, 100, "so they do 2.8 days apart");
	life = usual;
	life.samples = 240;
	life.leak = 900 * MIB;
	for (life.pieces = 3; life.pieces <= 4; life.pieces++) {
		rates = judge_life(&life);
		tap_between(rates.fail, 95, 100, "ended for want of memory, and started again");
	}
	life = usual;
	life.pieces = 6;
	life.noise = 0.02;
	life.leak = 0.13 * life.level;
	alone = life;
	alone.pieces = 1;
	rates = judge_life(&alone);
	tap_between(rates.fail, 0, 40, "a leak that one piece alone does not show");
	rates = judge_life(&life);
	tap_between(rates.fail, 50, 100, "six of them do, as a rule");
}

static void test_at_the_target(void)
{
	struct life life = usual;
	struct rates rates;

	life.pieces = 4;
	life.samples = 720;
	life.leak = 0.05 * life.level;
	rates = judge_life(&life);
	tap_between(rates.last.rules[RULE_RSS_DRIFT].estimate, 3, 7, "four pieces at the target");
	tap_between(rates.pass, 0, 5, "PASS as seldom as one");
	life.last_leak = life.level;
	life.leak = 0.0;
	rates = judge_life(&life);
	tap_between(rates.pass + rates.fail, 0, 0, "the last one alone leaks: left open");
}

static void test_short_and_small(void)
{
	struct life life = usual;
	struct rates rates;

	life.pieces = 50;
	life.samples = 15;
	rates = judge_life(&life);
	tap_between(rates.pass + rates.fail, 0, 0, "pieces that are too short decide nothing");
	life = usual;
	life.restarts = false;
	life.apart_s = 300;
	life.leak = 0.5 * life.level;
	life.step = life.leak * (life.apart_s + 360 * life.every_s) / 3600.0;
	rates = judge_life(&life);
	tap_between(rates.fail, 95, 100, "a gap of a twelfth of the time");
	tap_ok(!strstr(text_of(&rates.last.rules[RULE_RSS_DRIFT].reason), "pieces"),
		"parts nothing");
	printf(" (got \"%s\")\n", text_of(&rates.last.rules[RULE_RSS_DRIFT].reason));
}

static void test_pace(void)
{
	struct life life = usual;
	struct rates rates;
	const struct rule_result *drop;

	life.ops_per_s = 1e5;
	life.ops_fall = 0.3;
	rates = judge_life(&life);
	drop = &rates.last.rules[RULE_THROUGHPUT_DROP];
	tap_text(verdict_name(drop->verdict), "PASS", "slower by a third since the restart");
	tap_has(text_of(&drop->reason), "; of the longest of 2 pieces, 1 restart",
		"is not a fall within");
}

/* A family of tests/accuracy: one program run three times, with restarts between. */
static struct recording record_family(size_t family, uint64_t seed, struct shape *shape)
{
	static double t[3 * SHAPE_SAMPLES_MAX], rss[3 * SHAPE_SAMPLES_MAX];
	struct recording r = {.t = t, .rss = rss};
	double begin_s = 0.0;
	size_t n = 0;

	for (size_t again = 0; again < 3; again++) {
		shape_make(family, seed, again, 0, shape);
		if (again)
			r.breaks[again - 1] = (struct judge_break){n, true};
		for (size_t i = 0; i < shape->n; i++, n++) {
			t[n] = begin_s + shape->t[i];
			rss[n] = shape->rss[i];
		}
		begin_s = t[n - 1] + 1.0;
	}
	r.input = (struct judge_input){.n = n,
		.t_s = t,
		.series[SERIES_RSS] = rss,
		.nbreaks = 2,
		.page_bytes = PAGE,
		.warmup_s = -1.0,
		.imported = true};
	return r;
}

static void test_families(size_t runs)
{
	static struct shape shape;
	size_t healthy = 0, leaking = 0, false_fail = 0, false_pass = 0;

	for (size_t f = 0; f < shape_family_count; f++) {
		bool told = !(shape_families[f].blind > 0);
		size_t count[VERDICT_NOT_JUDGED + 1] = {0};

		for (size_t seed = 0; seed < runs; seed++) {
			struct recording r = record_family(f, seed, &shape);
			enum verdict verdict = judge(&r).verdict;

			count[verdict]++;
			healthy += told && shape.growth <= 0.0;
			leaking += told && shape.at_end > 5.0;
			false_fail += told && shape.growth <= 0.0 && verdict == VERDICT_FAIL;
			false_pass += told && shape.at_end > 5.0 && verdict == VERDICT_PASS;
		}
		printf("# %-20s PASS %zu, FAIL %zu, INCONCLUSIVE %zu\n", shape_families[f].name,
			count[VERDICT_PASS], count[VERDICT_FAIL], count[VERDICT_INCONCLUSIVE]);
	}
	tap_between(100.0 * (double)false_fail / (double)healthy, 0, 1, "false FAIL, %");
	tap_between(100.0 * (double)false_pass / (double)leaking, 0, 2, "false PASS, %");
}

/* `judge_pieces RUNS`: the last of them alone, of so many of each family. */
int main(int argc, char **argv)
{
	if (argc > 1) {
		test_families(strtoul(argv[1], NULL, 10));
		return tap_done();
	}
	test_healthy();
	test_leaking();
	test_at_the_target();
	test_short_and_small();
	test_pace();
	test_families(10);
	return tap_done();
}
