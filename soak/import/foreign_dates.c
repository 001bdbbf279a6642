/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of months, and the order of dates: see foreign_dates.h. Called by times.c. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "soak/import/foreign_dates.h"

/* How months begin in German, French, Spanish, Italian, Portuguese, Dutch and Scandinavian. */
static const struct month {
	const char *begins;
	int month; /* from 0 */
} months[] = {{"jan", 0}, {"ene", 0}, {"gen", 0}, {"jän", 0}, {"feb", 1}, {"fév", 1}, {"fev", 1},
	{"mar", 2}, {"mär", 2}, {"maa", 2}, {"mrt", 2}, {"apr", 3}, {"abr", 3}, {"avr", 3},
	{"mai", 4}, {"may", 4}, {"mag", 4}, {"mei", 4}, {"maj", 4}, {"juil", 6}, {"jui", 5},
	{"jun", 5}, {"giu", 5}, {"jul", 6}, {"lug", 6}, {"aug", 7}, {"aoû", 7}, {"ago", 7},
	{"sep", 8}, {"set", 8}, {"oct", 9}, {"okt", 9}, {"ott", 9}, {"out", 9}, {"nov", 10},
	{"dec", 11}, {"dez", 11}, {"déc", 11}, {"dic", 11}, {"des", 11}};

/* Letters in any script. */
static size_t word_length(const char *text)
{
	size_t n = 0;

	while (isalpha((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80)
		n++;
	return n;
}

static const char *past_word(const char *text)
{
	text += word_length(text);
	if (*text == '.' || *text == ',')
		text++;
	return text + strspn(text, " ");
}

/* A number of so many digits at most, and what stands behind it; NULL: there is none. */
static const char *take_number(const char *text, size_t most, const char *behind, int *ret_number)
{
	size_t n = strspn(text, "0123456789");

	if (!n || n > most || strncmp(text + n, behind, strlen(behind)) != 0)
		return NULL;
	*ret_number = (int)strtol(text, NULL, 10);
	return text + n + strlen(behind);
}

static bool take_month(const char *text, struct tm *date)
{
	for (size_t i = 0; i < sizeof(months) / sizeof(*months); i++)
		if (strncasecmp(text, months[i].begins, strlen(months[i].begins)) == 0) {
			date->tm_mon = months[i].month;
			return true;
		}
	return false;
}

/* [weekday] day month [year] */
static const char *take_european(const char *text, struct tm *date, bool *ret_year)
{
	const char *year;
	int number;

	text = take_number(past_word(text), 2, "", &date->tm_mday);
	if (!text)
		return NULL;
	text += *text == '.';
	text += strspn(text, " ");
	if (!take_month(text, date))
		return NULL;
	text = past_word(text);
	year = take_number(text, 4, " ", &number);
	*ret_year = year && number >= 1900;
	if (!*ret_year)
		return text;
	date->tm_year = number - 1900;
	return year;
}

/* year month day [weekday], each with its sign */
static const char *take_east_asian(const char *text, struct tm *date, bool *ret_year)
{
	int year, month;

	text = take_number(text, 4, "年", &year);
	if (text)
		text = take_number(text + strspn(text, " "), 2, "月", &month);
	if (text)
		text = take_number(text + strspn(text, " "), 2, "日", &date->tm_mday);
	if (!text || year < 1900)
		return NULL;
	date->tm_year = year - 1900;
	date->tm_mon = month - 1;
	*ret_year = true;
	return past_word(text + strspn(text, " "));
}

const char *foreign_date(const char *text, struct tm *ret_date, bool *ret_year)
{
	struct tm date = *ret_date;
	const char *end = take_east_asian(text, &date, ret_year);
	size_t hours;

	if (!end)
		end = take_european(text, &date, ret_year);
	hours = end ? strspn(end, "0123456789") : 0;
	if (!hours || hours > 2 || end[hours] != ':' || date.tm_mday < 1 || date.tm_mday > 31 ||
		date.tm_mon < 0 || date.tm_mon > 11 || end[-1] != ' ')
		return NULL;
	*ret_date = date;
	return end;
}
