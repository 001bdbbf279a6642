/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the manual page of a verb while soak is built. Called by main.c. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "soak/verbs/man_page.h"

#define MARK ".\\\" --"
#define GROUPS 10

/* Text as man(7) takes it: hyphens that can be copied, no line that begins with a request. */
static void put(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((text[i] == '.' || text[i] == '\'') && (i == 0 || text[i - 1] == '\n'))
			fputs("\\&", out);
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else
			putc(text[i], out);
	}
}

static void put_all(FILE *out, const char *text)
{
	put(out, text, strlen(text));
}

/* What the prose says of an option; `ret_length` 0: nothing. */
static const char *about(const char *prose, const char *name, size_t *ret_length)
{
	char mark[64];
	const char *found, *text, *end;
	int length = snprintf(mark, sizeof(mark), MARK "%s\n", name);

	*ret_length = 0;
	found = strstr(prose, mark);
	if (!found)
		return "";
	text = found + length;
	end = strstr(text, "\n" MARK);
	if (!end)
		end = strstr(text, "\n.SH ");
	*ret_length = end ? (size_t)(end + 1 - text) : strlen(text);
	return text;
}

static void put_option(FILE *out, const struct option_row *row, const char *prose)
{
	size_t length;
	const char *more = about(prose, row->name, &length);

	fputs(".TP\n", out);
	if (row->key)
		fprintf(out, "\\fB\\-%c\\fR, ", row->key);
	fputs("\\fB\\-\\-", out);
	put_all(out, row->name);
	fputs("\\fR", out);
	if (row->argument) {
		fputs(row->optional ? "[=\\fI" : "=\\fI", out);
		put_all(out, row->argument);
		fputs(row->optional ? "\\fR]" : "\\fR", out);
	}
	putc('\n', out);
	put_all(out, row->help);
	fprintf(out, "%s\n%.*s", length ? "." : "", (int)length, more);
}

static void put_options(FILE *out, const struct verb *verb, const char *prose)
{
	struct option_row rows[OPTIONS_MAX];
	size_t n = option_rows(verb->options, rows);

	fputs(".SH OPTIONS\n", out);
	for (int group = 0; group < GROUPS; group++) {
		for (const struct option_set *set = verb->options; set->rows || set->make; set++)
			if (set->heading && set->group == group)
				fprintf(out, ".SS %s\n", set->heading);
		for (size_t i = 0; i < n; i++)
			if (rows[i].group == group && !rows[i].hidden)
				put_option(out, &rows[i], prose);
	}
}

/* "Examples:", lines, an empty line, and what else there is to say. */
static void put_after(FILE *out, const char *after)
{
	const char *lines = strchr(after, '\n') + 1, *end = strstr(lines, "\n\n");
	size_t length = end ? (size_t)(end - lines) : strlen(lines);

	if (end) {
		fputs(".SH NOTES\n", out);
		put_all(out, end + 2);
		putc('\n', out);
	}
	fputs(".SH EXAMPLES\n.nf\n", out);
	put(out, lines, length);
	fputs("\n.fi\n", out);
}

/* The line of the prose that speaks of an option which the verb does not have; NULL: none. */
static const char *stray(const struct verb *verb, const char *prose)
{
	struct option_row rows[OPTIONS_MAX];
	size_t n = option_rows(verb->options, rows);

	for (const char *mark = strstr(prose, MARK); mark; mark = strstr(mark + 1, MARK)) {
		const char *name = mark + strlen(MARK);
		size_t i = 0, length = strcspn(name, "\n");

		while (i < n && (strlen(rows[i].name) != length ||
					strncmp(rows[i].name, name, length) != 0))
			i++;
		if (i == n)
			return mark;
	}
	return NULL;
}

int man_page_print(FILE *out, const struct verb *verb, const char *prose, const char **ret_line)
{
	const char *sections = strstr(prose, ".SH ");
	char name[32];

	*ret_line = stray(verb, prose);
	if (*ret_line)
		return -ENOENT;
	snprintf(name, sizeof(name), "%s", verb->name);
	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	fprintf(out,
		".\\\" SPDX-License-Identifier: GPL-3.0-or-later\n"
		".TH SOAK\\-%s 1 \"\" soak \"User Commands\"\n"
		".SH NAME\nsoak\\-%s \\- ",
		name, verb->name);
	put_all(out, verb->does);
	fprintf(out, "\n.SH SYNOPSIS\n.B soak %s\n[\\fIOPTION\\fR...] ", verb->name);
	for (const char *c = verb->arguments ? verb->arguments : ""; *c; c++)
		if (*c == '\n')
			fprintf(out, "\n.br\n.B soak %s\n[\\fIOPTION\\fR...] ", verb->name);
		else
			put(out, c, 1);
	fputs("\n.SH DESCRIPTION\n", out);
	put_all(out, verb->doc);
	putc('\n', out);
	put_options(out, verb, prose);
	fputs(sections ? sections : "", out);
	put_after(out, verb->after);
	fputs(".SH SEE ALSO\n.BR soak (1)\n", out);
	return 0;
}
