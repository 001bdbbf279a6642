/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes foreign text: see html.h. Called by all parts of the page. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/html.h"
#include "soak/report/utf8.h"
#include "soak/words/text.h"

/* What a reader of HTML takes for markup, however it is quoted. */
static void put_character(FILE *out, const char *c, size_t length)
{
	if (strchr("&<>\"'", *c))
		fprintf(out, "&#%d;", *c);
	else
		fwrite(c, 1, length, out);
}

static void put_text(FILE *out, const char *text, size_t most)
{
	char *clean = text ? utf8_clean(text) : NULL;
	size_t at = 0, length;

	for (; clean && clean[at] && at < most; at += length) {
		length = utf8_length(clean + at);
		put_character(out, clean + at, length);
	}
	if (clean && clean[at])
		fprintf(out, "… (%zu bytes more)", strlen(clean + at));
	free(clean);
}

void html_text(FILE *out, const char *text)
{
	put_text(out, text, HTML_TEXT_MAX);
}

void html_text_whole(FILE *out, const char *text)
{
	put_text(out, text, SIZE_MAX);
}

void html_format(FILE *out, const char *format, ...)
{
	scoped_text text = {0};
	va_list arguments;

	va_start(arguments, format);
	text_set_va(&text, format, arguments);
	va_end(arguments);
	html_text(out, text_of(&text));
}

/* U+2028 and U+2029 end a line of JavaScript. */
static bool ends_line(const char *c)
{
	return memcmp(c, "\xe2\x80\xa8", 3) == 0 || memcmp(c, "\xe2\x80\xa9", 3) == 0;
}

void html_json_string(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);
	size_t at = 0, length;

	fputc('"', out);
	for (; clean && clean[at] && at < HTML_TEXT_MAX; at += length) {
		const char *c = clean + at;

		length = utf8_length(c);
		if (strchr("\\\"<>&'\n\t", *c))
			fprintf(out, "\\u%04x", (unsigned)*c);
		else if (length == 3 && ends_line(c))
			fprintf(out, "\\u20%02x", (unsigned char)c[2] - 0x80u);
		else
			fwrite(c, 1, length, out);
	}
	fputs(clean && clean[at] ? "…\"" : "\"", out);
	free(clean);
}

void html_json_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.7g", value);
	else
		fputs("null", out);
}

int html_collect(struct html_collector *collector)
{
	collector->text = NULL;
	collector->out = open_memstream(&collector->text, &collector->size);
	return collector->out ? 0 : -ENOMEM;
}

void html_collected(struct html_collector *collector, FILE *out)
{
	fclose(collector->out);
	html_text(out, collector->text);
	free(collector->text);
}
