/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of words that are none of those to choose from. */
#include <string.h>

#include "soak/words/choice.h"
#include "tests/tap.h"

static const char *const allocators[] = {"hakmem", "glibc", "mimalloc", "jemalloc", NULL};

static const char *said(const char *word, const char *const *names)
{
	static struct text text;

	choice_unknown(&text, "allocator", word, names, "soak list");
	return text_of(&text);
}

static const char *nearest(const char *word)
{
	const char *name = choice_nearest(word, allocators);

	return name ? name : "none";
}

static void nearest_tests(void)
{
	tap_text(nearest("glib"), "glibc", "a letter left out");
	tap_text(nearest("gilbc"), "glibc", "two swapped");
	tap_text(nearest("glibcc"), "glibc", "one too many");
	tap_text(nearest("jemaloc"), "jemalloc", "the nearest of two that are near");
	tap_text(nearest("nope"), "none", "like none");
	tap_text(nearest(""), "none", "nothing at all");
	tap_text(nearest("a-word-that-is-longer-than-any-name-there-is"), "none", "much too long");
}

int main(void)
{
	const char *many[CHOICE_LISTED + 2] = {NULL};
	char word[2000];

	nearest_tests();
	tap_text(said("glib", allocators),
		"unknown allocator 'glib', did you mean glibc? choose hakmem, glibc, mimalloc or "
		"jemalloc",
		"a short list");
	tap_text(said("nope", allocators),
		"unknown allocator 'nope': choose hakmem, glibc, mimalloc or jemalloc",
		"a short list, like none");
	for (size_t i = 0; i <= CHOICE_LISTED; i++)
		many[i] = "glibc";
	tap_text(said("nope", many), "unknown allocator 'nope'; all 17 are listed by soak list",
		"a long list is not printed");
	tap_text(said("glib", many),
		"unknown allocator 'glib', did you mean glibc? all 17 are listed by soak list",
		"and the nearest");
	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	tap_near((double)strlen(said(word, allocators)),
		(double)(strlen(word) + strlen(said("", allocators))), 0, "a long word is whole");
	return tap_done();
}
