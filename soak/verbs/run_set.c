/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of runs: see run_set.h. Called by soak compare and soak history. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/run_set.h"
#include "soak/verbs/verbs.h"

static const char *const fact_names[FACT_COUNT] = {[FACT_COMMAND] = "command",
	[FACT_HOST] = "host",
	[FACT_HOST_CPU] = "host_cpu",
	[FACT_KERNEL] = "kernel",
	[FACT_ALLOCATOR] = "allocator",
	[FACT_ALLOCATOR_VERSION] = "allocator_version",
	[FACT_OPS] = "ops",
	[FACT_INTERVAL] = "interval_ms",
	[FACT_DURATION] = "requested_s"};

const char *run_set_fact_name(enum run_set_fact fact)
{
	return fact_names[fact];
}

static int add_file(struct run_set *set, const char *path)
{
	if (set->n == set->capacity) {
		size_t capacity = set->capacity ? 2 * set->capacity : 16;
		struct loaded_run *runs = reallocarray(set->runs, capacity, sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		set->runs = runs;
		set->capacity = capacity;
	}
	set->runs[set->n] = (struct loaded_run){.path = strdup(path)};
	return set->runs[set->n++].path ? 0 : -ENOMEM;
}

static int is_run_file(const struct dirent *entry)
{
	return fnmatch("*.soak", entry->d_name, FNM_PERIOD) == 0;
}

int run_set_add(struct run_set *set, const char *path, struct text *error)
{
	char file[PATH_MAX];
	struct dirent **found;
	struct stat st;
	int n, code = 0;

	text_set(error, "%s: %s", path, strerror(ENOMEM));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return add_file(set, path);
	n = scandir(path, &found, is_run_file, alphasort);
	if (n <= 0)
		return text_fail(error, -ENOENT, "there is no run file (*.soak) in %s", path);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, found[i]->d_name);
		if (!code)
			code = add_file(set, file);
		free(found[i]);
	}
	free(found);
	return code;
}

/* Returns false if memory is short. */
static bool keep_facts(struct loaded_run *loaded, const struct run *run)
{
	for (int f = 0; f < FACT_COUNT; f++) {
		const char *fact = run_fact(run, fact_names[f]);

		loaded->facts[f] = strdup(fact ? fact : "");
		if (!loaded->facts[f])
			return false;
	}
	return true;
}

/* Returns 0 or an exit code. */
static int load(struct loaded_run *loaded, double warmup_s)
{
	struct judge_settings settings;
	struct judgement judgement;
	const char *start, *stopped;
	struct run *run;
	int code;

	judge_settings_init(&settings);
	settings.profile = "default"; /* figures are wanted, whatever it was judged by */
	code = open_and_judge(loaded->path, warmup_s, &settings, &run, &judgement);
	if (code)
		return code;
	start = run_fact(run, "start_utc");
	stopped = run_fact(run, "stopped_by_soak");
	snprintf(loaded->start_utc, sizeof(loaded->start_utc), "%s", start ? start : "");
	if (!stopped && !run_fact(run, "imported_from"))
		loaded->failed = "its recording broke off";
	else if (stopped && strcmp(stopped, "no") == 0 &&
		 (run_fact(run, "target_signal") ||
			 run_fact_number(run, "target_exit_status", 0) != 0))
		loaded->failed = "its target failed";
	loaded->figures = run_figures(run, &judgement);
	judgement_release(&judgement);
	return close_after_reading(run, keep_facts(loaded, run) ? 0 : EXIT_CANNOT_RUN);
}

static int by_start(const void *one, const void *other)
{
	const struct loaded_run *a = one, *b = other;
	int order = strcmp(a->start_utc, b->start_utc);

	return order ? order : strcmp(a->path, b->path);
}

int run_set_load(struct run_set *set, double warmup_s)
{
	for (size_t i = 0; i < set->n; i++) {
		int code = load(&set->runs[i], warmup_s);

		if (code)
			return code;
	}
	qsort(set->runs, set->n, sizeof(*set->runs), by_start);
	return 0;
}

void run_set_release(struct run_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->runs[i].path);
		for (int f = 0; f < FACT_COUNT; f++)
			free(set->runs[i].facts[f]);
	}
	free(set->runs);
	*set = (struct run_set){NULL, 0, 0};
}
