/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Well-formed text: see utf8.h. Called by all formats that must be well-formed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/utf8.h"

#define LINE_BYTES 70

size_t utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80   ? 1
			: s[0] < 0xc2 ? 0
			: s[0] < 0xe0 ? 2
			: s[0] < 0xf0 ? 3
			: s[0] < 0xf5 ? 4
				      : 0;
	unsigned long code = length > 1 ? s[0] & (0x7fu >> length) : s[0];

	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (length &&
		(code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
			code == 0xfffe || code == 0xffff))
		return 0;
	return length;
}

/* C0 but tab and newline, DEL, and C1, which some terminals obey too. */
static bool is_control(const unsigned char *c)
{
	return (c[0] < 0x20 && c[0] != '\t' && c[0] != '\n') || c[0] == 0x7f ||
	       (c[0] == 0xc2 && c[1] < 0xa0);
}

char *utf8_clean(const char *text)
{
	char *clean = malloc(strlen(text) * strlen(UTF8_REPLACEMENT) + 1), *to = clean;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = utf8_length(text);

		if (!length || is_control((const unsigned char *)text)) {
			to = stpcpy(to, UTF8_REPLACEMENT);
			text += length ? length : 1;
			continue;
		}
		to = mempcpy(to, text, length);
		text += length;
	}
	*to = '\0';
	return clean;
}

static void print(FILE *out, const char *text, size_t most)
{
	char *clean = utf8_clean(text);
	size_t used = 0, length;

	while (clean && clean[used] && used < most) {
		length = utf8_length(clean + used);
		fprintf(out, "%.*s", (int)length,
			clean[used] == '\n' || clean[used] == '\t' ? " " : clean + used);
		used += length;
	}
	if (clean && clean[used])
		fputs("...", out);
	free(clean);
}

void utf8_print_text(FILE *out, const char *text)
{
	print(out, text, SIZE_MAX);
}

void utf8_print_line(FILE *out, const char *text)
{
	print(out, text, LINE_BYTES);
}
