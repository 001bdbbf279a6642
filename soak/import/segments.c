/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Restarts and gaps: see segments.h. Called by series.c. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/segments.h"
#include "soak/record/run_reader.h"

#define GAP 10 /* usual intervals */

/* Says why a segment begins here; one that does so already stays. */
static int mark(struct import_row *row, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int mark(struct import_row *row, const char *format, ...)
{
	va_list args;
	int written;

	if (row->segment)
		return 0;
	va_start(args, format);
	written = vasprintf(&row->segment, format, args);
	va_end(args);
	if (written < 0)
		row->segment = NULL;
	return written < 0 ? -ENOMEM : 0;
}

/*
 * A count that falls to less than half began anew; one that falls by less was no count, unless
 * Prometheus says that it is one.
 */
static int take_ops(struct segments *segments, const struct point *point, struct import_row *row)
{
	int code = 0;

	if (row->ops == SAMPLE_NONE)
		return 0;
	if (segments->has_ops && point->ops < segments->ops) {
		if (point->ops > segments->ops / 2 && !segments->reader->table.fixed)
			return reader_fail(segments->reader, point->line,
				"ops fall from %lld to %lld: a count since the start is wanted",
				(long long)segments->ops, (long long)point->ops);
		if (__builtin_add_overflow(
			    segments->ops_before, segments->ops, &segments->ops_before))
			return reader_fail(segments->reader, point->line, "too many ops");
		code = mark(row, SEGMENT_RESTART "ops fell from %lld to %lld",
			(long long)segments->ops, (long long)point->ops);
	}
	segments->has_ops = true;
	segments->ops = point->ops;
	if (__builtin_add_overflow(segments->ops_before, point->ops, &row->ops))
		return reader_fail(segments->reader, point->line, "too many ops");
	return code;
}

int segments_take(struct segments *segments, const struct point *point, struct import_row *row)
{
	const struct group *groups = segments->points->groups;
	int code = 0;

	if (segments->begun && point->group != segments->group)
		code = mark(row, SEGMENT_RESTART "%s after %s", text_of(&groups[point->group].name),
			text_of(&groups[segments->group].name));
	segments->begun = true;
	segments->group = point->group;
	segments->has_rss |= row->rss_bytes != SAMPLE_NONE;
	if (!point->absent && !(point->value > 0) && segments->has_rss) {
		segments->gone_ns = segments->gone ? segments->gone_ns : point->t_ns;
		segments->gone = true;
	} else if (segments->gone && row->rss_bytes != SAMPLE_NONE) {
		segments->gone = false;
		if (!code)
			code = mark(row, SEGMENT_RESTART "RSS was zero for %.6g s",
				1e-9 * (double)(point->t_ns - segments->gone_ns));
	}
	return code ? code : take_ops(segments, point, row);
}

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of the times between one RSS and the next; 0: there are not enough. */
static int usual_interval(const struct imported *out, int64_t *ret_ns)
{
	int64_t *lengths = calloc(out->n + 1, sizeof(*lengths)), before = 0;
	size_t n = 0, seen = 0;

	if (!lengths)
		return -ENOMEM;
	for (size_t i = 0; i < out->n; i++) {
		if (out->rows[i].rss_bytes == SAMPLE_NONE)
			continue;
		if (seen++)
			lengths[n++] = out->rows[i].t_ns - before;
		before = out->rows[i].t_ns;
	}
	qsort(lengths, n, sizeof(*lengths), by_length);
	*ret_ns = n >= 3 ? lengths[n / 2] : 0;
	free(lengths);
	return 0;
}

int segments_end(struct imported *out)
{
	int64_t usual_ns, before_ns = 0;
	bool seen = false;
	int code = usual_interval(out, &usual_ns);

	for (size_t i = 0; i < out->n && !code; i++) {
		struct import_row *row = &out->rows[i];

		if (row->rss_bytes == SAMPLE_NONE)
			continue;
		if (seen && usual_ns && (row->t_ns - before_ns) / GAP > usual_ns)
			code = mark(row, "gap of %.6g s", 1e-9 * (double)(row->t_ns - before_ns));
		before_ns = row->t_ns;
		seen = true;
	}
	out->segments = 1;
	out->restarts = 0;
	for (size_t i = 0; i < out->n; i++) {
		out->segments += out->rows[i].segment != NULL;
		out->restarts +=
			out->rows[i].segment && strncmp(out->rows[i].segment, SEGMENT_RESTART,
							strlen(SEGMENT_RESTART)) == 0;
	}
	return code;
}
