/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of columns and what they mean: see names.h. To teach import one more is to add a line.
 * Called by all that read headers.
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "soak/import/names.h"
#include "soak/import/units.h"

/* In lower case, all but letters and digits being one _, without a unit. */
static const struct name {
	const char *name;
	enum meaning meaning;
	int rank;
	double unit; /* that it means by itself: bytes, nanoseconds */
} names[] = {
	{"t", MEANS_TIME, 0},
	{"time", MEANS_TIME, 0},
	{"time_stamp", MEANS_TIME, 0},
	{"timestamp", MEANS_TIME, 0},
	{"timestamp_utc", MEANS_TIME, 0},
	{"ts", MEANS_TIME, 0},
	{"epoch", MEANS_TIME, 0},
	{"unixtime", MEANS_TIME, 0},
	{"unix_time", MEANS_TIME, 0},
	{"seconds", MEANS_TIME, 0, 1e9},
	{"elapsed", MEANS_TIME, 0},
	{"minutes", MEANS_TIME, 0, 60e9},
	{"hours", MEANS_TIME, 0, 3600e9},
	{"elapsed_time", MEANS_TIME, 0},
	{"etimes", MEANS_TIME, 0},
	{"etime", MEANS_TIME, 0},
	{"uptime", MEANS_TIME, 0},
	{"datetime", MEANS_TIME, 0},
	{"date_time", MEANS_TIME, 0},
	{"clock", MEANS_TIME, 0},
	{"date", MEANS_DATE, 0},
	{"day", MEANS_DATE, 0},

	{"rss", MEANS_RSS, 1},
	{"rsz", MEANS_RSS, 1},
	{"rssize", MEANS_RSS, 1},
	{"vmrss", MEANS_RSS, 1},
	{"vm_rss", MEANS_RSS, 1},
	{"res", MEANS_RSS, 1},
	{"real", MEANS_RSS, 1},
	{"mem_real", MEANS_RSS, 1, 0x1p20},
	{"mem_rss", MEANS_RSS, 1},
	{"mem_res", MEANS_RSS, 1},
	{"memory_rss", MEANS_RSS, 1},
	{"rss_total", MEANS_RSS, 1},
	{"rss_memory", MEANS_RSS, 1},
	{"resident", MEANS_RSS, 1},
	{"resident_memory", MEANS_RSS, 1},
	{"resident_size", MEANS_RSS, 1},
	{"resident_set", MEANS_RSS, 1},
	{"resident_set_size", MEANS_RSS, 1},
	{"process_resident_memory", MEANS_RSS, 1},
	{"imported_rss", MEANS_RSS, 1},
	{"used_memory_rss", MEANS_RSS, 2},
	{"container_memory_rss", MEANS_RSS, 2},
	{"container_memory_working_set", MEANS_RSS, 2},
	{"working_set", MEANS_RSS, 2},
	{"memory_current", MEANS_RSS, 2},
	{"memusage", MEANS_RSS, 2},
	{"mem_usage", MEANS_RSS, 2},
	{"mem_usage_limit", MEANS_RSS, 2},
	{"memory_usage", MEANS_RSS, 2},
	{"memory_used", MEANS_RSS, 2},
	{"used_memory", MEANS_RSS, 3},
	{"mem_used", MEANS_RSS, 2},
	{"memory", MEANS_RSS, 2},
	{"mem", MEANS_RSS, 3},
	{"value", MEANS_RSS, 4},

	{"ops_total", MEANS_OPS, 0},
	{"imported_ops", MEANS_OPS, 0},

	{"pid", MEANS_ID, 0},
	{"process_id", MEANS_ID, 0},
	{"id", MEANS_ID, 0},
	{"container_id", MEANS_ID, 0},
	{"run", MEANS_ID, 0},
	{"name", MEANS_NAME, 0},
	{"container", MEANS_NAME, 0},
	{"container_name", MEANS_NAME, 0},
	{"pod", MEANS_NAME, 0},
	{"pod_name", MEANS_NAME, 0},
	{"namespace", MEANS_NAME, 0},
	{"service", MEANS_NAME, 0},
	{"host", MEANS_NAME, 0},
	{"hostname", MEANS_NAME, 0},
	{"instance", MEANS_NAME, 0},
	{"job", MEANS_NAME, 0},
	{"process", MEANS_NAME, 0},
	{"process_name", MEANS_NAME, 0},
	{"program", MEANS_NAME, 0},
	{"series", MEANS_NAME, 0},
	{"metric", MEANS_NAME, 0},
	{"comm", MEANS_NAME, 0},
	{"command", MEANS_NAME, 0},
	{"cmd", MEANS_NAME, 0},

	{"cpu", MEANS_OTHER, 0},
	{"nproc", MEANS_OTHER, 0},
	{"virtual", MEANS_OTHER, 0},
	{"mem_virtual", MEANS_OTHER, 0},
	{"vsz", MEANS_OTHER, 0},
	{"vms", MEANS_OTHER, 0},
	{"virt", MEANS_OTHER, 0},
};

#define NAMES (sizeof(names) / sizeof(*names))

/* "RSS (MiB)" becomes "rss_mib", "rssBytes" "rssbytes", "%MEM" "pct_mem", which is no memory. */
static void plain_words(const char *name, char *words, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		if (isalnum((unsigned char)*name))
			words[n++] = (char)tolower((unsigned char)*name);
		else if (*name == '%' && n + 5 < size)
			n += strlen(strcpy(words + n, n ? "_pct" : "pct_"));
		else if (n && words[n - 1] != '_')
			words[n++] = '_';
	}
	while (n && words[n - 1] == '_')
		n--;
	words[n] = '\0';
}

static const struct name *find(const char *words)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, words) == 0)
			return &names[i];
	return NULL;
}

static bool is_time(const struct name *name)
{
	return name->meaning == MEANS_TIME || name->meaning == MEANS_DATE;
}

static struct name_meaning look_up(const char *name)
{
	char words[80], cut[80];
	const struct name *found;
	double unit = 0;

	plain_words(name, words, sizeof(words));
	found = find(words);
	for (int time = 0; !found && time < 2; time++) {
		strcpy(cut, words);
		unit = unit_cut(cut, time);
		found = unit > 0 ? find(cut) : NULL;
		if (found && (time ? !is_time(found) : found->meaning != MEANS_RSS))
			found = NULL;
	}
	if (!found)
		return (struct name_meaning){0};
	return (struct name_meaning){.meaning = found->meaning,
		.rank = found->rank,
		.unit = unit > 0 ? unit : found->unit};
}

/* "memory_stats.stats.rss", "\\\\HOST\\Process(app)\\Working Set": the last part says it. */
struct name_meaning name_find(const char *name)
{
	struct name_meaning found = look_up(name);
	const char *dot = strrchr(name, '.'), *slash = strrchr(name, '\\');
	const char *last = dot > slash ? dot : slash;

	if (found.meaning != MEANS_NOTHING || !last)
		return found;
	found = look_up(last + 1);
	found.rank++;
	if (found.meaning == MEANS_TIME || found.meaning == MEANS_DATE)
		found.meaning = MEANS_NOTHING;
	return found;
}

double name_unit(const char *name, bool time)
{
	char words[80];
	double unit;

	plain_words(name, words, sizeof(words));
	unit = unit_cut(words, time);
	if (!(unit > 0) && (look_up(name).meaning == MEANS_RSS) == !time)
		unit = look_up(name).unit;
	return unit;
}
