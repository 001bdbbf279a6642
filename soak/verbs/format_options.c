/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "soak/verbs/format_options.h"

#define KEY_FORMAT 256

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct format_options *chosen = state->input;
	enum format format = (enum format)(key - KEY_FORMAT);

	(void)argument;
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
	static struct argp_option entries[FORMAT_COUNT + 1];
	static const struct argp argp = {.options = entries, .parser = parse};

	for (int f = 0; f < FORMAT_COUNT; f++)
		entries[f] = (struct argp_option){.name = report_formats[f].name,
			.key = KEY_FORMAT + f,
			.doc = report_formats[f].help};
	return &argp;
}
