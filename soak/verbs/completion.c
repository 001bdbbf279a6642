/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completes a command line from the rows of options. Called by main.c. */
#include <string.h>

#include "collectors/ops/allocators.h"
#include "soak/judge/judge.h"
#include "soak/judge/profile.h"
#include "soak/engines/builtin.h"
#include "soak/verbs/completion.h"

#define FILES ":files\n"

struct completion {
	FILE *out;
	const char *before; /* what the word holds in front of what is completed: "--by=caller," */
	const char *begun;  /* the rest of it: "sys" */
};

static void offer(
	const struct completion *to, const char *name, const char *ending, const char *help)
{
	if (strncmp(name, to->begun, strlen(to->begun)) == 0)
		fprintf(to->out, "%s%s%s\t%s\n", to->before, name, ending, help);
}

static void offer_values(const struct completion *to, const struct option_row *row)
{
	static const char *const allocators[] = {"own", ALLOCATORS(ALLOCATOR_NAME) NULL};
	const char *const *choices = row->choices;
	const struct profile *profile;
	const char *name, *what;

	if (row->values == VALUES_ALLOCATORS)
		choices = allocators;
	for (; choices && *choices; choices++)
		offer(to, *choices, "", "");
	for (int r = 0; r < RULE_COUNT && row->values == VALUES_RULES; r++)
		offer(to, judge_rule_info(r)->name, "=", judge_rule_info(r)->help);
	for (size_t p = 0; row->values == VALUES_PROFILES && (profile = profile_at(p)); p++)
		offer(to, profile->name, "", profile->help);
	for (size_t w = 0; row->values == VALUES_WORKLOADS && (name = builtin_at(w, &what)); w++)
		offer(to, name, "", what);
	if (row->values == VALUES_FILES || row->values == VALUES_ALLOCATORS)
		fputs(FILES, to->out);
}

/* The row of "--name" or "-n" of `length`; NULL: there is none. */
static const struct option_row *find(
	const struct option_row *rows, size_t n, const char *word, size_t length)
{
	for (size_t i = 0; i < n; i++) {
		bool is_letter = length == 2 && word[0] == '-' && word[1] == rows[i].key;

		if (is_letter ||
			(strncmp(word, "--", 2) == 0 && strlen(rows[i].name) + 2 == length &&
				strncmp(word + 2, rows[i].name, length - 2) == 0))
			return &rows[i];
	}
	return NULL;
}

/* Of a value that is a list the last item: what ends with a comma stays as it is. */
static void complete_value(
	FILE *out, const struct option_row *row, const char *word, size_t value_at)
{
	const char *comma = strrchr(word + value_at, ',');
	char before[256];

	if (comma)
		value_at = (size_t)(comma + 1 - word);
	if (value_at >= sizeof(before))
		return;
	memcpy(before, word, value_at);
	before[value_at] = '\0';
	offer_values(&(struct completion){out, before, word + value_at}, row);
}

static void complete_option(FILE *out, const struct option_row *rows, size_t n, const char *word)
{
	struct completion to = {out, "--", word + (word[1] ? 2 : 1)};

	if (word[1] && word[1] != '-')
		return; /* letters need no help */
	for (size_t i = 0; i < n; i++)
		if (!rows[i].hidden)
			offer(&to, rows[i].name, rows[i].argument && !rows[i].optional ? "=" : "",
				rows[i].help);
	offer(&to, "help", "", "all options, with examples");
}

static void complete_for(FILE *out, const struct verb *verb, int n, char **words)
{
	struct option_row rows[OPTIONS_MAX];
	size_t rows_count = option_rows(verb->options, rows);
	const char *word = words[n - 1], *before = n > 1 ? words[n - 2] : "";
	const char *equals = strchr(word, '=');
	const struct option_row *row;

	for (int i = 0; i < n - 1; i++)
		if (strcmp(words[i], "--") == 0) {
			fputs(FILES, out);
			return;
		}
	row = equals ? find(rows, rows_count, word, (size_t)(equals - word)) : NULL;
	if (row) {
		complete_value(out, row, word, (size_t)(equals + 1 - word));
		return;
	}
	row = find(rows, rows_count, before, strlen(before));
	if (row && row->argument && !row->optional)
		complete_value(out, row, word, 0);
	else if (*word == '-')
		complete_option(out, rows, rows_count, word);
	else if (verb->arguments && !verb->takes_no_files)
		fputs(FILES, out);
}

void complete_words(FILE *out, const struct verb *const *verbs, int n, char **words)
{
	if (n == 1) {
		const struct completion to = {out, "", words[0]};

		for (; *verbs; verbs++)
			offer(&to, (*verbs)->name, "", (*verbs)->does);
		offer(&to, "--help", "", "the verbs");
		offer(&to, "--version", "", "");
		return;
	}
	for (; n > 1 && *verbs; verbs++)
		if (strcmp(words[0], (*verbs)->name) == 0)
			complete_for(out, *verbs, n - 1, words + 1);
}
