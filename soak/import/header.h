/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognises headers and separators. */
#ifndef SOAK_IMPORT_HEADER_H
#define SOAK_IMPORT_HEADER_H

#include "soak/import/reader.h"

/* Do the cells of the table's unfinished row name columns? None may be a figure; a time may. */
bool header_is_row(const struct table *table);

/* The same, and one of them is RSS, by its name or by --rss. */
bool header_names_rss(const struct reader *reader);

/* Does the text consist of a table's frame: dashes, with corners and blanks? */
bool header_is_rule(const char *text, size_t length);

/* The cells of the unfinished row become the names, or 1, 2, 3 and stay. */
int header_take(struct reader *reader);
int header_take_numbers(struct reader *reader);

/* ',', ';', '\t' or '|'; ' ' for blanks; by which more cells are figures or times. */
char header_separator(const char *text);

/* Where the header or the first figures begin: after comments, unless one is the header. */
char *header_skip_comments(const struct reader *reader);

#endif
