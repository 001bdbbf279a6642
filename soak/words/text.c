/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grows texts: see text.h. Called wherever a reason, an error or a list is put together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/words/text.h"

static char out_of_memory[] = "out of memory";

static void take(struct text *text, char *chars)
{
	text_release(text);
	text->chars = chars ? chars : out_of_memory;
	text->length = strlen(text->chars);
}

void text_release(struct text *text)
{
	if (!text)
		return;
	if (text->chars != out_of_memory)
		free(text->chars);
	*text = (struct text){NULL, 0};
}

__attribute__((format(printf, 1, 0))) static char *compose(const char *format, va_list arguments)
{
	char *chars;

	return vasprintf(&chars, format, arguments) < 0 ? NULL : chars;
}

__attribute__((format(printf, 2, 0))) void text_set_va(
	struct text *text, const char *format, va_list arguments)
{
	if (text)
		take(text, compose(format, arguments));
}

void text_set(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_set_va(text, format, arguments);
	va_end(arguments);
}

static void append(struct text *text, const char *more)
{
	char *joined = NULL;

	if (text->chars == out_of_memory)
		return;
	if (more && asprintf(&joined, "%s%s", text_of(text), more) < 0)
		joined = NULL;
	take(text, joined);
}

__attribute__((format(printf, 2, 0))) void text_add_va(
	struct text *text, const char *format, va_list arguments)
{
	char *more = text ? compose(format, arguments) : NULL;

	if (text)
		append(text, more);
	free(more);
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_add_va(text, format, arguments);
	va_end(arguments);
}

void text_item(struct text *text, const char *separator, const char *format, ...)
{
	va_list arguments;

	if (text && text->length)
		text_add(text, "%s", separator);
	va_start(arguments, format);
	text_add_va(text, format, arguments);
	va_end(arguments);
}

void text_cut(struct text *text, size_t length)
{
	if (!text || length >= text->length || text->chars == out_of_memory)
		return;
	text->chars[length] = '\0';
	text->length = length;
}

int text_fail(struct text *error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_set_va(error, format, arguments);
	va_end(arguments);
	return code;
}
