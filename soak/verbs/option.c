/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets fields of options from words. Called by verb.c for the command line, and by job_file.c. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/verbs/duration.h"
#include "soak/verbs/option.h"
#include "soak/verbs/quantity.h"
#include "soak/words/choice.h"

size_t option_rows(const struct option_set *sets, struct option_row ret_rows[OPTIONS_MAX])
{
	size_t n = 0;

	for (; sets->rows || sets->make; sets++) {
		const struct option_row *row = sets->rows ? sets->rows : sets->make();

		for (; row->name && n < OPTIONS_MAX; row++) {
			ret_rows[n] = *row;
			ret_rows[n].field += sets->base;
			ret_rows[n++].group += sets->group;
		}
	}
	return n;
}

int option_set(
	const struct option_row *row, void *into, const char *value, char *error, size_t error_size)
{
	int code;

	error[0] = '\0';
	code = row->set(row, (char *)into + row->field, value, error, error_size);
	if (code != -EINVAL || error[0])
		return code;
	if (row->choices)
		choice_not(error, error_size, row->name, value, row->choices);
	else
		snprintf(error, error_size, "%s is not %s", value, row->expects);
	return code;
}

static bool within(const struct option_row *row, double value)
{
	return row->most == 0 || (value >= row->least && value <= row->most);
}

/* The place of a value among the choices, or -EINVAL. */
static int find(const struct option_row *row, const char *value)
{
	for (int i = 0; row->choices[i]; i++)
		if (strcmp(value, row->choices[i]) == 0)
			return i;
	return -EINVAL;
}

int option_flag(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	bool *flag = field;

	(void)row;
	*flag = !value || strcmp(value, "yes") == 0;
	if (*flag || strcmp(value, "no") == 0)
		return 0;
	snprintf(error, error_size, "choose yes or no, not %s", value);
	return -EINVAL;
}

int option_text(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	(void)row;
	(void)error;
	(void)error_size;
	*(const char **)field = value;
	return 0;
}

int option_choice(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	int place = find(row, value);

	(void)error;
	(void)error_size;
	if (place < 0)
		return place;
	*(int *)field = place;
	return 0;
}

int option_word(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	return find(row, value) < 0 ? -EINVAL : option_text(row, field, value, error, error_size);
}

int option_count(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	char *end;
	unsigned long count = strtoul(value, &end, 10);

	(void)error;
	(void)error_size;
	if (!isdigit((unsigned char)*value) || *end || !within(row, (double)count))
		return -EINVAL;
	*(unsigned int *)field = (unsigned int)count;
	return 0;
}

int option_ns(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	uint64_t ns;

	(void)error;
	(void)error_size;
	if (duration_parse(value, &ns) || !within(row, (double)ns))
		return -EINVAL;
	*(uint64_t *)field = ns;
	return 0;
}

int option_seconds(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	uint64_t ns;
	int code = option_ns(row, &ns, value, error, error_size);

	if (!code)
		*(double *)field = (double)ns / 1e9;
	return code;
}

int option_warmup(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	(void)row;
	(void)error;
	(void)error_size;
	return duration_parse_warmup(value, field);
}

int option_quantity(const struct option_row *row, void *field, const char *value, char *error,
	size_t error_size)
{
	(void)row;
	(void)error;
	(void)error_size;
	return quantity_parse(value, field);
}
