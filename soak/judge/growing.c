/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests all sites of the heap for growth. Called by what judges and reports runs. */
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/growing.h"
#include "soak/judge/rule.h"
#include "soak/judge/wording.h"
#include "soak/stats/fdr.h"
#include "soak/stats/linefit.h"

#define CONFIDENCE (1 - GROWING_FDR)
#define SECONDS_PER_H 3600.0
#define READINGS_MAX 200
#define LAST_PART 3        /* of the window: a site must have grown there as well ... */
#define LAST_P 0.01        /* ... as surely as this */
#define NINE_IN_TEN 1.2816 /* quantile of the normal distribution */

/* Sites that were tested, with their live bytes at the readings. */
struct tested {
	double *t_s;
	size_t n;
	double mean; /* bytes between samples */
	struct candidate {
		struct growing_site site;
		double *y;
	} * candidates;
	size_t count, room;
	bool failed;
};

/* ---- p-values -------------------------------------------------------------------------------- */

/* Growth per second as the mean of its steps, with the standard error of that. */
struct pace {
	double per_s, se, df;
};

/*
 * Steps of noise without memory cancel, those of a random walk do not: as if they were the latter,
 * or, if they resemble each other, by Newey and West's sum with Bartlett weights (Econometrica 55,
 * 1987). Never too small.
 */
static struct pace pace_of(const double *t_s, const double *y, size_t n)
{
	double span_s = t_s[n - 1] - t_s[0], squares = 0, sum = 0;
	struct pace pace = {(y[n - 1] - y[0]) / span_s, 0, (double)n - 2};
	size_t lags = (size_t)(1.3 * sqrt((double)n));

	for (size_t lag = 0; lag <= lags && lag + 1 < n; lag++) {
		double products = 0;

		for (size_t i = lag + 1; i < n; i++)
			products += (y[i] - y[i - 1] - pace.per_s * (t_s[i] - t_s[i - 1])) *
				    (y[i - lag] - y[i - lag - 1] -
					    pace.per_s * (t_s[i - lag] - t_s[i - lag - 1]));
		if (!lag)
			squares = products;
		sum += lag ? 2 * (1 - (double)lag / (double)(lags + 1)) * products : products;
	}
	pace.se = sqrt(fmax(squares, sum) * (double)(n - 1) / (double)(n - 2)) / span_s;
	return pace;
}

static double p_of_pace(const double *t_s, const double *y, size_t n)
{
	struct pace pace = pace_of(t_s, y, n);

	if (!(pace.se > 0))
		return pace.per_s > 0 ? 0 : 1;
	return gsl_cdf_tdist_Q(pace.per_s / pace.se, pace.df);
}

static double p_of_line(const double *t_s, const double *y, size_t n)
{
	struct linefit fit;

	if (linefit(t_s, y, n, CONFIDENCE, &fit) != 0 || !(fit.slope_se > 0))
		return 1;
	return gsl_cdf_tdist_Q(fit.slope / fit.slope_se, fit.df);
}

/* The noise decides which of the two sees more. Both are asked: each must be twice as sure. */
static double p_of_slope(const double *t_s, const double *y, size_t n)
{
	return fmin(1, 2 * fmin(p_of_pace(t_s, y, n), p_of_line(t_s, y, n)));
}

/* All that came and went makes what was gained doubtful. */
static double p_of_gain(const struct run_heap_value *a, const struct run_heap_value *b)
{
	double came = b->allocated_variance - a->allocated_variance;
	double between = 2 * came - (b->live_variance - a->live_variance);
	double gain = b->live - a->live;

	between = fmin(between, a->live_variance + b->live_variance);
	if (gain <= 0)
		return 1;
	return between > 0 ? gsl_cdf_ugaussian_Q(gain / sqrt(between)) : 0;
}

static bool make_room(struct tested *tested)
{
	size_t room = 2 * tested->room + 64;
	struct candidate *grown;

	if (tested->count < tested->room)
		return true;
	grown = reallocarray(tested->candidates, room, sizeof(*grown));
	if (!grown)
		return false;
	tested->candidates = grown;
	tested->room = room;
	return true;
}

/* A site that holds nothing in the window is not tested: it cannot have grown. */
static void test_site(void *context, size_t site, const struct run_heap_value *values)
{
	struct tested *tested = context;
	struct candidate *candidate;
	bool any = false;

	for (size_t i = 0; i < tested->n; i++)
		any = any || values[i].live > 0;
	if (!site || !any || tested->failed)
		return;
	tested->failed = !make_room(tested);
	if (tested->failed)
		return;
	candidate = &tested->candidates[tested->count++];
	*candidate = (struct candidate){
		.site = {.site = site}, .y = calloc(tested->n, sizeof(*candidate->y))};
	tested->failed = !candidate->y;
	for (size_t i = 0; candidate->y && i < tested->n; i++)
		candidate->y[i] = values[i].live;
	if (candidate->y)
		candidate->site.p = fmax(p_of_slope(tested->t_s, candidate->y, tested->n),
			p_of_gain(&values[0], &values[tested->n - 1]));
}

/* ---- what is named --------------------------------------------------------------------------- */

static int by_p(const void *one, const void *other)
{
	const struct candidate *a = one, *b = other;

	return a->site.p < b->site.p ? -1 : a->site.p > b->site.p;
}

static int by_pace(const void *one, const void *other)
{
	const struct growing_site *a = one, *b = other;

	return a->per_h < b->per_h ? 1 : a->per_h > b->per_h ? -1 : 0;
}

/* Does it grow to the end? Fills the pace and its interval. */
static bool lasts(const struct tested *tested, struct candidate *candidate, double confidence)
{
	size_t from = tested->n - tested->n / LAST_PART;
	struct pace pace = pace_of(tested->t_s, candidate->y, tested->n);
	double reaches = pace.se * gsl_cdf_tdist_Pinv((1 + confidence) / 2, pace.df);

	candidate->site.per_h = pace.per_s * SECONDS_PER_H;
	candidate->site.low = (pace.per_s - reaches) * SECONDS_PER_H;
	candidate->site.high = (pace.per_s + reaches) * SECONDS_PER_H;
	return p_of_pace(tested->t_s + from, candidate->y + from, tested->n - from) < LAST_P;
}

static int name_sites(struct tested *tested, struct growing *growing)
{
	double *p = calloc(tested->count + 1, sizeof(*p));
	size_t discoveries;

	growing->sites = calloc(tested->count + 1, sizeof(*growing->sites));
	if (!p || !growing->sites) {
		free(p);
		return -ENOMEM;
	}
	for (size_t i = 0; i < tested->count; i++)
		p[i] = tested->candidates[i].site.p;
	discoveries = fdr_discoveries(p, tested->count, GROWING_FDR);
	free(p);
	qsort(tested->candidates, tested->count, sizeof(*tested->candidates), by_p);
	for (size_t i = 0; i < discoveries; i++)
		if (lasts(tested, &tested->candidates[i],
			    1 - GROWING_FDR * (double)discoveries / (double)tested->count))
			growing->sites[growing->count++] = tested->candidates[i].site;
	qsort(growing->sites, growing->count, sizeof(*growing->sites), by_pace);
	return 0;
}

/*
 * A site that holds nothing at first and leaks small blocks: after G bytes, G / mean of them were
 * sampled, give or take the root of that.
 */
static double reach(const struct tested *tested)
{
	double z = gsl_cdf_ugaussian_Qinv(fdr_strictest(tested->count + 1, GROWING_FDR));
	double last = gsl_cdf_ugaussian_Qinv(LAST_P) + NINE_IN_TEN;
	double samples = fmax((z + NINE_IN_TEN) * (z + NINE_IN_TEN), LAST_PART * last * last);

	return tested->mean * samples / (tested->t_s[tested->n - 1] - tested->t_s[0]) *
	       SECONDS_PER_H;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* The readings in the window, and of many every other, every third ... */
static void narrow(double *t_s, size_t *n, const struct judge_window *window)
{
	size_t inside = 0, kept = 0, step;

	for (size_t i = 0; i < *n; i++)
		if (t_s[i] >= window->from_s - 1e-3 && t_s[i] <= window->to_s + 1e-3)
			t_s[inside++] = t_s[i];
	step = inside / READINGS_MAX + 1;
	for (size_t i = inside ? (inside - 1) % step : 0; i < inside; i += step)
		t_s[kept++] = t_s[i];
	*n = kept;
}

static int find(struct run *run, const struct judge_window *window, struct tested *tested,
	struct growing *growing)
{
	int code;

	tested->n = run_heap_times(run, &tested->t_s);
	if (!tested->t_s)
		return -ENOMEM;
	narrow(tested->t_s, &tested->n, window);
	if (tested->n < GROWING_READINGS_MIN)
		return run_error(run) ? -EIO : -ENODATA;
	code = run_heap_series(run, &growing->heap, tested->t_s, tested->n, test_site, tested);
	if (!code && tested->failed)
		code = -ENOMEM;
	if (!code)
		code = name_sites(tested, growing);
	growing->tested = tested->count;
	growing->readings = tested->n;
	growing->from_s = tested->t_s[0];
	growing->to_s = tested->t_s[tested->n - 1];
	growing->reach_per_h = reach(tested);
	return code;
}

int growing_find(struct run *run, const struct judge_window *window, struct growing *ret_growing)
{
	struct tested tested = {0};
	int code;

	*ret_growing = (struct growing){0};
	code = run_heap_read(run, &ret_growing->heap);
	if (code)
		return code;
	tested.mean = ret_growing->heap.mean;
	code = find(run, window, &tested, ret_growing);
	for (size_t i = 0; i < tested.count; i++)
		free(tested.candidates[i].y);
	free(tested.candidates);
	free(tested.t_s);
	if (code)
		growing_release(ret_growing);
	return code;
}

void growing_release(struct growing *growing)
{
	run_heap_release(&growing->heap);
	free(growing->sites);
	*growing = (struct growing){0};
}

/* ---- words ----------------------------------------------------------------------------------- */

#define SITES_SAID 2

static void say(const struct growing *growing, struct rule_result *result)
{
	if (!growing->count)
		rule_add_reason(result,
			"; none of %zu sites of the heap was found to grow, and one that grows by "
			"%s/h would be",
			growing->tested, say_bytes(growing->reach_per_h).text);
	for (size_t i = 0; i < growing->count && i < SITES_SAID; i++) {
		const struct growing_site *site = &growing->sites[i];
		scoped_text name = {0};

		run_heap_name(&growing->heap, site->site, &name);
		rule_add_reason(result, "; %s/h of the heap (%s to %s) are held by %s",
			say_bytes(site->per_h).text, say_bytes(site->low).text,
			say_bytes(site->high).text, text_of(&name));
	}
	if (growing->count > SITES_SAID)
		rule_add_reason(result, ", and %zu more sites grow", growing->count - SITES_SAID);
}

void growing_explain(struct run *run, struct judgement *judgement)
{
	static const enum rule drifts[] = {RULE_RSS_DRIFT, RULE_MEMORY_DRIFT};
	const struct judge_window window = {judgement->from_s, judgement->to_s};
	struct growing growing;
	bool fails = false;

	for (int i = 0; i < 2; i++)
		fails = fails || judgement->rules[drifts[i]].verdict == VERDICT_FAIL;
	if (!fails || growing_find(run, &window, &growing) != 0)
		return;
	for (int i = 0; i < 2; i++)
		if (judgement->rules[drifts[i]].verdict == VERDICT_FAIL)
			say(&growing, &judgement->rules[drifts[i]]);
	growing_release(&growing);
}
