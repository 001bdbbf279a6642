/* SPDX-License-Identifier: MIT */
/*
 * The table of options and how the environment is read into it. Called once, at start, by
 * life.c.
 */
#include "src/options.h"
#include "src/settled.h"
#include "src/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define PREFIX "HAKMEM_"
#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define ANY_SIZE ((size_t)1 << 40)

static const struct option {
	const char *name;
	size_t offset;
	size_t smallest, largest;
	const char *help;
} table[] = {
#define OPTION(field) offsetof(struct hk_options, field)
	{"KEEP_BYTES", OPTION(keep_bytes), 0, ANY_SIZE,
		"free memory that may always stay, in bytes; more if it was wanted back"},
	{"KEEP_PERCENT", OPTION(keep_percent), 0, 100,
		"the same as a share of what is in use; the larger of both counts. 0: never more"},
	{"PURGE_DELAY_MS", OPTION(purge_delay_ms), 1, 3600 * 1000,
		"memory that was wanted again and again goes back when it was not for this long"},
	{"CACHE_BYTES", OPTION(cache_bytes), 0, ANY_SIZE,
		"free blocks that a thread may cache, in bytes"},
	{"HUGE_PAGES", OPTION(huge_pages), 0, 1, "huge pages where SuperSlabs are densely used"},
	{"NAMES", OPTION(names), 0, 1,
		"names of mappings in /proc/PID/maps; 0 where a sandbox forbids prctl()"},
	{"SS_OS_STATS", OPTION(ss_os_stats), 0, 1, "print the [SS_OS_STATS] line at exit"},
	{"FORCE_LIBC_ALLOC", OPTION(force_libc), 0, 1, "pass every call through to libc"},
	{"CHECK", OPTION(check), 0, 1, "guard bytes, delayed reuse, heap walks: slow, finds more"},
	{"HELP", OPTION(help), 0, 1, "print this table"},
#undef OPTION
};
#define OPTIONS (sizeof(table) / sizeof(table[0]))

/* The first is the default. Of what an option counts only keeping and caching differs. */
static const struct profile {
	const char *name;
	struct hk_options options;
} profiles[] = {
	{"balanced", {2 * MIB, 6, 12000, 12 * MIB, 1, 1, 0, 0, 0, 0}},
	{"MIXED_TINYV3_C7_SAFE", {2 * MIB, 6, 12000, 12 * MIB, 1, 1, 0, 0, 0, 0}},
	{"lean", {MIB, 1, 250, 256 * KIB, 0, 1, 0, 0, 0, 0}},
	{"fast", {64 * MIB, 25, 60000, 16 * MIB, 1, 1, 0, 0, 0, 0}},
};
#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* Where ld.so found the program's arguments; the environment follows them. */
extern void *__libc_stack_end __attribute__((weak));

/* The first allocation may come from ld.so, before libc has set `environ`. */
static char **environment(void)
{
	if (environ || !&__libc_stack_end || !__libc_stack_end)
		return environ;
	return (char **)__libc_stack_end + *(long *)__libc_stack_end + 2;
}

static void warn(const char *entry, const char *what)
{
	struct hk_text text = {0};

	hk_text_add(&text, "hakmem: ");
	hk_text_add(&text, entry);
	hk_text_add(&text, ": ");
	hk_text_add(&text, what);
	hk_text_print(&text);
}

/* A decimal number, with K, M or G behind it or not. */
static bool parse(const char *text, size_t *ret_value)
{
	size_t value = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (value > SIZE_MAX / 16)
			return false;
		value = value * 10 + (size_t)(*text - '0');
	}
	if (*text && strchr("KMG", *text)) {
		unsigned shift = *text == 'K' ? 10 : *text == 'M' ? 20 : 30;

		if (value > SIZE_MAX >> shift)
			return false;
		value <<= shift;
		text++;
	}
	*ret_value = value;
	return *text == '\0';
}

static size_t *field(const struct option *option)
{
	return (size_t *)((uintptr_t)&hk_settled.options + option->offset);
}

static void set(const char *entry)
{
	const char *name = entry + strlen(PREFIX), *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name), value;

	if (length == strlen("PROFILE") && memcmp(name, "PROFILE", length) == 0)
		return;
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strlen(table[i].name) != length || memcmp(table[i].name, name, length) != 0)
			continue;
		if (!equals || !parse(equals + 1, &value) || value < table[i].smallest ||
			value > table[i].largest)
			warn(entry, "not a value for it, ignored; HAKMEM_HELP=1 shows the limits");
		else
			*field(&table[i]) = value;
		return;
	}
	warn(entry, "no such option, ignored; HAKMEM_HELP=1 shows them all");
}

static void choose_profile(const char *entry)
{
	const char *name = strchr(entry, '=') + 1;

	for (size_t i = 0; i < PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0) {
			hk_settled.options = profiles[i].options;
			return;
		}
	warn(entry, "no such profile, ignored; HAKMEM_HELP=1 shows them all");
}

static void show_help(void)
{
	struct hk_text text = {0};

	hk_text_add(&text, "HAKMEM_PROFILE: sets what is not set by itself; one of");
	for (size_t i = 0; i < PROFILES; i++) {
		hk_text_add(&text, " ");
		hk_text_add(&text, profiles[i].name);
	}
	hk_text_print(&text);
	for (size_t i = 0; i < OPTIONS; i++) {
		hk_text_add(&text, PREFIX);
		hk_text_add(&text, table[i].name);
		hk_text_add(&text, "=");
		hk_text_number(&text, *field(&table[i]));
		hk_text_add(&text, " (");
		hk_text_number(&text, table[i].smallest);
		hk_text_add(&text, " to ");
		hk_text_number(&text, table[i].largest);
		hk_text_add(&text, "): ");
		hk_text_add(&text, table[i].help);
		hk_text_print(&text);
	}
}

void hk_options_read(void)
{
	char **all = environment();

	hk_settled.options = profiles[0].options;
	if (!all || getauxval(AT_SECURE))
		return;
	for (char **entry = all; *entry; entry++)
		if (strncmp(*entry, PREFIX "PROFILE=", strlen(PREFIX "PROFILE=")) == 0)
			choose_profile(*entry);
	for (char **entry = all; *entry; entry++)
		if (strncmp(*entry, PREFIX, strlen(PREFIX)) == 0)
			set(*entry);
	if (hk_settled.options.help)
		show_help();
}
