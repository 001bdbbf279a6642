/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled series of RSS: see shapes.h. */
#include <math.h>

#include "tests/accuracy/shapes.h"
#include "tests/judge_random.h"

#define PAGE 4096.0
#define HUGE_PAGE 2097152.0
#define MIB 1048576.0

enum noise { NOISE_NONE, NOISE_WHITE, NOISE_SLOW, NOISE_HEAVY };

/* What a family's function may set; all shares are of `level`. */
struct draw {
	uint64_t state;
	double seconds, interval_s, level;
	enum noise noise;
	double sd, memory_s; /* of the noise: a share, and its correlation time */
	double growth;       /* %/h */
	double page;         /* what memory grows by, ... */
	int chance;          /* ... at random times rather than evenly */
	double warm, warm_s; /* a warm-up of this height ... */
	enum { WARM_EXP, WARM_LOG, WARM_FILL } warm_kind;
	double tooth, tooth_s, jitter;   /* a sawtooth: height, period, unevenness of both */
	int capped;                      /* the teeth end at one height, whatever grows beneath */
	double wave, wave_s, phase;      /* a load that comes and goes */
	double step[2], step_s[2];       /* what happens once */
	double flips_s, flip;            /* goes up and down by `flip` bytes, this often */
	double gaps;                     /* as many stretches are lost, rounded up */
	double ramp, ramp_from, ramp_to; /* rises by this share between two moments of the run */
	double faster; /* a leak whose pace grows evenly, by this share in the whole run */
	double reclaim_s, back_s; /* RSS is taken this often in the mean, and comes back */
	double erratic;           /* teeth end at random: this share of their period by chance */
};

static double uniform(struct draw *d, double low, double high)
{
	return low + (high - low) * random_uniform(&d->state);
}

static double log_uniform(struct draw *d, double low, double high)
{
	return low * pow(high / low, random_uniform(&d->state));
}

static double one_of(struct draw *d, const double *values, size_t n)
{
	return values[(size_t)(random_uniform(&d->state) * (double)n)];
}

static void quiet(struct draw *d)
{
	d->noise = random_uniform(&d->state) < 0.5 ? NOISE_NONE : NOISE_WHITE;
	d->sd = log_uniform(d, 2e-5, 2e-3);
}

static void white(struct draw *d)
{
	d->noise = NOISE_WHITE;
	d->sd = log_uniform(d, 1e-4, 3e-2);
}

static void slow(struct draw *d)
{
	d->noise = NOISE_SLOW;
	d->sd = log_uniform(d, 1e-4, 2e-2);
	d->memory_s = log_uniform(d, 2, fmin(120, d->seconds / 12));
}

static void heavy(struct draw *d)
{
	slow(d);
	d->noise = NOISE_HEAVY;
}

/* Whatever noise there may be. */
static void any_noise(struct draw *d)
{
	static void (*const kinds[])(struct draw *) = {quiet, white, slow, heavy};

	kinds[(size_t)(random_uniform(&d->state) * 4)](d);
}

static void pages(struct draw *d)
{
	d->flip = PAGE * floor(uniform(d, 1, 5));
	d->flips_s = log_uniform(d, 2, d->seconds / 4);
}

static void warm_exp(struct draw *d)
{
	any_noise(d);
	d->warm = log_uniform(d, 0.005, 0.6);
	d->warm_s = log_uniform(d, d->seconds / 100, d->seconds / 4);
}

static void warm_log(struct draw *d)
{
	any_noise(d);
	d->warm_kind = WARM_LOG;
	d->warm_s = log_uniform(d, d->seconds / 2000, d->seconds / 20);
	d->warm = log_uniform(d, 0.005, 0.3) / log(1 + d->seconds / d->warm_s);
}

/* An allocator whose bins find their size for some twenty seconds, watched for not much longer. */
static void creep(struct draw *d)
{
	d->seconds = log_uniform(d, 10, 90);
	d->interval_s = 0.1;
	d->level = log_uniform(d, 3 * MIB, 60 * MIB);
	d->warm_kind = random_uniform(&d->state) < 0.5 ? WARM_EXP : WARM_LOG;
	d->warm_s = d->warm_kind == WARM_EXP ? uniform(d, 4, 10) : uniform(d, 0.5, 3);
	d->warm = PAGE * log_uniform(d, 20, 600) / d->level /
		  (d->warm_kind == WARM_LOG ? log(1 + 20 / d->warm_s) : 1);
	d->flip = PAGE;
	d->flips_s = 3;
}

static void sawtooth(struct draw *d)
{
	quiet(d);
	d->tooth = log_uniform(d, 0.02, 0.4);
	d->tooth_s = log_uniform(d, d->seconds / 150, d->seconds / 3.5);
	d->jitter = uniform(d, 0, 0.2);
}

static void sawtooth_leak(struct draw *d)
{
	sawtooth(d);
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

/* Few teeth: the rise of one looks like a leak. */
static void slow_sawtooth(struct draw *d)
{
	sawtooth(d);
	d->tooth_s = d->seconds / uniform(d, 1.2, 3.5);
}

static void slow_sawtooth_leak(struct draw *d)
{
	slow_sawtooth(d);
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

/* A collected heap of fixed size: what leaks shows after each collection, and never at the top. */
static void capped_leak(struct draw *d)
{
	sawtooth(d);
	d->growth = one_of(d, (double[]){8, 20}, 2);
	d->tooth = fmax(log_uniform(d, 0.2, 0.8), d->growth * d->seconds / 3600 / 50);
	d->tooth_s = log_uniform(d, fmax(d->seconds / 1000, 8 * d->interval_s), d->seconds / 3.5);
	d->jitter = uniform(d, 0, 0.02);
	d->capped = 1;
}

static void steps(struct draw *d)
{
	any_noise(d);
	for (int i = 0; i < (random_uniform(&d->state) < 0.3 ? 2 : 1); i++) {
		d->step[i] =
			log_uniform(d, 0.002, 0.3) * (random_uniform(&d->state) < 0.75 ? 1 : -1);
		d->step_s[i] = uniform(d, 0, d->seconds);
	}
}

/* Something is given back once, a leak goes on. */
static void step_leak(struct draw *d)
{
	steps(d);
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

static void fill(struct draw *d)
{
	any_noise(d);
	d->warm_kind = WARM_FILL;
	d->warm = log_uniform(d, 0.01, 0.5);
	d->warm_s = uniform(d, 0.1, 0.9) * d->seconds;
}

static void day_and_night(struct draw *d)
{
	quiet(d);
	d->wave = log_uniform(d, 0.01, 0.3);
	d->wave_s = d->seconds / log_uniform(d, 2, 12);
	d->phase = uniform(d, 0, 2 * M_PI);
}

#define LEAK(growth_pct)                                                                           \
	static void leak_##growth_pct(struct draw *d)                                              \
	{                                                                                          \
		any_noise(d);                                                                      \
		d->growth = growth_pct;                                                            \
	}
LEAK(2)
LEAK(4)
LEAK(6)
LEAK(8)
LEAK(20)
LEAK(100)

static void warm_leak(struct draw *d)
{
	warm_exp(d);
	d->warm_s = log_uniform(d, d->seconds / 100, d->seconds / 8);
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

static void gaps(struct draw *d)
{
	any_noise(d);
	d->gaps = uniform(d, 0, 4);
}

static void gaps_leak(struct draw *d)
{
	gaps(d);
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

static void huge(struct draw *d)
{
	d->level = log_uniform(d, 128 * MIB, 4096 * MIB);
	d->flip = HUGE_PAGE * floor(uniform(d, 1, 4));
	d->flips_s = log_uniform(d, 5, d->seconds / 10);
}

static void huge_leak(struct draw *d)
{
	d->level = log_uniform(d, 128 * MIB, 4096 * MIB);
	d->page = HUGE_PAGE;
	d->chance = random_uniform(&d->state) < 0.5;
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

static void accelerating(struct draw *d)
{
	any_noise(d);
	d->faster = one_of(d, (double[]){8, 20, 100}, 3) / 100 * d->seconds / 3600;
}

static void chunks(struct draw *d)
{
	quiet(d);
	d->growth = one_of(d, (double[]){20, 50, 100}, 3);
	d->page = d->level * d->growth / 100 * d->seconds / 3600 / uniform(d, 6, 20);
	d->chance = 1;
}

static void collections(struct draw *d)
{
	quiet(d);
	d->tooth = log_uniform(d, 0.1, 1);
	d->tooth_s = d->seconds / log_uniform(d, 12, 60);
	d->jitter = 0.1;
	d->erratic = uniform(d, 0.5, 1);
}

static void collections_leak(struct draw *d)
{
	collections(d);
	d->growth = one_of(d, (double[]){20, 50, 100}, 3);
}

static void late_ramp(struct draw *d)
{
	any_noise(d);
	d->ramp = log_uniform(d, 0.01, 0.3);
	d->ramp_from = uniform(d, 0.5, 0.8);
	d->ramp_to = uniform(d, 0.85, 0.95);
}

static void late_fill(struct draw *d)
{
	any_noise(d);
	d->warm_kind = WARM_FILL;
	d->warm = log_uniform(d, 0.01, 0.5);
	d->warm_s = uniform(d, 0.9, 0.97) * d->seconds;
}

static void late_leak(struct draw *d)
{
	quiet(d);
	d->ramp_from = uniform(d, 0.85, 0.95);
	d->ramp_to = 1;
	d->ramp = one_of(d, (double[]){30, 100, 200}, 3) / 100 * d->seconds / 3600 *
		  (1 - d->ramp_from);
}

/* From the night's low on, and over before the day's high is. */
static void morning(struct draw *d)
{
	quiet(d);
	d->seconds = uniform(d, 5, 10) * 3600;
	d->interval_s = 10;
	d->wave = log_uniform(d, 0.1, 0.5);
	d->wave_s = 86400;
	d->phase = -M_PI / 2 + uniform(d, 0, M_PI / 4);
}

static void night_leak(struct draw *d)
{
	any_noise(d);
	d->seconds = uniform(d, 5, 10) * 3600;
	d->interval_s = 10;
	d->growth = one_of(d, (double[]){8, 20, 100}, 3);
}

/* The kernel takes memory for others; what is used comes back, or it stays in swap. */
static void reclaim_leak(struct draw *d)
{
	quiet(d);
	d->growth = one_of(d, (double[]){50, 100, 200}, 3);
	d->seconds = 3600 * log_uniform(d, 0.5, 2);
	d->reclaim_s = d->seconds / uniform(d, 2, 5);
	d->back_s = random_uniform(&d->state) < 0.5 ? log_uniform(d, 30, 300) : 0;
}

static void daily(struct draw *d)
{
	quiet(d);
	d->seconds = uniform(d, 24, 48) * 3600;
	d->interval_s = 30;
	d->wave = log_uniform(d, 0.1, 0.5);
	d->wave_s = 86400;
	d->phase = uniform(d, 0, 2 * M_PI);
}

static void daily_leak(struct draw *d)
{
	daily(d);
	d->growth = one_of(d, (double[]){1, 2, 8}, 3);
}

static const struct {
	void (*draw)(struct draw *);
} draws[] = {{quiet}, {white}, {slow}, {heavy}, {pages}, {warm_exp}, {warm_log}, {creep},
	{sawtooth}, {steps}, {fill}, {day_and_night}, {huge}, {gaps}, {leak_2}, {leak_4}, {leak_6},
	{leak_8}, {leak_20}, {leak_100}, {warm_leak}, {sawtooth_leak}, {huge_leak}, {gaps_leak},
	{capped_leak}, {step_leak}, {slow_sawtooth}, {slow_sawtooth_leak}, {accelerating}, {chunks},
	{collections}, {collections_leak}, {late_ramp}, {late_fill}, {late_leak}, {morning},
	{night_leak}, {reclaim_leak}, {daily}, {daily_leak}};

_Static_assert(sizeof(draws) / sizeof(draws[0]) == SHAPE_FAMILIES, "each family has one");

static double noise_value(struct draw *d, double before)
{
	double phi = d->memory_s > 0 ? exp(-d->interval_s / d->memory_s) : 0, shock;

	if (d->noise == NOISE_NONE)
		return 0;
	shock = random_normal(&d->state);
	if (d->noise == NOISE_HEAVY) { /* of unit variance */
		double squares = 0;

		for (int i = 0; i < 3; i++)
			squares += pow(random_normal(&d->state), 2);
		shock *= 1 / sqrt(squares);
	}
	return phi * before + sqrt(1 - phi * phi) * shock;
}

static double warmed(const struct draw *d, double t)
{
	if (!(d->warm_s > 0))
		return 0;
	return d->warm * (d->warm_kind == WARM_EXP          ? -exp(-t / d->warm_s)
				 : d->warm_kind == WARM_LOG ? log(1 + t / d->warm_s)
							    : fmin(t / d->warm_s, 1));
}

/* All that does not depend on what came before, as a share of the level. */
static double course(const struct draw *d, double t)
{
	double share = 1 + warmed(d, t);

	for (int i = 0; i < 2; i++)
		share += t >= d->step_s[i] ? d->step[i] : 0;
	if (d->ramp_to > 0)
		share +=
			d->ramp *
			fmin(fmax((t / d->seconds - d->ramp_from) / (d->ramp_to - d->ramp_from), 0),
				1);
	share += d->faster * pow(t / d->seconds, 2);
	if (d->wave_s > 0)
		share += d->wave * (1 + sin(2 * M_PI * t / d->wave_s + d->phase));
	return share;
}

/* Takes out one to four stretches, a tenth of the samples each at most. */
static void cut_gaps(struct draw *d, struct shape *shape)
{
	for (int gap = 0; gap < d->gaps; gap++) {
		double from = uniform(d, 0, d->seconds), to = from + uniform(d, 0, d->seconds / 10);
		size_t kept = 0;

		for (size_t i = 0; i < shape->n; i++) {
			if (shape->t[i] > from && shape->t[i] < to)
				continue;
			shape->t[kept] = shape->t[i];
			shape->rss[kept++] = shape->rss[i];
		}
		shape->n = kept;
	}
}

/* for_s: as long as that, whatever the length that was drawn; 0: of that length. */
static void make(size_t family, uint64_t seed, uint64_t again, double extra, double for_s,
	struct shape *ret_shape)
{
	struct draw d = {.state = (seed * 64 + family) * 0x9e3779b97f4a7c15u, .page = PAGE};
	double noise = 0, tooth_from = 0, tooth_length = 0, tooth = 0, up = 0;
	double offset, pace, grown = 0, taken = 0;

	d.seconds = log_uniform(&d, 300, 7200);
	d.interval_s = 1;
	d.level = log_uniform(&d, 8 * MIB, 2048 * MIB);
	draws[family].draw(&d);
	if (for_s > 0) {
		d.seconds = for_s;
		d.interval_s = fmax(d.interval_s, for_s / (SHAPE_SAMPLES_MAX - 1));
	}
	d.growth += extra;
	d.state += again << 32;
	pace = d.level * d.growth / 100 / 3600; /* bytes/s */
	offset = uniform(&d, 0, d.page);
	ret_shape->growth = ret_shape->at_end = d.growth;
	if (d.warm_kind == WARM_LOG && d.warm_s > 0)
		ret_shape->at_end +=
			360000 * d.warm / (d.warm_s + d.seconds) / course(&d, d.seconds);
	if (d.faster > 0)
		ret_shape->growth = ret_shape->at_end = 200 * d.faster / d.seconds * 3600;
	if (d.ramp_to == 1)
		ret_shape->growth = ret_shape->at_end =
			100 * d.ramp / (1 - d.ramp_from) / d.seconds * 3600;
	ret_shape->n = (size_t)(d.seconds / d.interval_s) + 1;
	for (size_t i = 0; i < ret_shape->n; i++) {
		double t = (double)i * d.interval_s, rss;

		noise = noise_value(&d, i ? noise : 0);
		if (d.tooth_s > 0 && t >= tooth_from + tooth_length) {
			tooth_from = i ? t : -uniform(&d, 0, d.tooth_s);
			tooth_length = d.tooth_s * (1 + d.jitter * uniform(&d, -1, 1));
			if (d.erratic > 0)
				tooth_length *= 1 - d.erratic -
						d.erratic * log(random_uniform(&d.state) + 1e-9);
			tooth = d.tooth * (1 + d.jitter * uniform(&d, -1, 1));
		}
		if (d.flips_s > 0 && random_uniform(&d.state) < d.interval_s / d.flips_s)
			up = d.flip - up;
		if (d.chance && i)
			grown += d.page * random_poisson(&d.state, pace * d.interval_s / d.page);
		else
			grown = offset + pace * t;
		rss = d.level * (course(&d, t) + d.sd * noise) + up +
		      floor(grown / d.page) * d.page;
		if (d.tooth_s > 0)
			rss += (d.level * tooth - (d.capped ? grown : 0)) * (t - tooth_from) /
			       (d.erratic > 0 ? d.tooth_s : tooth_length);
		if (d.reclaim_s > 0 && random_uniform(&d.state) < d.interval_s / d.reclaim_s)
			taken += (rss - taken) * uniform(&d, 0.05, 0.2);
		rss -= taken;
		taken *= d.back_s > 0 ? exp(-d.interval_s / d.back_s) : 1;
		ret_shape->t[i] = t;
		ret_shape->rss[i] = fmax(floor(rss / PAGE), 1) * PAGE;
	}
	cut_gaps(&d, ret_shape);
}

void shape_make(size_t family, uint64_t seed, uint64_t again, double extra, struct shape *ret_shape)
{
	make(family, seed, again, extra, 0, ret_shape);
}

void shape_make_long(size_t family, uint64_t seed, double seconds, struct shape *ret_shape)
{
	make(family, seed, 1, 0, seconds, ret_shape);
}
