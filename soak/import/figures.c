/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures in all their spellings: see figures.h. Called by all that read cells. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "soak/import/figures.h"
#include "soak/import/units.h"

#define LONGEST 64

/* Blanks that separate thousands: no-break space, thin space, narrow no-break space. */
static size_t wide_blank(const char *text)
{
	static const char *const blanks[] = {"\xc2\xa0", "\xe2\x80\x89", "\xe2\x80\xaf"};

	for (size_t i = 0; i < sizeof(blanks) / sizeof(*blanks); i++)
		if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
			return strlen(blanks[i]);
	return 0;
}

/* Copies the number's characters, without ' and blanks between digits; returns what follows. */
static const char *copy_number(const char *text, char *number, size_t size)
{
	size_t n = 0, skip;

	while (*text && n + 1 < size) {
		bool inside = n && isdigit((unsigned char)number[n - 1]);

		skip = wide_blank(text);
		if (!skip && (*text == '\'' || *text == '_' || *text == ' '))
			skip = 1;
		if (skip && inside && strspn(text + skip, "0123456789") == 3) {
			text += skip;
			continue;
		}
		if (!isdigit((unsigned char)*text) && !strchr("+-.,", *text) &&
			!(inside && strchr("eE", *text) &&
				isdigit((unsigned char)
						text[1 + (text[1] == '-' || text[1] == '+')])))
			break;
		if (strchr("eE", *text) && strchr("+-", text[1]) && text[1]) {
			number[n++] = *text++;
			if (n + 1 == size)
				break;
		}
		number[n++] = *text++;
	}
	number[n] = '\0';
	return text;
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

/* Are the digits behind each separator three, as thousands have them? */
static bool in_thousands(const char *number, char separator)
{
	const char *at = strchr(number, separator), *first = number + strspn(number, "+-");

	if (at == first || at - first > 3 || *first == '0')
		return false;
	for (; at; at = strchr(at + 1, separator))
		if (strspn(at + 1, "0123456789") != 3)
			return false;
	return true;
}

static enum decimal decimal_of(const char *number)
{
	size_t commas = count(number, ','), points = count(number, '.');

	if (commas && points)
		return strrchr(number, ',') > strrchr(number, '.') ? DECIMAL_COMMA : DECIMAL_POINT;
	if (commas > 1)
		return in_thousands(number, ',') ? DECIMAL_POINT : DECIMAL_UNKNOWN;
	if (points > 1)
		return in_thousands(number, '.') ? DECIMAL_COMMA : DECIMAL_UNKNOWN;
	if (commas && !in_thousands(number, ','))
		return DECIMAL_COMMA;
	if (points && !in_thousands(number, '.'))
		return DECIMAL_POINT;
	return DECIMAL_UNKNOWN;
}

enum decimal figure_decimal(const char *text)
{
	char number[LONGEST];

	text += strspn(text, " \t");
	text = copy_number(text, number, sizeof(number));
	if (!number[0] || strspn(text, "%KkMmGgTiBb \t/") != strlen(text))
		return DECIMAL_UNKNOWN;
	return decimal_of(number);
}

/* Makes a plain number of it, with a point; false: it is none. */
static bool make_plain(char *number, enum decimal decimal, bool *ret_unclear)
{
	char thousands, *out = number;

	*ret_unclear = decimal == DECIMAL_UNKNOWN && strchr(number, ',') &&
		       decimal_of(number) == DECIMAL_UNKNOWN;
	if (decimal == DECIMAL_UNKNOWN)
		decimal = decimal_of(number);
	/* A point alone is a decimal point unless the file writes decimal commas. */
	if (decimal == DECIMAL_UNKNOWN)
		decimal = DECIMAL_POINT;
	thousands = decimal == DECIMAL_COMMA ? '.' : ',';
	if (strchr(number, thousands)) {
		char *point = strchr(number, decimal == DECIMAL_COMMA ? ',' : '.');
		char whole[LONGEST];

		snprintf(whole, sizeof(whole), "%.*s",
			point ? (int)(point - number) : (int)strlen(number), number);
		if (!strchr(whole, thousands) || !in_thousands(whole, thousands) ||
			(point && strchr(point, thousands)))
			return false;
	}
	for (const char *in = number; *in; in++)
		if (*in != thousands)
			*out++ = decimal == DECIMAL_COMMA && *in == ',' ? '.' : *in;
	*out = '\0';
	return true;
}

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

static struct figure number_parse(char *number, enum decimal decimal)
{
	struct figure figure = {.kind = FIGURE_BAD};
	const char *point;
	long exponent = 0;
	char *end;

	if (!number[0] || !make_plain(number, decimal, &figure.unclear))
		return figure;
	figure.value = strtold(number, &end);
	if (end == number || *end || !isfinite(figure.value))
		return figure;
	point = strchr(number, '.');
	if (strpbrk(number, "eE"))
		exponent = strtol(strpbrk(number, "eE") + 1, NULL, 10);
	if (point)
		exponent -= (long)strspn(point + 1, "0123456789");
	figure.step = pow(10.0, (double)exponent);
	figure.digits = (int)strspn(number + strspn(number, "+-"), "0123456789");
	figure.kind = FIGURE_NUMBER;
	return figure;
}

struct figure figure_parse(const char *text, enum decimal decimal, bool powers_of_1000)
{
	static const char *const absent[] = {"", "nan", "+nan", "-nan", "-", "--", "na", "n/a",
		"<unknown>", "null", "none", "undefined", "?", NULL};
	static const char *const infinite[] = {
		"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", NULL};
	char copy[LONGEST], number[LONGEST];
	struct figure figure = {.kind = FIGURE_BAD};
	const char *unit;
	char *cut;
	double factor;

	text += strspn(text, " \t");
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return figure;
	cut = strstr(copy, " / ");
	/* "100MiB/2GiB", but not the date 05/13/2024. */
	if (!cut && isdigit((unsigned char)copy[0]) && strchr(copy, '/') &&
		isalpha((unsigned char)strchr(copy, '/')[-1]))
		cut = strchr(copy, '/');
	if (cut)
		*cut = '\0';
	for (size_t n = strlen(copy); n && isblank((unsigned char)copy[n - 1]);)
		copy[--n] = '\0';
	if (is_word(copy, absent) || is_word(copy, infinite)) {
		figure.kind = is_word(copy, absent) ? FIGURE_ABSENT : FIGURE_INFINITE;
		return figure;
	}
	unit = copy_number(copy, number, sizeof(number));
	unit += strspn(unit, " \t");
	factor = *unit ? unit_suffix(unit, powers_of_1000) : 0;
	if (*unit && !(factor > 0))
		return figure;
	figure = number_parse(number, decimal);
	figure.unit = factor;
	return figure;
}
