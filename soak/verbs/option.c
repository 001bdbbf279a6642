/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets fields of options from words. Called by verb.c for the command line, and by job_file.c. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soak/words/duration.h"
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

int option_set(const struct option_row *row, void *into, const char *value, struct text *error)
{
	int code;

	text_release(error);
	code = row->set((struct option_value){row, (char *)into + row->field, value, error});
	if (code != -EINVAL || error->length)
		return code;
	if (row->choices)
		choice_not(error, row->name, value, row->choices);
	else
		text_set(error, "%s is not %s", value, row->expects);
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

int option_flag(struct option_value given)
{
	bool *flag = given.field;

	*flag = !given.value || strcmp(given.value, "yes") == 0;
	if (*flag || strcmp(given.value, "no") == 0)
		return 0;
	return text_fail(given.error, -EINVAL, "choose yes or no, not %s", given.value);
}

int option_text(struct option_value given)
{
	*(const char **)given.field = given.value;
	return 0;
}

int option_choice(struct option_value given)
{
	int place = find(given.row, given.value);

	if (place < 0)
		return place;
	*(int *)given.field = place;
	return 0;
}

int option_word(struct option_value given)
{
	return find(given.row, given.value) < 0 ? -EINVAL : option_text(given);
}

int option_count(struct option_value given)
{
	char *end;
	unsigned long count = strtoul(given.value, &end, 10);

	if (!isdigit((unsigned char)*given.value) || *end || !within(given.row, (double)count))
		return -EINVAL;
	*(unsigned int *)given.field = (unsigned int)count;
	return 0;
}

int option_ns(struct option_value given)
{
	uint64_t ns;

	if (duration_parse(given.value, &ns) || !within(given.row, (double)ns))
		return -EINVAL;
	*(uint64_t *)given.field = ns;
	return 0;
}

int option_seconds(struct option_value given)
{
	uint64_t ns;
	int code = option_ns(option_into(given, &ns));

	if (!code)
		*(double *)given.field = (double)ns / 1e9;
	return code;
}

int option_warmup(struct option_value given)
{
	return duration_parse_warmup(given.value, given.field);
}

int option_quantity(struct option_value given)
{
	return quantity_parse(given.value, given.field);
}
