/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What grew: see growth_kinds.h. Called by rss_drift and memory_drift. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "soak/judge/growth_kinds.h"
#include "soak/judge/wording.h"
#include "soak/stats/bins.h"
#include "soak/stats/linefit.h"

#define SHARE_SAID 0.1

static double growth_bytes(const struct rule_context *context, const double *series)
{
	const struct steady_window *window = &context->window;
	struct linefit fit;
	struct bins bins;

	bins_mean(window_series(context, context->input->t_s), window_series(context, series),
		window->samples, window->from_s, window->to_s, window_bins(context, 0.1), &bins);
	bins_drop_empty(&bins);
	if (linefit(bins.t, bins.y, bins.n, context->confidence, &fit) != 0)
		return NAN;
	return fit.slope * (window->to_s - window->from_s);
}

/* Mean in the window; 0 where it was not read. */
static double mean_bytes(const struct rule_context *context, enum series_id series)
{
	const struct steady_window *window = &context->window;
	struct bins bins;

	if (!context->input->series[series])
		return 0.0;
	bins_mean(window_series(context, context->input->t_s),
		window_series(context, context->input->series[series]), window->samples,
		window->from_s, window->to_s, 1, &bins);
	return isnan(bins.y[0]) ? 0.0 : bins.y[0];
}

double growth_beside(const struct rule_context *context)
{
	return fmax(mean_bytes(context, SERIES_FILE) - mean_bytes(context, SERIES_SHMEM), 0.0);
}

void growth_parts(const struct rule_context *context, struct rule_result *result)
{
	const struct judge_input *input = context->input;
	double shmem = growth_bytes(context, input->series[SERIES_SHMEM]);
	double swap = growth_bytes(context, input->series[SERIES_SWAP]);
	double tables = growth_bytes(context, input->series[SERIES_PGTABLES]);
	double anon = growth_bytes(context, context->resident_bytes) - shmem - swap - tables;

	rule_also(result, "anon_growth_bytes", anon);
	rule_also(result, "shmem_growth_bytes", shmem);
	rule_also(result, "swap_growth_bytes", swap);
	rule_also(result, "pgtables_growth_bytes", tables);
	rule_add_reason(result, "; anonymous %s, shared %s, swap %s, page tables %s",
		say_bytes(anon).text, say_bytes(shmem).text, say_bytes(swap).text,
		say_bytes(tables).text);
}

void growth_kinds(const struct rule_context *context, struct rule_result *result)
{
	double file, anon, lazyfree = mean_bytes(context, SERIES_LAZYFREE);

	if (!context->input->series[SERIES_FILE] || !context->resident_bytes)
		return;
	file = growth_bytes(context, context->input->series[SERIES_FILE]);
	anon = growth_bytes(context, context->resident_bytes) - file;
	rule_also(result, "anon_growth_bytes", anon);
	rule_also(result, "file_growth_bytes", file);
	if (fabs(file) >= context->input->page_bytes &&
		fabs(file) >= SHARE_SAID * (fabs(file) + fabs(anon)))
		rule_add_reason(result, "; %s of the growth is file-backed, %s anonymous",
			say_bytes(file).text, say_bytes(anon).text);
	rule_also(result, "lazyfree_bytes", lazyfree);
	if (lazyfree >= context->input->page_bytes)
		rule_add_reason(result, "; RSS without LazyFree, which was %s on average",
			say_bytes(lazyfree).text);
}
