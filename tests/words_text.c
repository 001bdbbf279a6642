/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: texts are whole however long they are, and say so when memory runs out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soak/words/text.h"
#include "tests/tap.h"

#define LONG 100000

void *__libc_malloc(size_t size);

static bool short_of_memory;

void *malloc(size_t size)
{
	return short_of_memory ? NULL : __libc_malloc(size);
}

static void test_long(void)
{
	char *word = malloc(LONG + 1);
	scoped_text text = {0};

	memset(word, 'x', LONG);
	word[LONG] = '\0';
	text_set(&text, "begin %s", word);
	text_add(&text, " %s end", word);
	tap_near((double)text.length, 2 * LONG + 11, 0, "its length is that of all words");
	tap_near((double)strlen(text_of(&text)), 2 * LONG + 11, 0, "and all are there");
	tap_text(text_of(&text) + 2 * LONG + 7, " end", "to the last one");
	free(word);
}

static void test_lists(void)
{
	scoped_text list = {0};

	tap_text(text_of(&list), "", "a zeroed text is empty");
	for (int i = 1; i <= 3; i++)
		text_item(&list, ", ", "%d", i);
	tap_text(text_of(&list), "1, 2, 3", "items of a list");
	text_cut(&list, 4);
	tap_text(text_of(&list), "1, 2", "cut");
	text_cut(&list, 40);
	text_add(&list, "%s", "");
	tap_text(text_of(&list), "1, 2", "cut beyond the end, and nothing appended");
}

static void test_itself(void)
{
	scoped_text error = {0};

	tap_near(text_fail(&error, -EINVAL, "no %s", "file"), -EINVAL, 0, "the code is returned");
	text_set(&error, "line 1: %s", text_of(&error));
	tap_text(text_of(&error), "line 1: no file", "a text within its successor");
	text_add(&error, "; %s", text_of(&error));
	tap_text(text_of(&error), "line 1: no file; line 1: no file", "and behind itself");
	tap_near(text_fail(NULL, -ENOENT, "nobody reads this"), -ENOENT, 0, "no text at all");
}

static void test_memory(void)
{
	struct text text = {0};

	short_of_memory = true;
	text_set(&text, "words");
	text_item(&text, ", ", "more");
	text_cut(&text, 1);
	short_of_memory = false;
	tap_text(text_of(&text), "out of memory", "without memory the text says so");
	text_set(&text, "words");
	tap_text(text_of(&text), "words", "and can be set again");
	text_release(&text);
	tap_text(text_of(&text), "", "a released text is empty");
}

int main(void)
{
	test_long();
	test_lists();
	test_itself();
	test_memory();
	return tap_done();
}
