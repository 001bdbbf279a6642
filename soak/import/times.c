/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times in words and figures: see times.h. Called by all that read cells. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soak/import/foreign_dates.h"
#include "soak/import/times.h"

#define SECOND_NS ((int64_t)1000000000)
#define NO_YEAR 2000 /* a leap year, for 29 February */

struct parse {
	const char *at;
	struct tm tm;
	int64_t fraction_ns;
	long zone_s;
	bool has_date, has_year, has_clock, either, month_first_impossible;
	long days; /* of an elapsed time */
};

/* What dates look like, in strptime's words. The locale is C's. */
static const struct date_form {
	const char *form;
	bool year;
} date_forms[] = {
	{"%Y-%m-%d", true},
	{"%Y/%m/%d", true},
	{"%d.%m.%Y", true},
	{"%b %d %Y", true},
	{"%d %b %Y", true},
	{"%d-%b-%Y", true},
	{"%d/%b/%Y", true},
	{"%d %b", false},
	{"%b %d", false},
};

static bool digit(char c)
{
	return isdigit((unsigned char)c);
}

/* 05/13/2024, 13/05/24 */
static bool take_slashes(struct parse *parse, bool day_first)
{
	int first, second, year, used;
	char *end;

	if (!digit(parse->at[0]))
		return false;
	first = (int)strtoul(parse->at, &end, 10);
	if (end - parse->at > 2 || *end != '/' || !digit(end[1]))
		return false;
	parse->at = end + 1;
	second = (int)strtoul(parse->at, &end, 10);
	if (end - parse->at > 2 || *end != '/' || !digit(end[1]))
		return false;
	parse->at = end + 1;
	used = (int)strspn(parse->at, "0123456789");
	if (used != 2 && used != 4)
		return false;
	year = (int)strtoul(parse->at, NULL, 10);
	parse->at += used;
	parse->either = first <= 12 && second <= 12 && first != second;
	if (first > 12 || (day_first && second <= 12)) {
		int day = first;

		first = second;
		second = day;
	}
	parse->tm.tm_mon = first - 1;
	parse->tm.tm_mday = second;
	parse->tm.tm_year = used == 2 ? year + 100 : year - 1900;
	parse->has_year = true;
	return first >= 1 && first <= 12 && second >= 1 && second <= 31;
}

static bool take_date(struct parse *parse, bool day_first)
{
	struct parse slashes = *parse;

	if (take_slashes(&slashes, day_first)) {
		*parse = slashes;
		return true;
	}
	for (size_t i = 0; i < sizeof(date_forms) / sizeof(*date_forms); i++) {
		struct tm tm = {.tm_year = NO_YEAR - 1900, .tm_mday = 1};
		const char *end = strptime(parse->at, date_forms[i].form, &tm);

		/* "Sep 23 01:50" is not of the year 1, nor is "May 4 2024" without one. */
		if (!end || digit(*end) || *end == ':' || tm.tm_year < -900)
			continue;
		parse->at = end;
		parse->tm = tm;
		parse->has_year = date_forms[i].year;
		return true;
	}
	return false;
}

static void take_fraction(struct parse *parse)
{
	int64_t scale = SECOND_NS;

	if ((*parse->at != '.' && *parse->at != ',') || !digit(parse->at[1]))
		return;
	for (parse->at++; digit(*parse->at); parse->at++) {
		scale /= 10;
		parse->fraction_ns += (*parse->at - '0') * scale;
	}
}

/* 3:04, 15:04:05.678, 3:04:05 PM; of an elapsed time also 2-15:04:05 and 04:05 (minutes first). */
static bool take_clock(struct parse *parse)
{
	unsigned int part[3] = {0}, n = 0;
	const char *at = parse->at;
	char *end;

	while (n < 3 && digit(*at)) {
		part[n++] = (unsigned int)strtoul(at, &end, 10);
		if (end - at > (n == 1 ? 3 : 2))
			return false;
		at = end;
		if (*at != ':' || n == 3)
			break;
		at++;
	}
	if (n < 2 || at[-1] == ':' || part[1] > 59 || part[2] > 60)
		return false;
	parse->at = at;
	take_fraction(parse);
	at = parse->at + strspn(parse->at, " ");
	if (strchr("aApP", at[0]) && at[0] && strchr("mM", at[1]) && at[1] &&
		!isalpha((unsigned char)at[2])) {
		if (part[0] > 12 || !part[0])
			return false;
		part[0] = part[0] % 12 + (tolower((unsigned char)at[0]) == 'p' ? 12 : 0);
		parse->at = at + 2;
	}
	parse->tm.tm_hour = (int)part[0];
	parse->tm.tm_min = (int)part[1];
	parse->tm.tm_sec = (int)part[2];
	return part[0] < 24 || !parse->has_date;
}

/* "+02", "+0200", "+02:00" */
static bool take_offset(struct parse *parse)
{
	int sign = *parse->at == '-' ? -1 : 1, digits = 0;
	long value = 0;
	const char *at = parse->at + 1;

	for (; (digit(*at) && digits < 4) || (*at == ':' && digits == 2); at++) {
		if (*at == ':')
			continue;
		value = 10 * value + *at - '0';
		digits++;
	}
	if (digits != 2 && digits != 4)
		return false;
	parse->zone_s = sign * (digits == 2 ? value * 3600 : value / 100 * 3600 + value % 100 * 60);
	parse->at = at;
	return true;
}

/* Zones by name; all others are as good as UTC, as only differences count. */
static const struct zone {
	const char *name;
	int hours;
} zones[] = {{"UTC", 0}, {"GMT", 0}, {"Z", 0}, {"WET", 0}, {"WEST", 1}, {"BST", 1}, {"CET", 1},
	{"CEST", 2}, {"EET", 2}, {"EEST", 3}, {"MSK", 3}, {"JST", 9}, {"AEST", 10}, {"AEDT", 11},
	{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8},
	{"PDT", -7}};

/* A zone's name is in capitals; "at the top - 15:04:05 up 3 days" has none. */
static bool take_zone_name(struct parse *parse)
{
	size_t n = 0;

	while (isupper((unsigned char)parse->at[n]))
		n++;
	if ((n < 3 || n > 5) && !(n == 1 && parse->at[0] == 'Z'))
		return false;
	if (parse->at[n] && !isblank((unsigned char)parse->at[n]))
		return false;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		if (strlen(zones[i].name) == n && strncmp(zones[i].name, parse->at, n) == 0) {
			parse->zone_s = zones[i].hours * 3600L;
			parse->at += n;
			return true;
		}
	return false;
}

static bool take_zone(struct parse *parse)
{
	const char *before = parse->at;

	if (*parse->at == 'z') {
		parse->at++;
		return true;
	}
	parse->at += strspn(parse->at, " ");
	if ((*parse->at == '+' || *parse->at == '-') ? take_offset(parse) : take_zone_name(parse))
		return true;
	parse->at = before;
	return *before != '+' && *before != '-';
}

static void take_late_year(struct parse *parse)
{
	const char *at = parse->at + strspn(parse->at, " ");

	if (parse->has_year || at == parse->at || strspn(at, "0123456789") != 4 ||
		(at[4] && !isblank((unsigned char)at[4])) ||
		(strncmp(at, "19", 2) && strncmp(at, "20", 2)))
		return;
	parse->tm.tm_year = (int)strtoul(at, NULL, 10) - 1900;
	parse->has_year = true;
	parse->at = at + 4;
}

/* "Fri, " and "Fri " before a date. */
static void take_weekday(struct parse *parse)
{
	struct tm tm;
	const char *end =
		isalpha((unsigned char)*parse->at) ? strptime(parse->at, "%a", &tm) : NULL;

	if (end && (*end == ',' || *end == ' '))
		parse->at = end + (*end == ',') + strspn(end + (*end == ','), " ");
}

static bool take_days(struct parse *parse)
{
	size_t n = strspn(parse->at, "0123456789");

	if (n < 1 || n > 4 || parse->at[n] != '-' || strspn(parse->at + n + 1, "0123456789") != 2 ||
		parse->at[n + 3] != ':')
		return false;
	parse->days = strtol(parse->at, NULL, 10);
	parse->at += n + 1;
	return true;
}

/* Stops at the blank before the time of day, as take_date() does. */
static bool take_foreign_date(struct parse *parse)
{
	struct tm tm = {.tm_year = NO_YEAR - 1900, .tm_mday = 1};
	const char *end = foreign_date(parse->at, &tm, &parse->has_year);

	if (!end)
		return false;
	parse->at = end - 1;
	parse->tm = tm;
	return true;
}

static bool take_all(struct parse *parse, bool day_first)
{
	const char *before = parse->at;

	parse->has_date = take_foreign_date(parse);
	if (!parse->has_date) {
		take_weekday(parse);
		parse->has_date = take_date(parse, day_first);
	}
	if (!parse->has_date)
		parse->at = before;
	if (parse->has_date) {
		struct parse clock = *parse;

		if (*clock.at && strchr("Tt, :", *clock.at))
			clock.at += 1 + strspn(clock.at + 1, " ");
		if (*parse->at && take_clock(&clock)) {
			*parse = clock;
			parse->has_clock = true;
		}
	} else {
		take_days(parse);
		parse->has_clock = take_clock(parse);
	}
	if (parse->has_clock && !take_zone(parse))
		return false;
	if (parse->has_date && parse->has_clock)
		take_late_year(parse);
	return parse->has_date || parse->has_clock;
}

struct time_text time_prefix(const char *text, bool day_first)
{
	struct parse parse = {.at = text};
	struct time_text time = {0};
	struct tm tm;

	if (!take_all(&parse, day_first) || (*parse.at && !isblank((unsigned char)*parse.at)))
		return time;
	time.length = (size_t)(parse.at - text);
	time.kind = !parse.has_date ? TIME_CLOCK : parse.has_year ? TIME_DATE : TIME_NO_YEAR;
	time.day_or_month = parse.either;
	time.date_only = !parse.has_clock;
	if (!parse.has_date) {
		time.ns = (((parse.days * 24 + parse.tm.tm_hour) * 60 + parse.tm.tm_min) * 60 +
				  parse.tm.tm_sec) *
				  SECOND_NS +
			  parse.fraction_ns;
		return time;
	}
	if (parse.tm.tm_year < 0 || parse.tm.tm_year > 300) { /* no nanoseconds in 64 bits */
		time.kind = TIME_NONE;
		return time;
	}
	tm = parse.tm;
	time.ns = ((int64_t)timegm(&tm) - parse.zone_s) * SECOND_NS + parse.fraction_ns;
	if (tm.tm_mday != parse.tm.tm_mday) /* 31 February, put right */
		time.kind = TIME_NONE;
	return time;
}

struct time_text time_parse(const char *text, bool day_first)
{
	struct time_text time;

	text += strspn(text, " \t");
	time = time_prefix(text, day_first);
	if (time.kind && text[time.length + strspn(text + time.length, " \t")])
		time.kind = TIME_NONE;
	return time;
}
