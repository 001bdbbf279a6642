/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: the verdict on a job, from the verdicts on its runs. */
#include "soak/report/job_report.h"
#include "tests/tap.h"

/* Two variants with two runs each, in the order in which they are made: 0 1 1 0. */
static const char *verdict(const enum verdict runs[4], size_t made)
{
	static const char *const names[] = {"one", "other"};
	struct job_report_run list[4];

	for (size_t i = 0; i < 4; i++)
		list[i] = (struct job_report_run){.variant = i == 1 || i == 2, .verdict = runs[i]};
	return verdict_name(job_verdict(&(struct job_report){.variants = names,
		.allocators = names,
		.variants_count = 2,
		.runs = list,
		.runs_count = made,
		.planned = 4}));
}

#define RUNS(a, b, c, d) ((enum verdict[]){VERDICT_##a, VERDICT_##b, VERDICT_##c, VERDICT_##d})

int main(void)
{
	tap_text(verdict(RUNS(PASS, PASS, PASS, PASS), 4), "PASS", "all pass");
	tap_text(verdict(RUNS(FAIL, PASS, PASS, PASS), 4), "FAIL", "the first fails");
	tap_text(verdict(RUNS(PASS, FAIL, PASS, PASS), 4), "FAIL", "the other's first fails");
	tap_text(verdict(RUNS(PASS, PASS, PASS, FAIL), 4), "FAIL", "the last fails");
	tap_text(
		verdict(RUNS(INCONCLUSIVE, PASS, PASS, FAIL), 4), "FAIL", "one fails, one is open");
	tap_text(verdict(RUNS(FAIL, PASS, PASS, INCONCLUSIVE), 4), "FAIL", "in either order");
	tap_text(verdict(RUNS(PASS, INCONCLUSIVE, PASS, PASS), 4), "INCONCLUSIVE", "one is open");
	tap_text(verdict(RUNS(PASS, PASS, PASS, PASS), 3), "INCONCLUSIVE", "one was not made");
	tap_text(verdict(RUNS(PASS, FAIL, PASS, PASS), 2), "FAIL", "a failure stands");
	return tap_done();
}
