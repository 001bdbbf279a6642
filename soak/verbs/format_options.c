/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses --json, --junit, --tap, --markdown and --inconclusive. Called by all verbs that judge. */
#include <string.h>

#include "soak/verbs/format_options.h"

#define KEY_FORMAT 256
#define KEY_INCONCLUSIVE (KEY_FORMAT + FORMAT_COUNT)

static void parse_inconclusive(
	struct argp_state *state, const char *word, enum inconclusive *ret_inconclusive)
{
	static const char *const words[] = {[INCONCLUSIVE_FAIL] = "fail",
		[INCONCLUSIVE_PASS] = "pass",
		[INCONCLUSIVE_SKIP] = "skip"};

	for (int w = INCONCLUSIVE_FAIL; w <= INCONCLUSIVE_SKIP; w++) {
		if (strcmp(word, words[w]) == 0) {
			*ret_inconclusive = w;
			return;
		}
	}
	argp_error(state, "--inconclusive: choose fail, pass or skip, not %s", word);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct format_options *chosen = state->input;
	enum format format = (enum format)(key - KEY_FORMAT);

	if (key == KEY_INCONCLUSIVE) {
		parse_inconclusive(state, argument, &chosen->inconclusive);
		return 0;
	}
	if (key < KEY_FORMAT || key >= KEY_FORMAT + FORMAT_COUNT)
		return ARGP_ERR_UNKNOWN;
	if (chosen->given && chosen->format != format)
		argp_error(state, "one format, please: --%s or --%s",
			report_formats[chosen->format].name, report_formats[format].name);
	chosen->format = format;
	chosen->given = true;
	return 0;
}

const struct argp *format_options(void)
{
	static struct argp_option entries[FORMAT_COUNT + 2];
	static const struct argp argp = {.options = entries, .parser = parse};

	for (int f = 0; f < FORMAT_COUNT; f++)
		entries[f] = (struct argp_option){.name = report_formats[f].name,
			.key = KEY_FORMAT + f,
			.doc = report_formats[f].help};
	entries[FORMAT_COUNT] = (struct argp_option){.name = "inconclusive",
		.key = KEY_INCONCLUSIVE,
		.arg = "fail|pass|skip",
		.doc = "what INCONCLUSIVE counts as: exit status 1, 0, or 0 and skipped in JUnit "
		       "and TAP (default: exit status 3)"};
	return &argp;
}
