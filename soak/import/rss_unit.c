/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Units of RSS from the figures: see rss_unit.h. RSS is whole pages: multiples of 4096 bytes, of 4
 * KiB. A program has between 1 MiB and 64 GiB at its peak, if nobody says otherwise. Called by
 * series.c.
 */
#include <errno.h>
#include <math.h>
#include <sys/sysinfo.h>

#include "soak/import/rss_unit.h"
#include "soak/import/units.h"

#define MOST_PEAK 0x1p36
#define CLASSES 64

/* What the figures without a unit are like. */
struct figures {
	size_t n, different;
	long double peak;
	bool whole, by_4, by_4096;
};

static const double choices[] = {1, 0x1p10, 0x1p20, 0x1p30};
#define CHOICES (sizeof(choices) / sizeof(*choices))

static struct figures look_at(const struct points *points)
{
	struct figures figures = {.whole = true, .by_4 = true, .by_4096 = true};
	long double before = -1;

	for (size_t i = 0; i < points->n; i++) {
		const struct point *point = &points->all[i];

		if (point->absent || point->unit > 0 || !(point->value > 0))
			continue;
		figures.n++;
		figures.different += point->value != before;
		before = point->value;
		figures.peak = fmaxl(figures.peak, point->value);
		figures.whole &= point->value == floorl(point->value);
		figures.by_4 &= fmodl(point->value, 4) == 0;
		figures.by_4096 &= fmodl(point->value, 4096) == 0;
	}
	return figures;
}

static bool in_range(const struct figures *figures, double unit)
{
	double peak = (double)figures->peak * unit;

	return peak >= RSS_LEAST_LIKELY && peak <= MOST_PEAK;
}

/* The one unit that is left; 0: several or none, which are listed. */
static double guess(const struct figures *figures, struct text *list)
{
	size_t found = 0;
	double unit = 0;

	if (figures->different >= 4 && figures->by_4096 && in_range(figures, 1))
		return 1;
	if (figures->different >= 4 && figures->by_4 && !figures->by_4096 &&
		in_range(figures, 1024))
		return 1024;
	for (size_t i = 0; i < CHOICES; i++) {
		if (!in_range(figures, choices[i]))
			continue;
		if (choices[i] == 1024 && !figures->whole)
			continue;
		unit = choices[i];
		text_item(list, ", ", "%s (peak %.4g MiB)", unit_say(unit).text,
			(double)figures->peak * unit / 0x1p20);
		found++;
	}
	return found == 1 ? unit : 0;
}

static int fail_unit(const struct reader *reader, const struct columns *columns,
	const struct figures *figures, const char *list)
{
	const char *name = table_name_of(&reader->table, columns->rss);

	if (*list)
		return reader_fail(reader, 0,
			"nothing says the unit of \"%s\": it could be %s; add --rss-unit", name,
			list);
	return reader_fail(reader, 0,
		"nothing says the unit of \"%s\", whose highest figure is %.6Lg: add --rss-unit, "
		"one of %s",
		name, figures->peak, UNIT_BYTES_CHOICES);
}

int rss_unit_settle(struct reader *reader, const struct columns *columns, struct points *points,
	struct text *ret_said)
{
	const char *name = table_name_of(&reader->table, columns->rss);
	struct figures figures = look_at(points);
	double unit = columns->rss_unit;
	scoped_text list = {0};
	size_t says = 0, silent = 0;

	if (figures.n && !(unit > 0)) {
		unit = guess(&figures, &list);
		if (!(unit > 0))
			return fail_unit(reader, columns, &figures, text_of(&list));
		reader_note(reader,
			"the figures of \"%s\" are taken for %s, the only unit that "
			"suits them",
			name, unit_say(unit).text);
	}
	for (size_t i = 0; i < points->n; i++) {
		struct point *point = &points->all[i];

		if (!(point->unit > 0))
			point->unit = unit > 0 ? unit : 1;
		if (!point->absent && point->value > 0) {
			says += point->says_unit;
			silent += !point->says_unit;
		}
	}
	if (!silent)
		text_set(ret_said, "column %s, each figure with its unit", name);
	else
		text_set(ret_said, "column %s, %s%s", name, unit_say(unit).text,
			says ? " or as the figure says" : "");
	return 0;
}

int rss_unit_check(struct reader *reader, double peak_bytes, bool stated)
{
	struct sysinfo host;

	if (peak_bytes > 0 && peak_bytes < RSS_LEAST_SURE && !stated)
		return reader_fail(reader, 0,
			"peak RSS is only %.0f bytes, so the unit is probably wrong; use "
			"--rss-unit",
			peak_bytes);
	if (peak_bytes > 0 && peak_bytes < RSS_LEAST_SURE)
		reader_note(reader,
			"peak RSS is only %.0f bytes: if the unit is wrong, add --rss-unit",
			peak_bytes);
	if (sysinfo(&host) == 0 && peak_bytes > (double)host.totalram * host.mem_unit)
		reader_note(reader,
			"peak RSS is %.4g GiB, more than this host's memory: if the unit is "
			"wrong, add --rss-unit",
			peak_bytes / 0x1p30);
	return 0;
}

double rss_unit_step(const struct point *const *points, size_t n)
{
	struct class
	{
		double unit, finest;
		int digits;
		size_t n;
	} classes[CLASSES];
	size_t nclasses = 0, figures = 0;
	double coarsest = 0;

	for (size_t i = 0; i < n; i++) {
		double step = points[i]->step * points[i]->unit;
		size_t c = 0;

		if (points[i]->absent || !(points[i]->value > 0))
			continue;
		figures++;
		while (c < nclasses && (classes[c].unit != points[i]->unit ||
					       classes[c].digits != points[i]->digits))
			c++;
		if (c == CLASSES)
			continue;
		if (c == nclasses)
			classes[nclasses++] =
				(struct class){points[i]->unit, step, points[i]->digits, 0};
		classes[c].n++;
		classes[c].finest = fmin(classes[c].finest, step);
	}
	for (size_t c = 0; c < nclasses; c++)
		if (classes[c].n * 10 >= figures)
			coarsest = fmax(coarsest, classes[c].finest);
	return coarsest;
}
