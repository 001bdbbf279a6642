/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text that grows, for reasons, errors and lists: whole, however long it is.
 *
 * Zeroed, a text is empty. Its owner releases it, or declares it scoped_text. All functions accept
 * NULL for a text that nobody wants. If memory runs out, the text says so in place of its words.
 */
#ifndef SOAK_TEXT_H
#define SOAK_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *chars; /* NULL: empty; else ends with NUL */
	size_t length;
};

/* Of a block: scoped_text error = {0}; is released where the block ends. */
#define scoped_text __attribute__((cleanup(text_release))) struct text

/* Frees the words; the text is empty then. */
void text_release(struct text *text);

/* Never NULL. Valid until the text is changed. */
static inline const char *text_of(const struct text *text)
{
	return text && text->chars ? text->chars : "";
}

/* Replaces the words. The old ones may be among the arguments. */
void text_set(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_set_va(struct text *text, const char *format, va_list arguments);

/* Appends. The text's own words may be among the arguments. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_va(struct text *text, const char *format, va_list arguments);

/* Appends an item of a list, behind `separator` unless it is the first. */
void text_item(struct text *text, const char *separator, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Keeps the first `length` bytes. */
void text_cut(struct text *text, size_t length);

/* Replaces the words of an error, and returns `code`, so that a caller can return both at once. */
int text_fail(struct text *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
