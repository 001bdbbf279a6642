/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prepares a run's series for a picture. Called by plot.c and page.c. */
#include "soak/report/figure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const enum series_id curve_series[CURVE_COUNT] = {
	[CURVE_RSS] = SERIES_RSS,
	[CURVE_LAZYFREE] = SERIES_LAZYFREE,
	[CURVE_MEMORY] = SERIES_MEMORY,
	[CURVE_OPS] = SERIES_OPS,
	[CURVE_CPU] = SERIES_CPU,
	[CURVE_FAULTS] = SERIES_FAULTS,
	[CURVE_BUDGET] = SERIES_BUDGET_CALLS,
	[CURVE_CHURN] = SERIES_CHURN_CALLS,
	[CURVE_IN_USE] = SERIES_IN_USE,
	[CURVE_COMMITTED] = SERIES_COMMITTED,
	[CURVE_THREADS] = SERIES_THREADS,
	[CURVE_OPEN_FDS] = SERIES_OPEN_FDS,
	[CURVE_MAPPINGS] = SERIES_MAPPINGS,
};

#define GAP_OF_USUAL 10.0

static int copy_curve(struct figure *f, enum curve curve, const double *values)
{
	if (!values || decimate_absent(values, f->n))
		return run_error(f->run) ? -EIO : 0;
	f->curves[curve] = malloc(f->n * sizeof(double));
	if (!f->curves[curve])
		return -ENOMEM;
	memcpy(f->curves[curve], values, f->n * sizeof(double));
	return 0;
}

/* The last sample may be of the target's shutdown, a moment long: no pace of its work. */
static void leave_shutdown_out(const struct figure *f, double *ops)
{
	double end_s = run_fact_number(f->run, "end_ns", INFINITY) / 1e9;

	for (size_t i = f->n; i-- > 0 && f->t_s[i] > end_s;)
		ops[i] = NAN;
}

static int load_curves(struct figure *f)
{
	for (enum curve c = 0; c < CURVE_COUNT; c++) {
		int r = copy_curve(f, c, run_sum(f->run, curve_series[c]));

		if (r < 0)
			return r;
	}
	if (f->curves[CURVE_OPS] && !(decimate_last(f->curves[CURVE_OPS], f->n) > 0)) {
		free(f->curves[CURVE_OPS]); /* an ops page that nobody counted in */
		f->curves[CURVE_OPS] = NULL;
	}
	if (f->curves[CURVE_OPS])
		leave_shutdown_out(f, f->curves[CURVE_OPS]);
	if (!f->curves[CURVE_RSS])
		return copy_curve(f, CURVE_RSS, run_series(f->run, METRIC_statm_rss_bytes));
	return 0;
}

static int group_curves(struct figure *f, size_t limit)
{
	f->stride = decimate_stride(f->n, limit);
	f->groups = decimate_groups(f->n, f->stride);
	f->spans = calloc(f->groups, sizeof(*f->spans));
	if (!f->spans)
		return -ENOMEM;
	decimate_spans(f->t_s, f->n, f->stride, f->spans);
	for (enum curve c = 0; c < CURVE_COUNT; c++) {
		if (!f->curves[c])
			continue;
		f->grouped[c] = calloc(f->groups, sizeof(*f->grouped[c]));
		if (!f->grouped[c])
			return -ENOMEM;
		if (series_info[curve_series[c]].counter)
			decimate_rate(f->t_s, f->curves[c], f->n, f->stride, f->grouped[c]);
		else
			decimate_gauge(f->curves[c], f->n, f->stride, f->grouped[c]);
	}
	return 0;
}

void figure_release(struct figure *f)
{
	for (enum curve c = 0; c < CURVE_COUNT; c++) {
		free(f->curves[c]);
		free(f->grouped[c]);
	}
	free(f->spans);
}

int figure_init(struct figure *f, struct run *run, const struct judgement *judgement, size_t limit)
{
	int r;

	*f = (struct figure){.run = run, .judgement = judgement, .n = run_sample_count(run)};
	if (f->n == 0)
		return -ENODATA;
	f->t_s = run_times(run);
	r = f->t_s ? load_curves(f) : -EIO;
	if (r == 0)
		r = group_curves(f, limit);
	f->end_s = r < 0 ? 0 : fmax(f->t_s[f->n - 1], run_fact_number(run, "duration_s", 0));
	if (f->end_s <= 0)
		f->end_s = 1;
	if (r < 0)
		figure_release(f);
	return r;
}

bool figure_has_window(const struct figure *f)
{
	return f->judgement->from_s <= f->judgement->to_s;
}

double figure_group_time(const struct figure *f, size_t group)
{
	size_t first = group * f->stride, end = first + f->stride;

	return (f->t_s[first] + f->t_s[(end < f->n ? end : f->n) - 1]) / 2;
}

bool figure_gap_before(const struct figure *f, size_t sample)
{
	double usual_s = (f->t_s[f->n - 1] - f->t_s[0]) / (double)(f->n > 1 ? f->n - 1 : 1);

	return sample > 0 && sample < f->n &&
	       f->t_s[sample] - f->t_s[sample - 1] > GAP_OF_USUAL * usual_s;
}

static bool in_gap(const struct figure *f, double t_s)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->t_s[middle] <= t_s)
			low = middle + 1;
		else
			high = middle;
	}
	return figure_gap_before(f, low);
}

struct figure_fit figure_fit(const struct figure *f, double share)
{
	const struct judgement *j = f->judgement;
	const struct rule_result *drift = &j->rules[RULE_RSS_DRIFT];
	double level = j->drift_intercept_bytes, s = share * (j->to_s - j->from_s);
	double t_s = j->from_s + s;
	double fit = in_gap(f, t_s) || isnan(level)
			     ? NAN
			     : longrun_at(&j->drift_fit, t_s - j->drift_begin_s);

	return (struct figure_fit){.t_s = t_s,
		.fit = fit,
		.low = fit + s * (j->drift_slope_low - j->drift_slope_bytes_per_s),
		.high = fit + s * (j->drift_slope_high - j->drift_slope_bytes_per_s),
		.target = level + s * drift->target * growth_unit_slope(&drift->unit, level)};
}

double figure_level(const struct figure *f)
{
	const struct group_gauge *rss = f->grouped[CURVE_RSS];

	if (f->judgement->from_s <= f->judgement->to_s &&
		isfinite(f->judgement->drift_intercept_bytes))
		return f->judgement->drift_intercept_bytes;
	for (size_t g = 0; rss && g < f->groups; g++) {
		if (rss[g].mean > 0)
			return rss[g].mean;
	}
	return NAN;
}
