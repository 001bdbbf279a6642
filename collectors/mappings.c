/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up /proc/PID/smaps by process, kind and name. Called by the session's sources. */
#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/clock.h"
#include "collectors/mappings.h"
#include "collectors/procfs.h"
#include "collectors/smaps.h"

#define SHORTEST_INTERVAL_NS 5000000000ull
#define TIME_TO_INTERVAL 50 /* as a run grows longer, its readings become rarer */
#define MOST_GUARD_BYTES (64 << 10)

struct group {
	struct mapping_group now, told;
	char name[];
};

struct mappings {
	void *groups; /* of tsearch(3) */
	size_t count;
	uint64_t first_ns, due_ns;
	mapping_fn *changed;
	void *context;
	struct group **gone; /* found by the walk, which must not delete */
	size_t gone_count;
};

static const char *const kind_names[MAPPING_KINDS] = {
	"anonymous", "heap", "stack", "file", "shared", "kernel"};

const char *mapping_kind_name(enum mapping_kind kind)
{
	return kind_names[kind];
}

static int compare(const void *one, const void *other)
{
	const struct mapping_group *a = one, *b = other;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

static struct group *find(struct mappings *mappings, const struct mapping_group *key)
{
	struct group **found = tfind(key, &mappings->groups, compare);

	return found ? *found : NULL;
}

static struct group *enter(struct mappings *mappings, const struct mapping_group *key)
{
	struct group *group = calloc(1, sizeof(*group) + strlen(key->name) + 1);

	if (!group)
		return NULL;
	strcpy(group->name, key->name);
	group->now = (struct mapping_group){key->process, key->kind, group->name};
	group->told = group->now;
	if (!tsearch(group, &mappings->groups, compare)) {
		free(group);
		return NULL;
	}
	mappings->count++;
	return group;
}

/* NULL when memory is short. */
static struct group *group_of(struct mappings *mappings, const struct mapping_group *key)
{
	struct group *group = find(mappings, key);
	struct mapping_group others = {0, key->kind, "others"};

	if (group || mappings->count < MAPPING_GROUPS_MAX)
		return group ? group : enter(mappings, key);
	group = find(mappings, &others);
	return group ? group : enter(mappings, &others);
}

/* ---- one process ----------------------------------------------------------------------------- */

/* A mapping's first line: "55d0c8a3c000-55d0c8a5d000 rw-p 00000000 08:01 1234   PATH". */
struct line {
	uint64_t start, end;
	char access[8];
	char *path; /* in the line; empty: none */
};

static bool parse(char *text, struct line *ret_line)
{
	int path = 0;

	if (!isxdigit((unsigned char)text[0]) ||
		sscanf(text, "%lx-%lx %7s %*x %*s %*u %n", &ret_line->start, &ret_line->end,
			ret_line->access, &path) < 3)
		return false;
	text[strcspn(text, "\n")] = 0;
	ret_line->path = text + path;
	return true;
}

static bool begins(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Threads have their stacks above a page that nobody may touch. */
static bool is_stack(const struct line *line, const struct line *below)
{
	return strcmp(line->access, "rw-p") == 0 && strcmp(below->access, "---p") == 0 &&
	       below->end == line->start && below->end - below->start <= MOST_GUARD_BYTES;
}

/* `[anon:NAME]` without its frame; the text is cut. */
static const char *framed(char *text, const char *beginning)
{
	text += strlen(beginning);
	text[strcspn(text, "]")] = 0;
	return text;
}

static struct mapping_group classify(char *path, const struct line *line, const struct line *below)
{
	if (!*path && is_stack(line, below))
		return (struct mapping_group){.kind = MAPPING_STACK, .name = "of threads"};
	if (!*path)
		return (struct mapping_group){.kind = MAPPING_ANON,
			.name = strchr(line->access, 'x') ? "executable" : ""};
	if (begins(path, "[anon:"))
		return (struct mapping_group){.kind = MAPPING_ANON, .name = framed(path, "[anon:")};
	if (begins(path, "[anon_shmem:"))
		return (struct mapping_group){
			.kind = MAPPING_SHARED, .name = framed(path, "[anon_shmem:")};
	if (strcmp(path, "[heap]") == 0)
		return (struct mapping_group){.kind = MAPPING_HEAP, .name = ""};
	if (strcmp(path, "[stack]") == 0)
		return (struct mapping_group){.kind = MAPPING_STACK, .name = "of the first thread"};
	if (*path == '[')
		return (struct mapping_group){.kind = MAPPING_KERNEL, .name = path};
	if (begins(path, "/dev/zero") || begins(path, "/SYSV") || begins(path, "/memfd:") ||
		begins(path, "/dev/shm/"))
		return (struct mapping_group){.kind = MAPPING_SHARED, .name = path};
	return (struct mapping_group){.kind = MAPPING_FILE, .name = path};
}

static void add_figure(struct group *group, const char *text)
{
	static const struct {
		const char *key;
		enum mapping_figure figure;
	} keys[] = {
#define X(name, key) {key ":", MAPPING_##name},
		MAPPING_FIGURES(X)
#undef X
	};

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		if (begins(text, keys[k].key))
			group->now.bytes[keys[k].figure] +=
				strtoll(text + strlen(keys[k].key), NULL, 10) << 10;
}

static int read_lines(struct mappings *mappings, uint32_t process, FILE *in)
{
	struct line line, below = {0};
	struct group *group = NULL;
	char *text = NULL;
	size_t size = 0;
	int code = 0;

	while (!code && getline(&text, &size, in) > 0) {
		struct mapping_group key;

		if (!parse(text, &line)) {
			if (group)
				add_figure(group, text);
			continue;
		}
		key = classify(line.path, &line, &below);
		key.process = process;
		group = group_of(mappings, &key);
		if (group)
			group->now.count++;
		else
			code = -ENOMEM;
		below = line;
	}
	free(text);
	return code;
}

static int read_process(struct mappings *mappings, const struct process *process)
{
	char path[64];
	FILE *in;
	int code;

	snprintf(path, sizeof(path), "/proc/%d/smaps", procfs_speaker(process->tgid));
	in = fopen(path, "re");
	if (!in)
		return 0;
	code = read_lines(mappings, process->id, in);
	fclose(in);
	return code;
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool is_zero(const struct mapping_group *group)
{
	return !group->count;
}

static void forget(const void *node, VISIT visit, void *context)
{
	struct group *group = *(struct group *const *)node;

	(void)context;
	if (visit != preorder && visit != leaf)
		return;
	group->now.count = 0;
	memset(group->now.bytes, 0, sizeof(group->now.bytes));
}

static void tell(const void *node, VISIT visit, void *context)
{
	struct mappings *mappings = context;
	struct group *group = *(struct group *const *)node;

	if (visit != preorder && visit != leaf)
		return;
	if (group->now.count != group->told.count ||
		memcmp(group->now.bytes, group->told.bytes, sizeof(group->now.bytes)) != 0)
		mappings->changed(mappings->context, &group->now);
	group->told = group->now;
	if (is_zero(&group->now) && mappings->gone_count < MAPPING_GROUPS_MAX)
		mappings->gone[mappings->gone_count++] = group;
}

static void remove_gone(struct mappings *mappings)
{
	while (mappings->gone_count) {
		struct group *group = mappings->gone[--mappings->gone_count];

		tdelete(group, &mappings->groups, compare);
		mappings->count--;
		free(group);
	}
}

struct mappings *mappings_new(void)
{
	struct mappings *mappings = calloc(1, sizeof(*mappings));

	if (mappings)
		mappings->gone = calloc(MAPPING_GROUPS_MAX, sizeof(struct group *));
	if (!mappings || !mappings->gone) {
		free(mappings);
		return NULL;
	}
	return mappings;
}

void mappings_free(struct mappings *mappings)
{
	if (!mappings)
		return;
	tdestroy(mappings->groups, free);
	free(mappings->gone);
	free(mappings);
}

bool mappings_due(const struct mappings *mappings, uint64_t now_ns)
{
	return now_ns >= mappings->due_ns;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int mappings_read(struct mappings *mappings, struct tree *tree, uint64_t now_ns,
	mapping_fn *changed, void *context, struct sample *sample)
{
	uint64_t begin = clock_ns(), cost;
	int code = 0;

	twalk_r(mappings->groups, forget, NULL);
	for (size_t i = 0; !code && i < tree_count(tree); i++)
		if (!tree_process(tree, i)->borrows)
			code = read_process(mappings, tree_process(tree, i));
	cost = clock_ns() - begin;
	if (code)
		return code;
	mappings->changed = changed;
	mappings->context = context;
	twalk_r(mappings->groups, tell, mappings);
	remove_gone(mappings);
	if (!mappings->first_ns)
		mappings->first_ns = now_ns;
	mappings->due_ns =
		now_ns + longer(longer(SHORTEST_INTERVAL_NS, cost * SMAPS_COST_TO_INTERVAL),
				 (now_ns - mappings->first_ns) / TIME_TO_INTERVAL);
	sample->v[METRIC_mappings_cost_ns] = cost;
	return 0;
}
