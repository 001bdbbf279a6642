/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, errors and notes: see reader.h. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
	int used;

	used = line ? snprintf(reader->error, reader->error_size, "%s:%zu: ", reader->path, line)
		    : snprintf(reader->error, reader->error_size, "%s: ", reader->path);
	va_start(args, format);
	if (used >= 0 && (size_t)used < reader->error_size)
		vsnprintf(reader->error + used, reader->error_size - (size_t)used, format, args);
	va_end(args);
	make_printable(reader->error);
	return -EINVAL;
}

void reader_note(struct reader *reader, const char *format, ...)
{
	size_t used = strlen(reader->notes), size = sizeof(reader->notes);
	va_list args;

	if (used + 2 >= size)
		return;
	if (used)
		reader->notes[used++] = '\n';
	va_start(args, format);
	vsnprintf(reader->notes + used, size - used, format, args);
	va_end(args);
	make_printable(reader->notes + used);
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
