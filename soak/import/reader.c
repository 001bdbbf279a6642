/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, figures and rows: see reader.h. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/reader.h"
#include "soak/import/units.h"

#define LARGEST 9e18L

int reader_fail(const struct reader *reader, size_t line, const char *format, ...)
{
	va_list args;
	int used;

	used = line ? snprintf(reader->error, reader->error_size, "%s:%zu: ", reader->path, line)
		    : snprintf(reader->error, reader->error_size, "%s: ", reader->path);
	va_start(args, format);
	if (used >= 0 && (size_t)used < reader->error_size)
		vsnprintf(reader->error + used, reader->error_size - (size_t)used, format, args);
	va_end(args);
	/* What is quoted from the file may hold anything; the message stays one line. */
	for (char *c = reader->error; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	return -EINVAL;
}

void reader_note(struct reader *reader, const char *format, ...)
{
	size_t used = strlen(reader->out->notes), size = sizeof(reader->out->notes);
	va_list args;

	if (used && used + 1 < size)
		reader->out->notes[used++] = '\n';
	va_start(args, format);
	vsnprintf(reader->out->notes + used, size - used, format, args);
	va_end(args);
}

char *reader_line(struct reader *reader)
{
	char *line = reader->next, *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	reader->next = end + 1;
	reader->line++;
	return line;
}

enum figure_kind figure_parse(const char *text, long double *ret_value, double *ret_step)
{
	static const char *const absent[] = {"", "nan", "-", "na", "n/a", "null", "none"};
	const char *point = strchr(text, '.');
	long exponent = 0;
	char *end;

	text += strspn(text, " \t");
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		if (strcasecmp(text, absent[i]) == 0)
			return FIGURE_ABSENT;
	if (text[strspn(text, "0123456789+-.eE \t")])
		return FIGURE_BAD;
	*ret_value = strtold(text, &end);
	if (end == text || end[strspn(end, " \t")] || !isfinite(*ret_value))
		return FIGURE_BAD;
	if (strpbrk(text, "eE"))
		exponent = strtol(strpbrk(text, "eE") + 1, NULL, 10);
	if (point)
		exponent -= (long)strspn(point + 1, "0123456789");
	*ret_step = pow(10.0, (double)exponent);
	return FIGURE_NUMBER;
}

/*
 * "12.3 MiB", or "12.3MiB / 2GiB" of a container and its limit: copies the figure, and returns its
 * own unit; 0: it has none.
 */
static double split_unit(const char *text, char *figure, size_t size)
{
	double bytes;
	char *unit;

	snprintf(figure, size, "%s", text);
	if (strstr(figure, " / "))
		*strstr(figure, " / ") = '\0';
	unit = figure + strspn(figure, "0123456789+-. \t");
	if (unit == figure)
		return 0;
	for (size_t n = strlen(unit); n > 0 && isblank((unsigned char)unit[n - 1]);)
		unit[--n] = '\0';
	bytes = unit_bytes(unit);
	if (bytes > 0)
		*unit = '\0';
	return bytes;
}

int reader_rss(
	struct reader *reader, size_t line, const char *text, double unit, int64_t *ret_bytes)
{
	double *finest = &reader->out->rss_step_bytes, step, own;
	long double value;
	char figure[64];

	*ret_bytes = SAMPLE_NONE;
	own = split_unit(text, figure, sizeof(figure));
	switch (figure_parse(own > 0 ? figure : text, &value, &step)) {
	case FIGURE_ABSENT:
		return 0;
	case FIGURE_BAD:
		return reader_fail(reader, line,
			"RSS \"%.40s\" is no number: write 1234.5, or with a unit 1234.5 MiB; "
			"units are %s",
			text, UNIT_BYTES_CHOICES);
	default:
		break;
	}
	if (own > 0)
		unit = own;
	if (!(unit > 0))
		return reader_fail(reader, line,
			"RSS \"%.40s\" does not say its unit, nor does its column: add --rss-unit, "
			"one of %s",
			text, UNIT_BYTES_CHOICES);
	if (value < 0 || value * unit > LARGEST)
		return reader_fail(reader, line, "RSS \"%.40s\" cannot be", text);
	if (value > 0)
		*ret_bytes = llroundl(value * unit);
	if (value > 0 && (*finest <= 0 || step * unit < *finest))
		*finest = step * unit;
	return 0;
}

int reader_time(
	struct reader *reader, size_t line, const char *text, double unit_ns, int64_t *ret_ns)
{
	long double value;
	double step;

	if (figure_parse(text, &value, &step) != FIGURE_NUMBER)
		return reader_fail(reader, line, "time \"%.40s\" is no number", text);
	if (fabsl(value * unit_ns) > LARGEST)
		return reader_fail(reader, line,
			"time \"%.40s\" is too large: is its unit right (--time-unit)?", text);
	*ret_ns = llroundl(value * unit_ns);
	return 0;
}

static int check_order(const struct reader *reader, size_t line, const struct import_row *row)
{
	const struct imported *out = reader->out;

	if (out->n && row->t_ns < out->rows[out->n - 1].t_ns)
		return reader_fail(reader, line,
			"time goes back by %.6g s: sort the rows, or split the file where a second "
			"recording begins",
			(double)(out->rows[out->n - 1].t_ns - row->t_ns) / 1e9);
	for (size_t i = out->n; row->ops != SAMPLE_NONE && i-- > 0;) {
		if (out->rows[i].ops == SAMPLE_NONE)
			continue;
		if (row->ops < out->rows[i].ops)
			return reader_fail(reader, line,
				"ops fall from %lld to %lld: a count since the start is wanted",
				(long long)out->rows[i].ops, (long long)row->ops);
		break;
	}
	return 0;
}

int reader_add(struct reader *reader, size_t line, const struct import_row *row)
{
	struct imported *out = reader->out;
	int code = check_order(reader, line, row);

	if (code)
		return code;
	if (out->n && row->t_ns == out->rows[out->n - 1].t_ns)
		out->n--;
	if (out->n == out->capacity) {
		size_t capacity = 2 * out->capacity + 1024;
		struct import_row *grown = reallocarray(out->rows, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		out->rows = grown;
		out->capacity = capacity;
	}
	out->rows[out->n++] = *row;
	return 0;
}
