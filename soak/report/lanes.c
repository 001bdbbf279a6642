/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of curves of a page: see lanes.h. Called by page_lanes.c and page_data.c. */
#include <math.h>
#include <stdio.h>

#include "soak/report/lanes.h"

const struct lane lanes[LANES] = {
	{CURVE_RSS, "rss", "Resident memory (RSS)", "memory of the program that is in RAM",
		LANE_BYTES, false},
	{CURVE_MEMORY, "memory", "Memory that a leak fills",
		"anonymous and shared memory, swap and page tables", LANE_BYTES, false},
	{CURVE_IN_USE, "in_use", "In use, by the allocator's own account",
		"bytes given out to the program", LANE_BYTES, true},
	{CURVE_COMMITTED, "committed", "Committed, by the allocator's own account",
		"bytes in use, cached and retained", LANE_BYTES, true},
	{CURVE_OPS, "ops", "Allocator operations", "calls of malloc, free, realloc and so on",
		LANE_PER_S, false},
	{CURVE_CPU, "cpu", "CPU time", "1 core: one CPU busy all the time", LANE_CORES, false},
	{CURVE_FAULTS, "faults", "Page faults", "minor and major", LANE_PER_S, false},
	{CURVE_BUDGET, "budget", "System calls that the budget counts",
		"mmap, munmap, madvise, process_madvise", LANE_PER_S, false},
	{CURVE_CHURN, "churn", "Other calls that change the address space", "brk, mremap, mprotect",
		LANE_PER_S, false},
	{CURVE_THREADS, "threads", "Threads", "of the whole process tree", LANE_COUNT, true},
	{CURVE_OPEN_FDS, "open_fds", "Open file descriptors", "of the whole process tree",
		LANE_COUNT, true},
	{CURVE_MAPPINGS, "mappings", "Memory mappings", "of the whole process tree", LANE_COUNT,
		true},
};

#define LEAST_SPAN 0.05
#define WINDOW_SHARE 4.0 /* the axis is at most so much longer than the window needs */

struct phrase lane_say(const struct lane *lane, double value)
{
	struct phrase cores = {"-"};

	if (lane->unit == LANE_BYTES)
		return say_bytes(value);
	if (lane->unit == LANE_PER_S)
		return say_rate(value);
	if (lane->unit == LANE_COUNT && !isnan(value))
		snprintf(cores.text, sizeof(cores.text), "%.4g", value);
	if (lane->unit == LANE_CORES && !isnan(value))
		snprintf(cores.text, sizeof(cores.text), "%.3g cores", value);
	return cores;
}

bool lane_shown(const struct lane *lane, const struct figure *f)
{
	const struct group_gauge *groups = f->grouped[lane->curve];

	for (size_t g = 0; groups && g < f->groups; g++)
		if (groups[g].high > 0)
			return true;
	return false;
}

static struct group_gauge whole(const struct lane *lane, const struct figure *f)
{
	return decimate_extremes(f->spans, f->grouped[lane->curve], f->groups, 0, INFINITY);
}

struct group_gauge lane_steady(const struct lane *lane, const struct figure *f)
{
	struct group_gauge steady = {NAN, NAN, NAN};

	if (!f->grouped[lane->curve])
		return steady;
	if (figure_has_window(f))
		steady = decimate_extremes(f->spans, f->grouped[lane->curve], f->groups,
			f->judgement->from_s, f->judgement->to_s);
	return isnan(steady.low) ? whole(lane, f) : steady;
}

/* What the window needs: its values, and of RSS what is drawn beside them. */
static struct lane_axis needed(const struct lane *lane, const struct figure *f)
{
	struct group_gauge steady = lane_steady(lane, f);
	struct lane_axis axis = {steady.low, steady.high};

	if (lane->curve == CURVE_RSS && figure_has_window(f)) {
		struct figure_fit end = figure_fit(f, 1);

		axis.low = fmin(axis.low, end.fit);
		axis.high = fmax(axis.high, end.fit);
		if (end.target < 2 * axis.high)
			axis.high = fmax(axis.high, end.target);
	}
	return axis;
}

struct lane_axis lane_axis(const struct lane *lane, const struct figure *const *figures, size_t n)
{
	struct lane_axis axis = {NAN, NAN}, all = {NAN, NAN};
	double room, pad;

	for (size_t i = 0; i < n; i++) {
		struct lane_axis one;
		struct group_gauge full;

		if (!figures[i]->grouped[lane->curve])
			continue;
		one = needed(lane, figures[i]);
		full = whole(lane, figures[i]);
		axis = (struct lane_axis){fmin(axis.low, one.low), fmax(axis.high, one.high)};
		all = (struct lane_axis){fmin(all.low, full.low), fmax(all.high, full.high)};
	}
	room = WINDOW_SHARE * fmax(LEAST_SPAN * axis.high, axis.high - axis.low);
	if (axis.high - all.low <= room)
		axis.low = fmin(axis.low, all.low);
	if (all.high - axis.low <= room)
		axis.high = fmax(axis.high, all.high);
	pad = fmax((LEAST_SPAN * axis.high - (axis.high - axis.low)) / 2,
		0.06 * (axis.high - axis.low));
	axis.low = axis.low - pad < 0.4 * axis.high ? 0 : axis.low - pad;
	axis.high = axis.high > 0 ? axis.high + pad : 1;
	return axis;
}
