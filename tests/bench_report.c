/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: what the benchmark's table says of planted figures: milestones, and noise. */
#include <stdlib.h>

#include "soak/report/bench_report.h"
#include "tests/tap.h"

struct figures {
	double low, high; /* of hakmem to mimalloc */
	double cv, steal_pct, others_pct;
};

static char *table(struct figures f)
{
	static const struct bench_run runs[2] = {{70, 0, 0}, {71, 3.5, 0}};
	const struct bench_row rows[] = {
		{.name = "hakmem",
			.runs = runs,
			.mops = {.n = 2, .mean = 70.5, .cv = f.cv},
			.ratio = {.n = 2,
				.ratio = sqrt(f.low * f.high),
				.low = f.low,
				.high = f.high},
			.instructions = NAN},
		{.name = "mimalloc",
			.runs = runs,
			.mops = {.n = 2, .mean = 70.5, .cv = 0.01},
			.ratio = {.n = 2, .ratio = 1, .low = 1, .high = 1},
			.instructions = 53.25},
	};
	const struct bench_report report = {.command = "bench",
		.profile = "none",
		.rows = rows,
		.rows_count = 2,
		.rounds = 2,
		.cpus = 2,
		.baseline = 1,
		.milestones_of = 0,
		.steal_pct = f.steal_pct,
		.others_pct = f.others_pct};
	static char *text;
	size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	bench_print(out, &report);
	fclose(out);
	return text;
}

static void test_milestones(void)
{
	tap_has(table((struct figures){0.651, 0.70, 0.01, 0, 0}),
		"M1 (55 %) reached, M2 (60 %) reached, M3 (65-70 %) reached", "all three");
	tap_has(table((struct figures){0.57, 0.64, 0.01, 0, 0}),
		"M1 (55 %) reached, M2 (60 %) undecided, M3 (65-70 %) missed", "one of each");
	tap_has(table((struct figures){0.45, 0.549, 0.01, 0, 0}),
		"M1 (55 %) missed, M2 (60 %) missed, M3 (65-70 %) missed", "none");
}

static void test_noise(void)
{
	tap_has(table((struct figures){1, 1, 0.019, 0.9, 49}), "\n  quiet: ", "within all bounds");
	tap_has(table((struct figures){1, 1, 0.021, 0, 0}),
		"NOISY, not for quoting: the largest CV is 2.1 % (hakmem)", "an uneven allocator");
	tap_has(table((struct figures){1, 1, 0.01, 1.1, 0}), "NOISY", "a hypervisor that steals");
	tap_has(table((struct figures){1, 1, 0.01, 0, 51}), "NOISY", "others on the machine");
}

static void test_rows(void)
{
	const char *text = table((struct figures){0.5, 0.5, 0.01, 0, 0});

	tap_has(text, "50.0 % [50.0, 50.0]\n", "a ratio and its interval");
	tap_has(text, "100 %  53.25 instructions/op\n", "the baseline, with its instructions");
	tap_has(text, "hakmem         70.0 71.0 (3.5)\n", "steal of the run that had any");
}

int main(void)
{
	test_milestones();
	test_noise();
	test_rows();
	return tap_done();
}
