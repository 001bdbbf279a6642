/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Job files, read by inih, which knows sections, comments and continued lines but tells neither
 * line numbers nor empty sections: the reader that it is given looks at the lines as they pass.
 * Called by run.c.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wordexp.h>

#include "soak/run/allocator.h"
#include "soak/verbs/job.h"
#include "soak/words/choice.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

#define VARIANT_PREFIX "variant "

struct reader {
	struct job *job;
	struct observe *observe;
	const char *path;
	FILE *in;
	int line;
	enum job_section section;
	char header[64];             /* what stands in the brackets */
	struct job_variant *variant; /* whom keys are for: one of the job's, or `base` */
	struct job_variant base;     /* what [target] says, for all variants */
	char **allocators;           /* of [target] */
	int allocators_line;
	uint64_t given[2]; /* keys that were there, by note_key()'s place; [1]: in this variant */
	bool goes_on;      /* the line begins with a space */
	struct option_row rows[OPTIONS_MAX]; /* of soak run */
	size_t rows_count;
	struct text *error; /* the first one; empty: none yet */
};

/* One line, the first that is wrong. Returns 0, which is inih's word for failure. */
static int wrong(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(struct reader *reader, const char *format, ...)
{
	va_list arguments;

	if (reader->error->length)
		return 0;
	text_set(reader->error, "%s:%d: ", reader->path, reader->line);
	va_start(arguments, format);
	text_add_va(reader->error, format, arguments);
	va_end(arguments);
	return 0;
}

static char *keep(struct reader *reader, const char *text)
{
	return obstack_copy0(&reader->job->memory, text, (int)strlen(text));
}

/* A list with one word more; the old one may be NULL. */
static char **append(struct reader *reader, char **list, const char *word)
{
	char *kept = keep(reader, word), **longer;
	size_t n = 0;

	while (list && list[n])
		n++;
	longer = obstack_alloc(&reader->job->memory, (n + 2) * sizeof(*longer));
	if (n)
		memcpy(longer, list, n * sizeof(*longer));
	longer[n] = kept;
	longer[n + 1] = NULL;
	return longer;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Split as a shell would, with its quotes and $NAME, but nothing is executed. */
static int set_command(struct reader *reader, const char *value)
{
	struct job_variant *variant = reader->variant;
	wordexp_t words;

	if (wordexp(value, &words, WRDE_NOCMD | WRDE_UNDEF))
		return wrong(reader,
			"command: cannot be split: quote what a shell would not take plainly, and "
			"use no $(...), no | and no undefined $NAME; or run sh -c '...'");
	for (size_t w = 0; w < words.we_wordc; w++)
		variant->command = append(reader, variant->command, words.we_wordv[w]);
	wordfree(&words);
	if (variant->workload)
		return wrong(reader, "command: there is a workload already; give one of them");
	return variant->command ? 1 : wrong(reader, "command: is empty");
}

static int set_workload(struct reader *reader, const char *value)
{
	scoped_text error = {0};

	if (builtin_find(value, &reader->variant->builtin, &error))
		return wrong(reader, "workload: %s", text_of(&error));
	if (reader->variant->command)
		return wrong(reader, "workload: there is a command already; give one of them");
	reader->variant->workload = reader->variant->builtin.name;
	return 1;
}

static int set_environment(struct reader *reader, const char *value)
{
	size_t name = strcspn(value, "=");

	if (!value[name] || name == 0 || isdigit((unsigned char)*value) ||
		strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") <
			name)
		return wrong(reader, "environment: write NAME=VALUE, not %s", value);
	if (strncmp(value, "LD_PRELOAD=", 11) == 0)
		return wrong(reader, "environment: LD_PRELOAD is for soak to set; name the library "
				     "as allocator");
	reader->variant->environment = append(reader, reader->variant->environment, value);
	return 1;
}

/* Does a comma stand first, last, or next to another? */
static bool has_empty_item(const char *list)
{
	bool item = false;

	for (; *list; list++)
		if (*list != ',')
			item |= !isblank((unsigned char)*list);
		else if (!item)
			return true;
		else
			item = false;
	return !item;
}

static int set_allocator(struct reader *reader, const char *value)
{
	char *words = keep(reader, value), where[PATH_MAX + 16];

	snprintf(where, sizeof(where), "%s:%d", reader->path, reader->line);
	reader->variant->where = keep(reader, where);
	if (reader->section == JOB_TARGET)
		reader->allocators_line = reader->line;
	if (has_empty_item(value))
		return wrong(reader, "allocator: a name is missing beside a comma of %s", value);
	for (char *rest = words, *word; (word = strsep(&rest, ", \t"));)
		if (*word && reader->section == JOB_VARIANT && reader->variant->allocator)
			return wrong(reader, "allocator: a variant has one, not %s", value);
		else if (*word && reader->section == JOB_VARIANT)
			reader->variant->allocator = word;
		else if (*word)
			reader->allocators = append(reader, reader->allocators, word);
	return 1;
}

/* Keys of a target or variant; all others are options of soak run. */
static const struct target_key {
	const char *name;
	int (*set)(struct reader *reader, const char *value); /* 1, or wrong() */
	bool list;                                            /* a line that goes on adds to it */
} target_keys[] = {
	{"command", set_command, true},
	{"workload", set_workload, false},
	{"allocator", set_allocator, false},
	{"environment", set_environment, true},
};

#define TARGET_KEYS (sizeof(target_keys) / sizeof(*target_keys))

static bool has_target_keys(const struct reader *reader)
{
	return reader->section & (JOB_TARGET | JOB_VARIANT);
}

static int unknown_key(struct reader *reader, const char *name)
{
	scoped_text list = {0};

	for (size_t k = 0; k < TARGET_KEYS && has_target_keys(reader); k++)
		text_item(&list, ", ", "%s", target_keys[k].name);
	for (size_t k = 0; k < reader->rows_count; k++)
		if (reader->rows[k].job == reader->section)
			text_item(&list, ", ", "%s", reader->rows[k].name);
	return wrong(reader, "no key \"%s\" in [%s]; the keys are %s", name, reader->header,
		text_of(&list));
}

/* Of [rules], every key that is not in the table is a rule. */
static int set_rule(struct reader *reader, const char *name, const char *value)
{
	scoped_text assignment = {0}, error = {0};

	text_set(&assignment, "%s=%s", name, value);
	if (judge_settings_set(&reader->observe->settings, text_of(&assignment), &error))
		return wrong(reader, "%s", text_of(&error));
	return 1;
}

/* ---- sections -------------------------------------------------------------------------------- */

static bool good_name(const char *name)
{
	return *name && *name != '.' && strlen(name) < JOB_NAME_SIZE &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-") ==
		       strlen(name);
}

static int add_variant(struct reader *reader, const char *name)
{
	struct job *job = reader->job;

	if (!good_name(name))
		return wrong(reader,
			"\"%s\" names no variant: use letters, digits and ._+-, %d at most", name,
			JOB_NAME_SIZE - 1);
	for (size_t v = 0; v < job->n; v++)
		if (strcmp(job->variants[v].name, name) == 0)
			return wrong(reader, "a second variant %s", name);
	if (job->n == JOB_VARIANTS_MAX)
		return wrong(reader, "more than %d variants", JOB_VARIANTS_MAX);
	reader->variant = &job->variants[job->n++];
	*reader->variant = (struct job_variant){.allocator = NULL};
	reader->given[1] = 0;
	snprintf(reader->variant->name, JOB_NAME_SIZE, "%s", name);
	return 1;
}

static int begin_section(struct reader *reader, const char *header)
{
	static const struct {
		const char *name;
		enum job_section section;
	} sections[] = {{"target", JOB_TARGET}, {"run", JOB_RUN}, {"rules", JOB_RULES}};

	snprintf(reader->header, sizeof(reader->header), "%s", header);
	reader->variant = &reader->base;
	for (size_t s = 0; s < 3; s++)
		if (strcmp(header, sections[s].name) == 0) {
			reader->section = sections[s].section;
			return 1;
		}
	reader->section = JOB_VARIANT;
	if (strncmp(header, VARIANT_PREFIX, strlen(VARIANT_PREFIX)) == 0)
		return add_variant(reader, header + strlen(VARIANT_PREFIX));
	return wrong(reader,
		"no section [%s]; the sections are [target], [run], [rules] and [variant NAME]",
		header);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static char *read_line(char *text, int size, void *context)
{
	struct reader *reader = context;
	size_t length;

	if (reader->error->length || !fgets(text, size, reader->in))
		return NULL;
	reader->line++;
	reader->goes_on = isspace((unsigned char)text[0]);
	length = strlen(text);
	if (length + 1 == (size_t)size && text[length - 1] != '\n')
		wrong(reader,
			"longer than %d characters; a line that begins with a space goes on "
			"with the one above",
			size - 3);
	if (text[0] == '[' && strchr(text, ']')) {
		char header[64];

		snprintf(header, sizeof(header), "%.*s", (int)strcspn(text + 1, "]"), text + 1);
		begin_section(reader, header);
	}
	return text;
}

/* A key is given once. Returns 1, or wrong(). */
static int note_key(struct reader *reader, const char *name, const char *value, size_t place,
	bool is_list, bool may_repeat)
{
	uint64_t *given = &reader->given[reader->section == JOB_VARIANT], bit = 1ull << place;
	bool again = *given & bit;

	*given |= bit;
	if (!*value)
		return wrong(reader, "%s: has no value", name);
	if (again && reader->goes_on && !is_list)
		return wrong(reader,
			"%s has one value, and a line that begins with a space goes on with the "
			"one above",
			name);
	if (again && !reader->goes_on && !may_repeat)
		return wrong(reader, "%s: is given twice", name);
	return 1;
}

static int set_option(struct reader *reader, const struct option_row *row, const char *value)
{
	scoped_text error = {0};

	if (option_set(row, reader->observe, keep(reader, value), &error))
		return wrong(reader, "%s: %s", row->name, text_of(&error));
	return 1;
}

static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct reader *reader = context;

	if (reader->error->length)
		return 0;
	if (strcmp(section, reader->header) != 0 && !begin_section(reader, section))
		return 0;
	if (!*section)
		return wrong(reader, "%s stands in no section; begin with [target] or [run]", name);
	for (size_t k = 0; k < TARGET_KEYS && has_target_keys(reader); k++) {
		const struct target_key *key = &target_keys[k];

		if (strcmp(name, key->name) == 0)
			return note_key(reader, name, value, OPTIONS_MAX - 1 - k, key->list,
				       key->set == set_environment) &&
			       key->set(reader, value);
	}
	for (size_t k = 0; k < reader->rows_count; k++) {
		const struct option_row *row = &reader->rows[k];

		if (strcmp(name, row->name) == 0 && row->job == reader->section)
			return note_key(reader, name, value, k, row->repeats, row->repeats) &&
			       set_option(reader, row, value);
	}
	return reader->section == JOB_RULES ? set_rule(reader, name, value)
					    : unknown_key(reader, name);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/*
 * Each of [target]'s allocators is a variant, or else each variant has what it does not name. What
 * nobody names, job_settle() completes.
 */
static void complete(struct reader *reader)
{
	static char *nobody[] = {NULL, NULL};
	char **allocators = reader->allocators ? reader->allocators : nobody;
	struct job *job = reader->job;

	reader->line = reader->allocators_line;
	if (job->n > 0 && allocators[0] && allocators[1]) {
		wrong(reader,
			"[target] names %s and %s, and there are [variant] sections: give "
			"each of these its allocator",
			allocators[0], allocators[1]);
		return;
	}
	job->is_list = job->n == 0;
	if (job->is_list && !allocators[0])
		job->variants[job->n++] = (struct job_variant){.allocator = NULL};
	for (size_t a = 0; job->n == a && allocators[a]; a++) {
		const char *slash = strrchr(allocators[a], '/');

		if (!add_variant(reader, slash ? slash + 1 : allocators[a]))
			return;
		reader->variant->allocator = allocators[a];
	}
	for (size_t v = 0; v < job->n; v++) {
		struct job_variant *variant = &job->variants[v];
		char **own = variant->environment;

		if (!variant->allocator)
			variant->allocator = allocators[0];
		if (!variant->where)
			variant->where = reader->base.where;
		if (!variant->command && !variant->workload) {
			variant->command = reader->base.command;
			variant->workload = reader->base.workload;
		}
		variant->environment = reader->base.environment;
		for (size_t e = 0; own && own[e]; e++)
			variant->environment = append(reader, variant->environment, own[e]);
	}
}

/* As given, or among those that come with soak, with or without their folder's name. */
static int find_file(const char *name, char ret_path[PATH_MAX])
{
	char ready[PATH_MAX];

	if (access(name, F_OK) == 0) {
		snprintf(ret_path, PATH_MAX, "%s", name);
		return 0;
	}
	snprintf(ready, sizeof(ready), "jobs/%s", name);
	if (*name != '/' &&
		(allocator_own_file("../..", SOAK_DATADIR, ready, ret_path) == 0 ||
			(strncmp(name, "jobs/", 5) == 0 &&
				allocator_own_file("../..", SOAK_DATADIR, name, ret_path) == 0)))
		return 0;
	return -ENOENT;
}

int job_read(struct job *job, const char *name, struct observe *observe, struct text *error)
{
	struct reader reader = {.job = job, .observe = observe, .path = job->file, .error = error};
	int line;

	text_release(error);
	job->n = 0;
	reader.rows_count = option_rows(run_options, reader.rows);
	if (find_file(name, job->file))
		return text_fail(error, -ENOENT,
			"no job file %s, neither here nor among soak's own: mixed-5m.ini, "
			"mixed-30m.ini, mixed-1h.ini",
			name);
	reader.in = fopen(job->file, "re");
	if (!reader.in)
		return text_fail(error, -EINVAL, "cannot read %s: %s", job->file, strerror(errno));
	line = ini_parse_stream(read_line, &reader, on_key, &reader);
	if (ferror(reader.in) && !error->length)
		wrong(&reader, "cannot be read");
	fclose(reader.in);
	if (line > 0 && !error->length) {
		reader.line = line;
		wrong(&reader, "neither [section] nor KEY = VALUE");
	}
	if (!error->length && !reader.header[0])
		text_set(error, "%s says nothing: begin with [target]", job->file);
	if (!error->length)
		complete(&reader);
	return error->length ? -EINVAL : 0;
}
