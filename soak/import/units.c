/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of units: see units.h. Called by all that read units. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "soak/import/units.h"

struct unit {
	const char *name;
	double factor;
};

static const struct unit byte_units[] = {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20},
	{"GiB", 0x1p30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"pages", 4096}, {0}};
static const struct unit time_units[] = {
	{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"min", 60e9}, {"h", 3600e9}, {0}};

/* Behind figures, whatever their case: top writes 1.2g and kubectl 12Mi. */
static const struct unit suffixes[] = {{"b", 1}, {"bytes", 1}, {"byte", 1}, {"k", 0x1p10},
	{"ki", 0x1p10}, {"kib", 0x1p10}, {"m", 0x1p20}, {"mi", 0x1p20}, {"mib", 0x1p20},
	{"g", 0x1p30}, {"gi", 0x1p30}, {"gib", 0x1p30}, {"t", 0x1p40}, {"ti", 0x1p40},
	{"tib", 0x1p40}, {"p", 0x1p50}, {"kb", 0x1p10}, {"mb", 0x1p20}, {"gb", 0x1p30},
	{"tb", 0x1p40}, {"pages", 4096}, {0}};
static const struct unit si_suffixes[] = {{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {0}};

/* What headers may end with: behind a blank or a sign, or, if `joined`, right behind a word. */
static const struct ending {
	const char *name;
	double factor;
	bool joined;
} byte_endings[] = {{"b", 1, false}, {"bytes", 1, true}, {"byte", 1, true}, {"kib", 0x1p10, true},
	{"mib", 0x1p20, true}, {"gib", 0x1p30, true}, {"kb", 0x1p10, true}, {"mb", 0x1p20, true},
	{"gb", 0x1p30, true}, {"k", 0x1p10, false}, {"m", 0x1p20, false}, {"g", 0x1p30, false},
	{"ki", 0x1p10, false}, {"mi", 0x1p20, false}, {"gi", 0x1p30, false},
	{"kilobytes", 0x1p10, false}, {"megabytes", 0x1p20, false}, {"gigabytes", 0x1p30, false},
	{"pages", 4096, false}, {0}},
  time_endings[] = {{"s", 1e9, false}, {"sec", 1e9, false}, {"secs", 1e9, false},
	  {"second", 1e9, false}, {"seconds", 1e9, false}, {"ms", 1e6, true}, {"msec", 1e6, false},
	  {"millis", 1e6, false}, {"milliseconds", 1e6, false}, {"us", 1e3, false},
	  {"usec", 1e3, false}, {"microseconds", 1e3, false}, {"ns", 1, false},
	  {"nanoseconds", 1, false}, {"min", 60e9, false}, {"minutes", 60e9, false},
	  {"hours", 3600e9, false}, {"h", 3600e9, false}, {0}};

static double find(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units->factor;
	return 0;
}

double unit_bytes(const char *name)
{
	return find(byte_units, name);
}

double unit_ns(const char *name)
{
	return find(time_units, name);
}

double unit_suffix(const char *name, bool powers_of_1000)
{
	char low[16];
	size_t n = 0;
	double factor;

	for (; name[n] && n + 1 < sizeof(low); n++)
		low[n] = (char)tolower((unsigned char)name[n]);
	low[n] = '\0';
	if (name[n])
		return 0;
	factor = powers_of_1000 ? find(si_suffixes, low) : 0;
	return factor > 0 ? factor : find(suffixes, low);
}

double unit_cut(char *words, bool time)
{
	const struct ending *ending = time ? time_endings : byte_endings;
	size_t length = strlen(words);

	for (; ending->name; ending++) {
		size_t n = strlen(ending->name);
		char *at = words + length - n;

		if (length <= n + 1 || strcmp(at, ending->name) != 0)
			continue;
		if (at[-1] == '_')
			at[-1] = '\0';
		else if (ending->joined)
			*at = '\0';
		else
			continue;
		return ending->factor;
	}
	return 0;
}

struct unit_words unit_say(double bytes)
{
	struct unit_words words;

	snprintf(words.text, sizeof(words.text), "units of %.0f B", bytes);
	for (const struct unit *unit = byte_units; unit->name; unit++)
		if (unit->factor == bytes)
			snprintf(words.text, sizeof(words.text), "%s", unit->name);
	return words;
}
