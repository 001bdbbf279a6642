/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges run files and writes them as a page. Called by soak report and soak compare. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/page_of_runs.h"
#include "soak/verbs/verbs.h"

struct judged_runs {
	struct report reports[PAGE_RUNS_MAX];
	struct run *runs[PAGE_RUNS_MAX];
	struct judgement judgements[PAGE_RUNS_MAX];
};

static int judge(const struct page_of_runs *page, struct judged_runs *judged)
{
	int code = EXIT_PASS;

	for (size_t i = 0; i < page->n && !code; i++) {
		code = open_and_judge(page->files[i], page->warmup_s, page->settings,
			&judged->runs[i], &judged->judgements[i]);
		judged->reports[i] = (struct report){
			.run = judged->runs[i], .judgement = &judged->judgements[i]};
	}
	return code;
}

static int write_page(const struct page_of_runs *page, const struct judged_runs *judged)
{
	scoped_text error = {0};
	int code = page_write(judged->reports, page->n, page->comparison, page->output, &error);

	if (!code)
		return EXIT_PASS;
	fprintf(stderr, "soak: %s\n", text_of(&error));
	return exit_code_of_error(code);
}

int page_of_runs(const struct page_of_runs *page)
{
	struct judged_runs *judged = calloc(1, sizeof(*judged)); /* not for the stack */
	int code;

	if (!judged) {
		fprintf(stderr, "soak: %s\n", strerror(ENOMEM));
		return EXIT_CANNOT_RUN;
	}
	code = judge(page, judged);
	if (!code)
		code = write_page(page, judged);
	for (size_t i = 0; i < page->n; i++) {
		code = close_after_reading(judged->runs[i], code);
		judgement_release(&judged->judgements[i]);
	}
	free(judged);
	return code;
}
