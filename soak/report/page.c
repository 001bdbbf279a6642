/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One HTML file of judged runs: see page.h. Called by soak report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soak/report/html.h"
#include "soak/report/output_file.h"
#include "soak/report/page_assets.h"
#include "soak/report/page_parts.h"

enum { GROUPS_OF_SCRIPT = 2000, GROUPS_OF_CURVES = 400 };

void page_heading(FILE *out, const struct page *page, const struct page_run *run)
{
	if (page->n == 1)
		return;
	fprintf(out, "<b class=\"run\">%s</b> <code>", run->name);
	html_text(out, basename(run_path(run->report->run)));
	fputs("</code>", out);
}

static void put_head(FILE *out, const struct page *page)
{
	const struct report *first = page->runs[0].report;

	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; script-src %s; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
		page_script_hashes);
	fprintf(out, "%s: ", verdict_name(report_verdict(first)));
	html_text(out, report_title(first));
	if (page->n > 1)
		fprintf(out, " and %zu more", page->n - 1);
	fprintf(out, "</title>\n<style>%s%s</style></head>\n<body>\n", page_library_style,
		page_style);
}

static void put_contents(FILE *out)
{
	fputs("<nav aria-label=\"Contents\"><a href=\"#verdict\">Verdict</a> <a "
	      "href=\"#curves\">Over time</a> <a href=\"#rules\">Rules</a> <a "
	      "href=\"#growth\">What grew</a> <a href=\"#callers\">Callers</a> <a "
	      "href=\"#events\">Events</a> <a href=\"#settings\">Settings</a></nav>\n",
		out);
}

static void put_foot(FILE *out, const struct page *page)
{
	fputs("<footer><p>Made by soak from ", out);
	for (size_t i = 0; i < page->n; i++) {
		fputs(i ? ", <code>" : "<code>", out);
		html_text(out, basename(run_path(page->runs[i].report->run)));
		fputs("</code>", out);
	}
	fputs(". This file needs nothing else: no network, and a script only to zoom.</p>\n"
	      "<details><summary>Licence of dygraphs, which draws the curves that zoom</summary>"
	      "<pre>",
		out);
	html_text_whole(out, page_library_licence);
	fputs("</pre></details></footer>\n", out);
}

static void put_comparison(FILE *out, const struct page *page)
{
	if (!page->comparison)
		return;
	fputs("<section aria-labelledby=\"h-comparison\"><h2 id=\"h-comparison\">Comparison</h2>\n"
	      "<pre>",
		out);
	html_text(out, page->comparison);
	fputs("</pre></section>\n", out);
}

static void put_page(FILE *out, const struct page *page)
{
	put_head(out, page);
	put_contents(out);
	fputs("<main>\n", out);
	put_comparison(out, page);
	page_verdict(out, page);
	page_figures(out, page);
	page_lanes(out, page);
	page_rules(out, page);
	page_growth(out, page);
	page_callers(out, page);
	page_events(out, page);
	page_settings(out, page);
	fputs("</main>\n", out);
	put_foot(out, page);
	page_data(out, page);
	fprintf(out, "<script>%s</script>\n<script>%s</script>\n</body></html>\n", page_library,
		page_script);
}

static int load(struct page_run *run, size_t n, struct text *error)
{
	struct run *file = run->report->run;
	const struct judgement *j = run->report->judgement;
	int r = figure_init(&run->fine, file, j, GROUPS_OF_SCRIPT / n);

	if (r == 0) {
		r = figure_init(&run->coarse, file, j, GROUPS_OF_CURVES / (n < 4 ? n : 4));
		if (r < 0)
			figure_release(&run->fine);
	}
	if (r == -ENODATA)
		return text_fail(error, r, "%s: no samples to draw", run_path(file));
	if (r < 0)
		return text_fail(
			error, r, "%s: cannot read its samples: %s", run_path(file), strerror(-r));
	return 0;
}

/* Through a file in memory, so that nothing half written takes the page's name. */
static int keep(const struct page *page, const char *output, struct text *error)
{
	int fd = memfd_create("page", MFD_CLOEXEC), r;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!out)
		return text_fail(error, -errno, "cannot hold a page in memory: %m");
	put_page(out, page);
	if (fflush(out) != 0 || ferror(out))
		r = text_fail(error, -errno, "cannot hold a page in memory: %m");
	else
		r = output_file_keep(fd, output, error);
	fclose(out);
	return r;
}

int page_write(const struct report *reports, size_t n, const char *comparison, const char *output,
	struct text *error)
{
	struct page *page = calloc(1, sizeof(*page));
	int r = page ? 0 : text_fail(error, -ENOMEM, "%s", strerror(ENOMEM));

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct page_run *run = &page->runs[i];

		*run = (struct page_run){.report = &reports[i], .letter = {(char)('A' + i)}};
		run->name = n > 1 ? run->letter : "";
		r = load(run, n, error);
		page->n += r == 0;
	}
	if (r == 0) {
		page->comparison = comparison;
		r = keep(page, output, error);
	}
	for (size_t i = 0; page && i < page->n; i++) {
		figure_release(&page->runs[i].fine);
		figure_release(&page->runs[i].coarse);
	}
	free(page);
	return r;
}
