/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes foreign text (names, commands) safe for the format in which it is printed. */
#ifndef SOAK_REPORT_UTF8_H
#define SOAK_REPORT_UTF8_H

#include <stddef.h>
#include <stdio.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Length of the character at `text` in bytes, 1 to 4. 0: not a character by RFC 3629 (cut off,
 * overlong, a surrogate, beyond U+10FFFF), or U+FFFE or U+FFFF, which XML cannot express.
 */
size_t utf8_length(const char *text);

/*
 * The text with U+FFFD for each byte that is not part of a character, and for control characters
 * but tab and newline. The caller frees. NULL when memory is short.
 */
char *utf8_clean(const char *text);

/*
 * Prints a text that can have several lines, and hold what a terminal obeys, on one line, which is
 * not ended. utf8_print_line() cuts off what is long.
 */
void utf8_print_text(FILE *out, const char *text);
void utf8_print_line(FILE *out, const char *text);

#endif
