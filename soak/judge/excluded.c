/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows that are not judged: see excluded.h. Called by judge.c and settings.c. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/excluded.h"
#include "soak/words/duration.h"

#define END_TEXT 128 /* of a mark, its NUL included */

/* ---- FROM..TO -------------------------------------------------------------------------------- */

struct end {
	enum { END_OPEN, END_TIME, END_AFTER, END_MARK } kind;
	double seconds;
	char mark[END_TEXT];
};

struct span {
	struct end from, to;
};

static int read_time(const char *text, double *ret_s)
{
	uint64_t ns;

	if (duration_parse(text, &ns))
		return -EINVAL;
	*ret_s = (double)ns / 1e9;
	return 0;
}

static int read_end(const char *text, size_t length, struct end *ret_end)
{
	struct end end = {.kind = END_OPEN};

	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	while (length && isspace((unsigned char)*text)) {
		text++;
		length--;
	}
	if (length >= sizeof(end.mark))
		return -EINVAL;
	memcpy(end.mark, text, length);
	if (end.mark[0] == '+' && read_time(end.mark + 1, &end.seconds) == 0)
		end.kind = END_AFTER;
	else if (length)
		end.kind = read_time(end.mark, &end.seconds) == 0 ? END_TIME : END_MARK;
	*ret_end = end;
	return 0;
}

/* The first of a list; *list is what follows it. */
static int next_span(const char **list, struct span *ret_span)
{
	size_t length = strcspn(*list, ",");
	const char *text = *list, *dots = memmem(text, length, "..", 2), *to;

	*list += length + (text[length] == ',');
	if (!dots)
		return -EINVAL;
	to = dots + 2;
	if (read_end(text, (size_t)(dots - text), &ret_span->from) ||
		read_end(to, length - (size_t)(to - text), &ret_span->to) ||
		ret_span->from.kind == END_AFTER ||
		(ret_span->from.kind == END_OPEN && ret_span->to.kind == END_OPEN))
		return -EINVAL;
	return ret_span->from.kind == END_TIME && ret_span->to.kind == END_TIME &&
			       !(ret_span->from.seconds < ret_span->to.seconds)
		       ? -EINVAL
		       : 0;
}

int excluded_check(const char *list, struct text *error)
{
	const char *rest = list;

	do {
		const char *text = rest;
		struct span span;

		if (next_span(&rest, &span) == 0)
			continue;
		return text_fail(error, -EINVAL,
			"'%.*s' is not FROM..TO, a window of times or marks (examples: 5m..6m, "
			"deploy..deployed, deploy..+30s, ..2m)",
			(int)strcspn(text, ","), text);
	} while (*rest);
	return 0;
}

/* ---- windows of a run ------------------------------------------------------------------------ */

static double last_of(const struct judge_input *input)
{
	return input->t_s[input->n - 1];
}

/* In order; what overlaps or touches becomes one. */
static void add(const struct judge_input *input, double from_s, double to_s,
	struct judge_excluded *excluded)
{
	struct judge_window new = {fmax(from_s, input->t_s[0]), fmin(to_s, last_of(input))},
			    *all = excluded->window;
	size_t kept = 0, at;

	if (!(new.from_s < new.to_s))
		return;
	for (size_t i = 0; i < excluded->n; i++) {
		if (all[i].to_s < new.from_s || all[i].from_s > new.to_s) {
			all[kept++] = all[i];
		} else {
			new.from_s = fmin(new.from_s, all[i].from_s);
			new.to_s = fmax(new.to_s, all[i].to_s);
		}
	}
	excluded->n = kept;
	if (kept == EXCLUDED_MAX) {
		text_set(&excluded->doubt, "there are more than %d windows to exclude",
			EXCLUDED_MAX);
		return;
	}
	for (at = kept; at > 0 && all[at - 1].from_s > new.from_s; at--)
		all[at] = all[at - 1];
	all[at] = new;
	excluded->n++;
}

/* Where a window from there ends, among the marks from `mark` on. */
static double find_end(const struct judge_input *input, const struct end *to, double from_s,
	size_t mark, struct judge_excluded *excluded)
{
	if (to->kind == END_TIME)
		return to->seconds;
	if (to->kind == END_AFTER)
		return from_s + to->seconds;
	if (to->kind == END_OPEN)
		return INFINITY;
	for (; mark < input->nmarks; mark++)
		if (input->marks[mark].t_s >= from_s &&
			strcmp(input->marks[mark].text, to->mark) == 0)
			return input->marks[mark].t_s;
	text_set(&excluded->doubt, "no mark \"%s\" ends the window that begins at %.1f s", to->mark,
		from_s);
	return INFINITY;
}

static void add_span(
	const struct judge_input *input, const struct span *span, struct judge_excluded *excluded)
{
	double end_s = -INFINITY;

	if (span->from.kind != END_MARK) {
		add(input, span->from.seconds,
			find_end(input, &span->to, span->from.seconds, 0, excluded), excluded);
		return;
	}
	for (size_t m = 0; m < input->nmarks; m++) {
		const struct judge_mark *mark = &input->marks[m];

		if (mark->t_s < end_s || strcmp(mark->text, span->from.mark) != 0)
			continue;
		end_s = find_end(input, &span->to, mark->t_s, m + 1, excluded);
		add(input, mark->t_s, end_s, excluded);
	}
}

void excluded_find(const struct judge_input *input, const struct judge_settings *settings,
	struct judge_excluded *ret_excluded)
{
	struct judge_excluded excluded = {.n = 0};
	bool by_mark = false;

	for (size_t i = 0; i < settings->nexclude && input->n; i++) {
		const char *rest = settings->exclude[i];
		struct span span;

		while (*rest && next_span(&rest, &span) == 0) {
			by_mark |= span.from.kind == END_MARK || span.to.kind == END_MARK;
			add_span(input, &span, &excluded);
		}
	}
	if (by_mark && input->lost_marks > 0.0 && !excluded.doubt.length)
		text_set(&excluded.doubt, "%.0f marks were lost, by which windows are excluded",
			input->lost_marks);
	for (size_t i = 0; i < excluded.n; i++)
		excluded.seconds += excluded.window[i].to_s - excluded.window[i].from_s;
	*ret_excluded = excluded;
}

int excluded_window(const struct judge_input *input, const char *text,
	struct judge_window *ret_window, struct text *error)
{
	struct judge_excluded found = {.n = 0};
	const char *rest = text;
	struct span span;

	if (excluded_check(text, error))
		return -EINVAL;
	next_span(&rest, &span);
	if (*rest)
		return text_fail(error, -EINVAL, "'%s' is more than one window", text);
	if (input->n)
		add_span(input, &span, &found);
	if (found.doubt.length)
		text_set(error, "%s", text_of(&found.doubt));
	else if (!found.n)
		text_set(error, "the run has no window %s", text);
	text_release(&found.doubt);
	if (!found.n || text_of(error)[0])
		return -EINVAL;
	*ret_window = found.window[0];
	return 0;
}

/* ---- the input without them ------------------------------------------------------------------ */

struct cutting {
	const struct judge_input *input;
	const struct judge_excluded *excluded;
	size_t window; /* the next that ends */
	size_t old_break;
	bool parted; /* since the last sample that was kept */
	struct judge_break next;
};

/* Notes what parts the sample from the one before. */
static void note_breaks(struct cutting *cutting, size_t sample)
{
	const struct judge_input *input = cutting->input;
	const struct judge_excluded *excluded = cutting->excluded;

	for (; cutting->old_break < input->nbreaks &&
		input->breaks[cutting->old_break].sample <= sample;
		cutting->old_break++) {
		cutting->parted = true;
		cutting->next.restart |= input->breaks[cutting->old_break].restart;
	}
	for (; cutting->window < excluded->n &&
		input->t_s[sample] >= excluded->window[cutting->window].to_s &&
		excluded->window[cutting->window].to_s < last_of(input);
		cutting->window++)
		cutting->parted = cutting->next.excluded = true;
}

/* The ends of a window are samples that count, unless they are those of the run. */
static bool is_excluded(const struct cutting *cutting, size_t sample)
{
	const struct judge_window *window = &cutting->excluded->window[cutting->window];
	const double *t_s = cutting->input->t_s;

	return cutting->window < cutting->excluded->n &&
	       (t_s[sample] > window->from_s || window->from_s <= t_s[0]);
}

static void keep(const struct judge_input *input, size_t sample, struct kept *kept, double **series)
{
	size_t at = kept->input.n++;

	kept->values[at] = input->t_s[sample];
	for (int s = 0; s < SERIES_COUNT; s++)
		if (series[s])
			series[s][at] = input->series[s][sample];
}

int excluded_cut(const struct judge_input *input, const struct judge_excluded *excluded,
	struct kept *ret_kept)
{
	struct cutting cutting = {.input = input, .excluded = excluded};
	double *series[SERIES_COUNT];
	struct kept *kept = ret_kept;

	*kept = (struct kept){.input = *input};
	if (!excluded->n)
		return 0;
	kept->values = calloc((SERIES_COUNT + 1) * input->n, sizeof(*kept->values));
	kept->breaks = calloc(input->nbreaks + excluded->n, sizeof(*kept->breaks));
	if (!kept->values || !kept->breaks)
		return -ENOMEM;
	for (int s = 0; s < SERIES_COUNT; s++) {
		series[s] = input->series[s] ? kept->values + (size_t)(s + 1) * input->n : NULL;
		kept->input.series[s] = series[s];
	}
	kept->input.t_s = kept->values;
	kept->input.breaks = kept->breaks;
	kept->input.n = kept->input.nbreaks = 0;
	kept->input.peak_process_bytes = 0.0; /* it may be from an excluded window */
	for (size_t i = 0; i < input->n; i++) {
		note_breaks(&cutting, i);
		if (is_excluded(&cutting, i))
			continue;
		if (cutting.parted && kept->input.n) {
			cutting.next.sample = kept->input.n;
			kept->breaks[kept->input.nbreaks++] = cutting.next;
		}
		cutting.parted = false;
		cutting.next = (struct judge_break){.sample = 0};
		keep(input, i, kept, series);
	}
	return 0;
}

void kept_release(struct kept *kept)
{
	free(kept->values);
	free(kept->breaks);
}
