/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Foreign text in a page: all of it goes through here. Bytes that are not UTF-8 and control
 * characters become U+FFFD (utf8.h). Text that is longer than HTML_TEXT_MAX bytes is cut off, which
 * is said.
 */
#ifndef SOAK_REPORT_HTML_H
#define SOAK_REPORT_HTML_H

#include <stdio.h>

#define HTML_TEXT_MAX 2000

/* As text of HTML or SVG, or within an attribute's double quotes. NULL: nothing. */
void html_text(FILE *out, const char *text);
void html_text_whole(FILE *out, const char *text); /* however long: of known length */
void html_format(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * As a string of JSON, with its quotes, in a script element: it holds no <, > or &, so it cannot
 * end the element.
 */
void html_json_string(FILE *out, const char *text);

/* A number of JSON, of seven digits that count; null if it is not finite. */
void html_json_number(FILE *out, double value);

/*
 * Collects what a function prints, to be escaped: fprintf() to `out`, then html_collected(), which
 * writes it as text and frees it.
 */
struct html_collector {
	FILE *out;
	char *text;
	size_t size;
};
/* Returns 0 or -ENOMEM. */
int html_collect(struct html_collector *collector);
void html_collected(struct html_collector *collector, FILE *out);

#endif
