/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows and figures: see run_figures.h. */
#include <math.h>

#include "soak/judge/run_figures.h"

struct run_window run_window(struct run *run, enum metric metric, const struct judgement *judgement)
{
	const double *t = run_times(run), *v = run_series(run, metric);
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

/* The windows of several metrics in one; a maximum is the sum of maxima. */
static struct run_window add_up(struct run *run, const struct judgement *judgement,
	const enum metric *metrics, size_t count)
{
	struct run_window sum = {0};

	for (size_t m = 0; m < count; m++) {
		struct run_window w = run_window(run, metrics[m], judgement);

		sum.gain += w.gain;
		sum.mean += w.mean;
		sum.max += w.max;
		sum.seconds = w.seconds;
	}
	return sum;
}

static double per_second(struct run_window window)
{
	return window.seconds > 0 ? window.gain / window.seconds : NAN;
}

static const enum metric rss[] = {
	METRIC_rss_anon_bytes, METRIC_rss_file_bytes, METRIC_rss_shmem_bytes};

static double peak(struct run *run)
{
	const double *part[3];
	double highest = run_number(run, "SELECT max(peak_rss_bytes) FROM processes", 0);

	for (int p = 0; p < 3; p++)
		part[p] = run_series(run, rss[p]);
	for (size_t i = 0; part[0] && part[1] && part[2] && i < run_sample_count(run); i++)
		highest = fmax(highest, part[0][i] + part[1][i] + part[2][i]);
	return highest > 0 ? highest : NAN;
}

struct run_figures run_figures(struct run *run, const struct judgement *judgement)
{
	static const enum metric ops[] = {METRIC_ops_alloc, METRIC_ops_free, METRIC_ops_realloc};
	static const enum metric faults[] = {METRIC_minflt, METRIC_majflt};
	static const enum metric churn[] = {METRIC_mmap, METRIC_munmap, METRIC_madvise,
		METRIC_mremap, METRIC_brk, METRIC_mprotect, METRIC_process_madvise};
	static const enum metric uncounted[] = {METRIC_uncounted_calls, METRIC_uncounted_churn};
	struct run_window w_ops = add_up(run, judgement, ops, 3);
	struct run_window w_faults = add_up(run, judgement, faults, 2);
	struct run_window w_rss = add_up(run, judgement, rss, 3);

	if (run_fact(run, "imported_format")) {
		w_ops = run_window(run, METRIC_imported_ops, judgement);
		w_rss = run_window(run, METRIC_imported_rss_bytes, judgement);
	}
	return (struct run_figures){.steady = judgement->from_s <= judgement->to_s,
		.seconds = w_ops.seconds,
		.ops = w_ops.gain,
		.faults = w_faults.gain,
		.churn_calls = add_up(run, judgement, churn, 7).gain,
		.uncounted_calls = fmax(add_up(run, judgement, uncounted, 2).gain, 0.0),
		.ops_per_s = per_second(w_ops),
		.faults_per_s = per_second(w_faults),
		.rss_mean_bytes = w_rss.mean,
		.rss_high_bytes = w_rss.max,
		.rss_peak_bytes = peak(run)};
}
