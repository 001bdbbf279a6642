/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: what decimation must never lose. Links with soak/report/decimate.c. */
#include "soak/report/decimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tests, failures;

static void ok(bool good, const char *what)
{
	tests++;
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
}

static void same(double got, double want, const char *what)
{
	bool good = (isnan(got) && isnan(want)) || got == want;

	ok(good, what);
	if (!good)
		printf("# got %.17g, want %.17g\n", got, want);
}

static void test_stride(void)
{
	bool bounded = true, tight = true;

	for (size_t n = 1; n < 5000; n++) {
		size_t stride = decimate_stride(n, 1500);

		bounded = bounded && decimate_groups(n, stride) <= 1500;
		tight = tight && (stride == 1 || decimate_groups(n, stride - 1) > 1500);
	}
	ok(bounded, "never more groups than the limit");
	ok(tight, "never a larger stride than needed");
	ok(decimate_stride(0, 1500) == 1, "an empty series has a stride");
	ok(decimate_groups(0, 1) == 0, "an empty series has no groups");
	ok(decimate_stride(360000, 1500) == 240, "ten hours: 240 samples in a group");
}

static void test_spans(void)
{
	const double t[] = {0.5, 1, 2, 3, 4.5};
	struct group_span spans[3];

	decimate_spans(t, 5, 2, spans);
	same(spans[0].from_s, 0.5, "the first span begins at the first sample");
	same(spans[0].to_s, 1, "a span ends at its last sample");
	same(spans[1].from_s, 1, "the next span begins there");
	same(spans[2].to_s, 4.5, "the last span ends at the last sample");
}

static void test_gauge(void)
{
	const double v[] = {5, 9, NAN, 1, NAN, NAN, NAN, NAN, 7};
	struct group_gauge groups[3];

	decimate_gauge(v, 9, 4, groups);
	same(groups[0].low, 1, "the minimum survives");
	same(groups[0].high, 9, "the maximum survives");
	same(groups[0].mean, 5, "the mean leaves out what was not measured");
	same(groups[1].low, NAN, "a group without values is NaN, not 0");
	same(groups[1].mean, NAN, "and so is its mean");
	same(groups[2].high, 7, "a short last group counts");
}

static void test_rate(void)
{
	const double t[] = {1, 2, 3, 4, 6, 8, 9, 10};
	const double v[] = {100, 110, 120, 140, NAN, 180, 50, 60};
	struct group_gauge single[8], paired[4];

	decimate_rate(t, v, 8, 1, single);
	same(single[0].mean, NAN, "one value alone is no rate");
	same(single[1].mean, 10, "a rate is difference over time");
	same(single[4].mean, NAN, "no value, no rate");
	same(single[5].mean, 10, "a gap is bridged at its average rate");
	same(single[6].mean, NAN, "a counter that fell has no rate");
	same(single[7].mean, 10, "and counts on from there");
	decimate_rate(t, v, 8, 2, paired);
	same(paired[0].mean, 10, "the first group compares within itself");
	same(paired[1].mean, 15, "the next one with the end of the group before");
	same(paired[1].low, 10, "the slowest sample survives");
	same(paired[1].high, 20, "and so does the fastest");
}

static void test_extremes(void)
{
	const struct group_span spans[] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
	const struct group_gauge groups[] = {{0, 99, 50}, {2, 8, 4}, {NAN, NAN, NAN}, {3, 9, 6}};
	struct group_gauge all = decimate_extremes(spans, groups, 4, 0.5, 4);

	same(all.low, 2, "a group that straddles the window's edge is left out");
	same(all.high, 9, "the window's highest value");
	same(all.mean, 5, "the window's mean leaves out what was not measured");
	all = decimate_extremes(spans, groups, 4, 3.5, 4);
	same(all.high, NAN, "no group, no extremes");
}

static void test_calls(void)
{
	enum { N = 36007 };
	double *v = malloc(N * sizeof(*v)), *calls = malloc(N * sizeof(*calls)), sum = 0;
	size_t stride = decimate_stride(N, 1500), groups = decimate_groups(N, stride), marks = 0;

	if (!v || !calls)
		exit(1);
	for (size_t i = 0; i < N; i++)
		v[i] = 2 + (i >= 1000) + (i >= 17777) + (i == N - 1);
	v[1000] = v[17777] = NAN;
	decimate_calls(v, N, stride, calls);
	for (size_t g = 0; g < groups; g++) {
		sum += calls[g];
		marks += calls[g] > 0;
	}
	same(sum, 5, "the groups add up to the counter");
	same(calls[0], 2, "calls before the first sample are in the first group");
	same(calls[groups - 1], 1, "the last sample's call is in the last group");
	same((double)marks, 4, "each lone call has its own mark");
	for (size_t i = 0; i < N; i++)
		v[i] = NAN;
	decimate_calls(v, N, stride, calls);
	same(calls[0], 0, "an absent counter makes no calls");
	free(v);
	free(calls);
}

int main(void)
{
	test_stride();
	test_spans();
	test_gauge();
	test_rate();
	test_extremes();
	test_calls();
	printf("1..%d\n", tests);
	return failures > 0;
}
