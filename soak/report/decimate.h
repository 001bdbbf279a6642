/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reducing a long series to what a picture has pixels for, without losing what it must show.
 *
 * Consecutive samples form groups: group g holds the samples [g * stride, (g + 1) * stride), the
 * last one what is left. Each sample is in exactly one group and no group is empty, so an hour and
 * a minute are drawn by the same code. All functions are pure; values that are NaN were not
 * measured and never count as zero. Result arrays have decimate_groups() elements and belong to the
 * caller.
 */
#ifndef SOAK_REPORT_DECIMATE_H
#define SOAK_REPORT_DECIMATE_H

#include <stdbool.h>
#include <stddef.h>

/* The smallest number of samples per group that leaves at most `limit` groups. 1 or more, also for
 * n = 0. */
size_t decimate_stride(size_t n, size_t limit);
size_t decimate_groups(size_t n, size_t stride);

/* True when no value was measured at all. */
bool decimate_absent(const double *v, size_t n);

/* The last value that was measured, or NaN; and what a counter grew by between its first and last
 * value in a window. */
double decimate_last(const double *v, size_t n);
double decimate_growth(const double *t_s, const double *v, size_t n, double from_s, double to_s);

/* What one group covers. Neighbours meet: each begins where the one before it ended; the first at
 * its first sample. */
struct group_span {
	double from_s, to_s;
};

void decimate_spans(const double *t_s, size_t n, size_t stride, struct group_span *ret_spans);

/* A gauge: its extremes survive. All NaN when the group has no value. */
struct group_gauge {
	double low, high, mean;
};

void decimate_gauge(const double *v, size_t n, size_t stride, struct group_gauge *ret_groups);

/* The extremes of groups that lie wholly in [from_s, to_s]; NaN when there are none. `mean` is that
 * of their means. */
struct group_gauge decimate_extremes(const struct group_span *spans,
	const struct group_gauge *groups, size_t n, double from_s, double to_s);

/*
 * A counter as a rate. `mean` is what was added since the last value before the group, divided by
 * the time between the two; `low` and `high` are the extremes from sample to sample, so that a
 * short stall survives. NaN where the group has no value or there is no earlier one to compare
 * with; a counter that fell has no rate there.
 */
void decimate_rate(
	const double *t_s, const double *v, size_t n, size_t stride, struct group_gauge *ret_per_s);

/*
 * A counter as calls per group. The counter was 0 before the first sample, so the groups always add
 * up to its last value: not one call disappears. Calls that happened while the counter could not be
 * read appear with the next value.
 */
void decimate_calls(const double *v, size_t n, size_t stride, double *ret_calls);

#endif
