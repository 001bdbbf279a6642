/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that others wrote (names, commands) and that must not break the format it is printed in. */
#ifndef SOAK_REPORT_UTF8_H
#define SOAK_REPORT_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Bytes of the character at text, 1 to 4; 0 if they are none by RFC 3629: cut off, overlong, a
 * surrogate, beyond U+10FFFF. U+FFFE and U+FFFF are none either: XML has no word for them.
 */
size_t utf8_length(const char *text);

/*
 * The text with U+FFFD for each byte that is not part of a character, and for control characters
 * but tab and newline. The caller frees. NULL when memory is short.
 */
char *utf8_clean(const char *text);

#endif
