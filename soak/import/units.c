/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of units and of columns: see units.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soak/import/units.h"

struct unit {
	const char *name;
	double factor;
};

static const struct unit byte_units[] = {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20},
	{"GiB", 0x1p30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"pages", 4096}, {0}};
static const struct unit time_units[] = {
	{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"min", 60e9}, {"h", 3600e9}, {0}};

/* What headers may end with. */
static const struct unit byte_endings[] = {{"b", 1}, {"bytes", 1}, {"kib", 0x1p10}, {"mib", 0x1p20},
	{"gib", 0x1p30}, {"pages", 4096}, {0}};
static const struct unit time_endings[] = {{"s", 1e9}, {"sec", 1e9}, {"secs", 1e9},
	{"seconds", 1e9}, {"ms", 1e6}, {"msec", 1e6}, {"milliseconds", 1e6}, {"us", 1e3}, {"ns", 1},
	{0}};

static const char *const time_names[] = {"t", "time", "elapsed", "elapsed_time", "timestamp", "ts",
	"uptime", "date", "datetime", NULL};
static const char *const rss_names[] = {"rss", "vmrss", "vm_rss", "mem_rss", "memory_rss",
	"rss_total", "resident", "resident_memory", "resident_set", "process_resident_memory",
	"imported_rss", NULL};
static const char *const ops_names[] = {"ops_total", "imported_ops", NULL};

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

static bool among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* "RSS (MiB)" becomes "rss_mib". */
static void plain_words(const char *header, char *words, size_t size)
{
	size_t n = 0;

	for (; *header && n + 1 < size; header++) {
		if (isalnum((unsigned char)*header))
			words[n++] = (char)tolower((unsigned char)*header);
		else if (n && words[n - 1] != '_')
			words[n++] = '_';
	}
	while (n && words[n - 1] == '_')
		n--;
	words[n] = '\0';
}

/* Cuts a unit off the words' end, and returns it. */
static double cut_unit(enum column column, char *words)
{
	char *last = strrchr(words, '_');
	double unit = 0;

	if (last && column != COLUMN_OPS)
		unit = find(column == COLUMN_TIME ? time_endings : byte_endings, last + 1);
	if (unit > 0)
		*last = '\0';
	return unit;
}

double header_unit(enum column column, const char *header)
{
	char words[64];

	plain_words(header, words, sizeof(words));
	return cut_unit(column, words);
}

bool header_is(enum column column, const char *header, double *ret_unit)
{
	static const char *const *const names[COLUMNS] = {
		[COLUMN_TIME] = time_names, [COLUMN_RSS] = rss_names, [COLUMN_OPS] = ops_names};
	char words[64];

	plain_words(header, words, sizeof(words));
	if (column == COLUMN_TIME && strcmp(words, "seconds") == 0) {
		*ret_unit = 1e9;
		return true;
	}
	*ret_unit = cut_unit(column, words);
	return among(names[column], words);
}

/* "Z", "+02", "+0200", "+02:00", or nothing. */
static int zone_parse(const char *text, long *ret_s)
{
	int sign = *text == '-' ? -1 : 1, digits = 0;
	long value = 0;

	*ret_s = 0;
	if (!*text || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return 0;
	if (*text != '+' && *text != '-')
		return -EINVAL;
	text++;
	for (; (isdigit((unsigned char)*text) && digits < 4) || (*text == ':' && digits == 2);
		text++) {
		if (*text == ':')
			continue;
		value = 10 * value + *text - '0';
		digits++;
	}
	if (*text || (digits != 2 && digits != 4))
		return -EINVAL;
	*ret_s = sign * (digits == 2 ? value * 3600 : value / 100 * 3600 + value % 100 * 60);
	return 0;
}

int calendar_parse(const char *text, int64_t *ret_ns)
{
	struct tm tm = {0};
	double fraction = 0;
	int day;
	long zone;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	text = strptime(text, "%Y-%m-%d", &tm);
	if (!text || (*text != 'T' && *text != 't' && *text != ' '))
		return -EINVAL;
	text = strptime(text + 1, "%H:%M", &tm);
	if (text && *text == ':')
		text = strptime(text + 1, "%S", &tm);
	if (!text)
		return -EINVAL;
	if (*text == '.' || *text == ',') {
		const char *digits = text + 1;
		double scale = 1;

		for (; isdigit((unsigned char)*digits); digits++)
			fraction += (*digits - '0') * (scale /= 10);
		text = digits;
	}
	text += strspn(text, " ");
	if (zone_parse(text, &zone))
		return -EINVAL;
	day = tm.tm_mday;
	*ret_ns = ((int64_t)timegm(&tm) - zone) * 1000000000;
	if (tm.tm_mday != day) /* 31 February, put right */
		return -EINVAL;
	*ret_ns += (int64_t)(fraction * 1e9 + 0.5);
	return 0;
}
