/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escaping for Markdown, XML and TAP. Called by the files that write these. */
#include <stdlib.h>
#include <string.h>

#include "soak/report/escape.h"
#include "soak/report/utf8.h"

void put_markdown(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		if (*c == '<' || *c == '>' || *c == '&' || *c == '@')
			fprintf(out, "&#%d;", *c);
		else if (*c == '\n' || *c == '\t')
			fputc(' ', out);
		else if (strchr("\\`*_[]#|~$", *c))
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	free(clean);
}

const char *verdict_symbol(enum verdict verdict)
{
	return verdict == VERDICT_PASS           ? "✅"
	       : verdict == VERDICT_FAIL         ? "❌"
	       : verdict == VERDICT_INCONCLUSIVE ? "❔"
						 : "➖";
}

void put_xml(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\t':
		case '\n':
			fprintf(out, "&#%d;", *c); /* a reader makes spaces of bare ones */
			break;
		default:
			fputc(*c, out);
		}
	}
	free(clean);
}

void put_tap(FILE *out, const char *text)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c; c++) {
		if (*c == '#' || *c == '\\')
			fputc('\\', out);
		fputc(*c == '\n' || *c == '\t' ? ' ' : *c, out);
	}
	free(clean);
}
