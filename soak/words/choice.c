/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists the choices after a word that is none of them. Called by all parsers of names. */
#include <string.h>

#include "soak/words/choice.h"

#define LONGEST 32

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be put in, left out, changed or swapped with the next one to make one word
 * of the other (Damerau, Communications of the ACM 7, 1964; each letter is touched once).
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[LONGEST + 1][LONGEST + 1], length_a = strlen(a), length_b = strlen(b);

	if (length_a > LONGEST || length_b > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= length_a; i++)
		for (size_t j = 0; j <= length_b; j++) {
			if (!i || !j) {
				rows[i][j] = i + j;
				continue;
			}
			rows[i][j] = least(least(rows[i - 1][j], rows[i][j - 1]) + 1,
				rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	return rows[length_a][length_b];
}

const char *choice_nearest(const char *word, const char *const *names)
{
	/* more is another word */
	size_t nearest = strlen(word) > LONGEST ? 0 : (strlen(word) + 2) / 3 + 1;
	const char *found = NULL;

	for (; *names; names++) {
		size_t far = distance(word, *names);

		if (far < nearest) {
			nearest = far;
			found = *names;
		}
	}
	return found;
}

static void list(struct text *text, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		text_add(text, "%s%s", !i ? " " : names[i + 1] ? ", " : " or ", names[i]);
}

void choice_unknown(struct text *ret_text, const char *kind, const char *word,
	const char *const *names, const char *command)
{
	const char *nearest = choice_nearest(word, names);
	size_t count = 0;

	while (names[count])
		count++;
	text_set(ret_text, "unknown %s '%s'", kind, word);
	if (nearest)
		text_add(ret_text, ", did you mean %s?", nearest);
	else
		text_add(ret_text, command && count > CHOICE_LISTED ? ";" : ":");
	if (command && count > CHOICE_LISTED) {
		text_add(ret_text, " all %zu are listed by %s", count, command);
	} else {
		text_add(ret_text, " choose");
		list(ret_text, names);
	}
}

void choice_not(struct text *ret_text, const char *kind, const char *word, const char *const *names)
{
	if (choice_nearest(word, names)) {
		choice_unknown(ret_text, kind, word, names, "--help");
		return;
	}
	text_set(ret_text, "choose");
	list(ret_text, names);
	text_add(ret_text, ", not %s", word);
}
