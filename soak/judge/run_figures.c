/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows and figures: see run_figures.h. Called by soak compare, jobs and reports. */
#include <math.h>

#include "soak/judge/run_figures.h"

struct run_window run_window(
	struct run *run, const double *values, const struct judgement *judgement)
{
	const double *t = run_times(run), *v = values;
	double from_s = judgement->from_s, to_s = judgement->to_s;
	struct run_window w = {NAN, NAN, NAN, 0};
	double first = NAN, first_t = 0, sum = 0;
	size_t count = 0;

	for (size_t i = 0; t && v && i < run_sample_count(run); i++) {
		if (isnan(v[i]) || (from_s <= to_s && (t[i] < from_s || t[i] > to_s)))
			continue;
		if (!count++) {
			first = v[i];
			first_t = t[i];
		}
		w.gain = v[i] - first;
		w.seconds = t[i] - first_t;
		w.max = fmax(w.max, v[i]);
		sum += v[i];
	}
	if (count)
		w.mean = sum / count;
	return w;
}

static double per_second(struct run_window window)
{
	return window.seconds > 0 ? window.gain / window.seconds : NAN;
}

double run_peak_of_process(struct run *run)
{
	return run_number(run, "SELECT max(peak_rss_bytes) FROM processes", 0);
}

static double peak(struct run *run)
{
	const double *rss = run_sum(run, SERIES_RSS);
	double highest = run_peak_of_process(run);

	for (size_t i = 0; rss && i < run_sample_count(run); i++)
		highest = fmax(highest, rss[i]);
	return highest > 0 ? highest : NAN;
}

struct run_figures run_figures(struct run *run, const struct judgement *judgement)
{
	struct run_window ops = run_window(run, run_sum(run, SERIES_OPS), judgement);
	struct run_window faults = run_window(run, run_sum(run, SERIES_FAULTS), judgement);
	struct run_window rss = run_window(run, run_sum(run, SERIES_RSS), judgement);
	struct run_window memory = run_window(run, run_sum(run, SERIES_MEMORY), judgement);
	struct run_window calls = run_window(run, run_sum(run, SERIES_ALL_CALLS), judgement);
	struct run_window uncounted =
		run_window(run, run_sum(run, SERIES_UNCOUNTED_CALLS), judgement);
	struct run_window uncounted_churn =
		run_window(run, run_sum(run, SERIES_UNCOUNTED_CHURN), judgement);

	return (struct run_figures){.steady = judgement->from_s <= judgement->to_s,
		.seconds = ops.seconds,
		.ops = ops.gain,
		.faults = faults.gain,
		.churn_calls = calls.gain,
		.uncounted_calls = fmax(uncounted.gain + uncounted_churn.gain, 0.0),
		.ops_per_s = per_second(ops),
		.faults_per_s = per_second(faults),
		.rss_mean_bytes = rss.mean,
		.rss_high_bytes = rss.max,
		.memory_mean_bytes = memory.mean,
		.rss_peak_bytes = peak(run)};
}
