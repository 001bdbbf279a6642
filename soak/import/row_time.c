/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of each row, whatever it is written as: see points.h. Called by points.c. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "soak/import/figures.h"
#include "soak/import/points.h"
#include "soak/import/times.h"

#define DAY_NS ((int64_t)86400 * 1000000000)
#define LARGEST 9e18L

/* From which figure on a number is a time since 1970 in that unit (after 1973; till 5138). */
static const struct epoch_unit {
	long double from;
	double unit_ns;
	const char *words;
} epoch_units[] = {{1e17L, 1, "ns since 1970"}, {1e14L, 1e3, "us since 1970"},
	{1e11L, 1e6, "ms since 1970"}, {1e8L, 1e9, "s since 1970"}, {0, 1e9, "s"}};

/* The range of the dates, if day and month are read in this order. */
static int64_t span_of(const struct table *table, const struct columns *columns, bool day_first)
{
	int64_t lowest = INT64_MAX, highest = INT64_MIN;

	for (size_t i = 0; i < table->n; i++) {
		struct time_text time =
			time_parse(table_at(table, &table->rows[i], columns->time), day_first);

		if (!time.kind)
			continue;
		lowest = time.ns < lowest ? time.ns : lowest;
		highest = time.ns > highest ? time.ns : highest;
	}
	return lowest > highest ? 0 : highest / 2 - lowest / 2;
}

static void choose_date_order(struct reader *reader, struct row_clock *clock)
{
	const struct table *table = &reader->table;
	const char *asked = reader->options->date_order;
	bool either = false;
	int64_t month_first, day_first;

	if (asked) {
		clock->day_first = strcmp(asked, "dmy") == 0;
		return;
	}
	for (size_t i = 0; i < table->n && !either; i++)
		either = time_parse(table_at(table, &table->rows[i], clock->columns->time), false)
				 .day_or_month;
	if (!either)
		return;
	month_first = span_of(table, clock->columns, false);
	day_first = span_of(table, clock->columns, true);
	clock->day_first = day_first < month_first;
	if (day_first == month_first)
		reader_note(reader, "the dates are read as month/day; if they are day/month, only "
				    "the recording's date is another (--date-order dmy)");
	else
		reader_note(reader,
			"the dates are read as %s, which makes the recording shorter; if that is "
			"wrong, add --date-order %s",
			clock->day_first ? "day/month" : "month/day",
			clock->day_first ? "mdy" : "dmy");
}

static struct figure number_of(const char *text)
{
	struct figure figure = figure_parse(text, DECIMAL_UNKNOWN, false);

	if (figure.unit > 0)
		figure.kind = FIGURE_BAD;
	if (figure.unclear) /* 1,234 s: no time is written in thousands */
		figure = figure_parse(text, DECIMAL_COMMA, false);
	return figure;
}

int row_clock_prepare(
	struct reader *reader, const struct columns *columns, struct row_clock *ret_clock)
{
	const char *unit = reader->options->time_unit;
	const struct table *table = &reader->table;

	*ret_clock = (struct row_clock){.columns = columns, .unit = columns->time_unit};
	if (columns->time == COLUMN_ABSENT)
		return 0;
	ret_clock->elapsed = strcasecmp(table_name_of(table, columns->time), "elapsed") == 0 ||
			     strcasecmp(table_name_of(table, columns->time), "etime") == 0;
	choose_date_order(reader, ret_clock);
	for (size_t i = 0; i < table->n; i++) {
		struct figure figure = number_of(table_at(table, &table->rows[i], columns->time));
		const struct epoch_unit *epoch = epoch_units;

		if (figure.kind != FIGURE_NUMBER)
			continue;
		while (figure.value < epoch->from && epoch->from > 0)
			epoch++;
		if (!(ret_clock->unit > 0)) {
			ret_clock->unit = epoch->unit_ns;
			ret_clock->words = epoch->words;
		}
		ret_clock->since_epoch = figure.value * ret_clock->unit >= 1e17L;
		break;
	}
	if (unit && strcmp(unit, "iso") == 0)
		ret_clock->unit = 0;
	return 0;
}

static int fail_time(const struct reader *reader, const struct table_row *row, const char *text)
{
	return reader_fail(reader, row->line,
		"time \"%.40s\" is not a number, nor a date and time like 2024-05-01T12:00:00Z",
		text);
}

/* Past midnight, and past New Year where the year is missing. */
static void unwrap(struct row_clock *clock, enum time_kind kind, int64_t *ns)
{
	int64_t period = kind == TIME_CLOCK ? DAY_NS : 366 * DAY_NS;

	*ns += clock->midnights_ns;
	while (clock->has_before && clock->before_ns - *ns > period / 2) {
		clock->midnights_ns += period;
		*ns += period;
	}
	clock->before_ns = *ns;
	clock->has_before = true;
}

/* Of an elapsed time that is minutes and seconds: ps leaves out hours of which there are none. */
static bool is_short(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && !strchr(colon + 1, ':') && !strchr(text, '-');
}

static int read_text(struct reader *reader, struct row_clock *clock, const struct table_row *row,
	const char *text, int64_t *ret_ns)
{
	const struct table *table = &reader->table;
	struct time_text time = time_parse(text, clock->day_first);

	if (!time.kind)
		return fail_time(reader, row, text);
	*ret_ns = clock->elapsed && time.kind == TIME_CLOCK && is_short(text) ? time.ns / 60
									      : time.ns;
	if (clock->columns->clock != COLUMN_ABSENT) {
		const char *clock_text = table_at(table, row, clock->columns->clock);
		struct time_text of_day = time_parse(clock_text, false);

		if (of_day.kind != TIME_CLOCK)
			return fail_time(reader, row, clock_text);
		*ret_ns += of_day.ns;
		clock->words = "date and time of day";
	}
	if (time.kind == TIME_DATE) {
		clock->since_epoch = true;
		clock->words = clock->words ? clock->words : "date and time";
	} else {
		clock->words = time.kind == TIME_CLOCK ? "time of day" : "date without a year";
		unwrap(clock, time.kind, ret_ns);
	}
	return 0;
}

int row_clock_read(struct reader *reader, struct row_clock *clock, const struct table_row *row,
	int64_t *ret_ns)
{
	const char *text = table_at(&reader->table, row, clock->columns->time);
	struct figure figure = number_of(text);

	if (figure.kind != FIGURE_NUMBER || !(clock->unit > 0))
		return read_text(reader, clock, row, text, ret_ns);
	if (fabsl(figure.value * clock->unit) > LARGEST)
		return reader_fail(reader, row->line,
			"time \"%.40s\" is too large: is its unit right (--time-unit)?", text);
	*ret_ns = llroundl(figure.value * clock->unit);
	if (!clock->words)
		clock->words = clock->since_epoch ? "since 1970" : "";
	return 0;
}
