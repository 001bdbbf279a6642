/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, errors and notes: see reader.h. Called by all formats. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "soak/import/reader.h"

/* What is quoted from the file may hold anything; the message stays one line. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}

int reader_fail(const struct reader *reader, size_t line, const char *format, ...)
{
	va_list args;

	text_set(reader->error, "%s:", reader->path);
	if (line)
		text_add(reader->error, "%zu:", line);
	text_add(reader->error, " ");
	va_start(args, format);
	text_add_va(reader->error, format, args);
	va_end(args);
	make_printable(reader->error->chars);
	return -EINVAL;
}

void reader_note(struct reader *reader, const char *format, ...)
{
	scoped_text note = {0};
	va_list args;

	va_start(args, format);
	text_set_va(&note, format, args);
	va_end(args);
	make_printable(note.chars);
	text_item(&reader->notes, "\n", "%s", text_of(&note));
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
