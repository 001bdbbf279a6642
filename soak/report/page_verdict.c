/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The top of a page: the verdict, what is wrong and why, what grew most. Called by page.c. */
#include <math.h>
#include <string.h>

#include "soak/judge/run_figures.h"
#include "soak/judge/wording.h"
#include "soak/report/growth.h"
#include "soak/report/html.h"
#include "soak/report/page_parts.h"

static const char *const classes[] = {"pass", "fail", "open", "none"}; /* of page.css */

void page_verdict_badge(FILE *out, enum verdict verdict)
{
	static const char *const signs[] = {"✔", "✖", "?", "–"};

	fprintf(out, "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
		classes[verdict], signs[verdict], verdict_name(verdict));
}

enum { WRONGS_MAX = 3 };

/* What is wrong, by the first rules with this verdict. Returns how many rules have it. */
static size_t put_wrongs(FILE *out, const struct report *report, enum verdict verdict)
{
	struct report_rule rules[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules), found = 0;

	for (size_t i = 0; i < n; i++) {
		if (rules[i].result->verdict != verdict)
			continue;
		if (found++ < WRONGS_MAX)
			fprintf(out, "%s%s", found > 1 ? "; " : "", rules[i].wrong);
	}
	if (found > WRONGS_MAX)
		fprintf(out, "; and %zu more", found - WRONGS_MAX);
	return found;
}

static void put_headline(FILE *out, const struct report *report)
{
	enum verdict verdict = report_verdict(report);

	fputs("<p class=\"headline\">", out);
	if (verdict == VERDICT_PASS)
		fputs("Nothing wrong was found", out);
	else if (verdict == VERDICT_FAIL)
		fputs("Wrong: ", out);
	else
		fputs("Not known yet, whether ", out);
	if (verdict == VERDICT_NOT_JUDGED || report_beyond_rules(report) ||
		verdict == VERDICT_PASS || !put_wrongs(out, report, verdict)) {
		fputs(verdict == VERDICT_PASS ? ": " : "", out);
		html_text(out, report_reason(report));
	}
	fputs("</p>\n", out);
}

static bool same_reason(const struct rule_result *a, const struct rule_result *b)
{
	return strcmp(text_of(&a->reason), text_of(&b->reason)) == 0;
}

/* Rules that share a reason, as all do when a run is too short, share an item. */
static void put_reason(FILE *out, const struct report_rule *const *rules, size_t n)
{
	fputs("<li><b>", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "; " : "", rules[i]->wrong);
	fputs("</b>: ", out);
	page_reason(out, rules[n - 1]->result);
	fputs("</li>\n", out);
}

/* Of each rule that decides the verdict: what was measured, and what to do. */
static void put_reasons(FILE *out, const struct report *report)
{
	struct report_rule rules[REPORT_RULES_MAX];
	const struct report_rule *alike[REPORT_RULES_MAX];
	size_t n = report_rules(report, rules), count = 0;
	enum verdict verdict = report_verdict(report);

	if (verdict == VERDICT_PASS)
		return;
	fputs("<ul class=\"reasons\">", out);
	for (size_t i = 0; i < n; i++) {
		if (rules[i].result->verdict != verdict)
			continue;
		if (count && !same_reason(alike[0]->result, rules[i].result)) {
			put_reason(out, alike, count);
			count = 0;
		}
		alike[count++] = &rules[i];
	}
	if (count)
		put_reason(out, alike, count);
	fputs("</ul>\n", out);
}

static void put_grown(FILE *out, const struct report *report)
{
	const struct judgement *j = report->judgement;
	struct growth_options options = {{j->from_s, j->to_s}, 0, 0.95};
	struct html_collector part;
	struct growth growth;
	size_t most = 0;

	if (j->from_s > j->to_s || growth_measure(report->run, &options, &growth) != 0)
		return;
	while (most < growth.count && !growth_is_notable(&growth, most))
		most++;
	if (most < growth.count && html_collect(&part) == 0) {
		fprintf(out, "<p class=\"grown\">Grew most: <b>+%s</b> ",
			say_bytes(growth.parts[most].to - growth.parts[most].from).text);
		growth_print_part(part.out, &growth.parts[most]);
		html_collected(&part, out);
		fprintf(out, " (of %s in all). <a href=\"#growth\">What grew</a></p>\n",
			say_bytes(growth.sum.to - growth.sum.from).text);
	}
	growth_release(&growth);
}

static void put_figure(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html_text(out, value);
	fputs("</dd></div>", out);
}

static void put_figures(FILE *out, const struct page_run *run)
{
	struct run *file = run->report->run;
	const struct judgement *j = run->report->judgement;
	struct run_figures f = run_figures(file, j);
	const char *allocator = run_fact(file, "allocator"), *end = run_fact(file, "end_reason");
	scoped_text window = {0};

	fputs("<dl class=\"numbers\">", out);
	put_figure(out, "observed", say_clock(run->coarse.end_s).text);
	if (figure_has_window(&run->coarse))
		text_set(&window, "%s to %s", say_clock(j->from_s).text, say_clock(j->to_s).text);
	put_figure(out, "steady window", window.length ? text_of(&window) : "none");
	put_figure(out, "RSS, mean", say_bytes(f.rss_mean_bytes).text);
	put_figure(out, "RSS, highest", say_bytes(f.rss_high_bytes).text);
	if (f.ops_per_s > 0)
		put_figure(out, "allocator ops", say_rate(f.ops_per_s).text);
	if (allocator)
		put_figure(out, "allocator", allocator);
	if (run_is_growing(file))
		end = "still recording";
	put_figure(out, "ended", end ? end : "the recorder was killed");
	fputs("</dl>\n", out);
}

static void put_run(FILE *out, const struct page *page, const struct page_run *run)
{
	fprintf(out, "<div class=\"verdict %s\"><p class=\"what\">",
		classes[report_verdict(run->report)]);
	page_verdict_badge(out, report_verdict(run->report));
	fputs(" ", out);
	if (page->n > 1) {
		page_heading(out, page, run);
		fputs(": ", out);
	}
	fputs("<code>", out);
	html_text(out, report_title(run->report));
	fputs("</code></p>\n", out);
	put_headline(out, run->report);
	put_reasons(out, run->report);
	put_grown(out, run->report);
	put_figures(out, run);
	fputs("</div>\n", out);
}

void page_verdict(FILE *out, const struct page *page)
{
	fputs("<section id=\"verdict\" aria-labelledby=\"h-verdict\"><h1 id=\"h-verdict\">", out);
	fputs(page->n > 1 ? "Verdicts of soak" : "Verdict of soak", out);
	fputs("</h1>\n", out);
	for (size_t i = 0; i < page->n; i++)
		put_run(out, page, &page->runs[i]);
	fputs("</section>\n", out);
}
