/* SPDX-License-Identifier: MIT */
/*
 * Lines for stderr, built on the stack: printf() may allocate, and this is the allocator.
 */
#ifndef SRC_TEXT_H
#define SRC_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct hk_text {
	size_t length;
	char line[512]; /* what does not fit is cut off */
};

void hk_text_add(struct hk_text *text, const char *string);
void hk_text_number(struct hk_text *text, uint64_t number);
void hk_text_column(struct hk_text *text, uint64_t number, unsigned width); /* right-aligned */
void hk_text_pointer(struct hk_text *text, const void *pointer);

/* Prints a line: the name and the counter's value. */
void hk_text_counter(const char *name, const uint64_t *counter);

/* Duplicates stderr for lines at exit: many programs close their stderr before the end. */
void hk_text_keep_stderr(void);

/* Writes the line and a newline to stderr, in one call, and empties it. */
void hk_text_print(struct hk_text *text);

#endif
