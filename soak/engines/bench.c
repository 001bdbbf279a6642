/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The published benchmark. One binary, Mixed unless another workload is named, runs under each
 * allocator, all of them once a round, in an environment that holds PATH, LD_PRELOAD and hakmem's
 * settings. Nothing observes these runs. Called by soak bench.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/engines/bench.h"
#include "soak/engines/interleave.h"
#include "soak/run/capture.h"
#include "soak/run/preload.h"
#include "soak/run/program.h"

#define BASELINE "mimalloc"
#define PUBLISHED "hakmem" /* whose milestones the scorecard names */
#define PASS_THROUGH "hakmem-libc"
/* Lengths of the two runs whose difference is what an op takes: start and end cancel. */
#define COUNTED_SHORT "100000"
#define COUNTED_LONG "600000"

/* ---- preparing ------------------------------------------------------------------------------- */

static int usage(struct bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int usage(struct bench *bench, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_set_va(&bench->error, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int find_allocator(struct bench *bench, struct bench_variant *variant)
{
	bool through = strcmp(variant->name, PASS_THROUGH) == 0;
	size_t n = 0;
	int code = allocator_find(
		through ? "hakmem" : variant->name, &variant->allocator, &bench->error);

	if (code)
		return code;
	variant->environment[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	variant->environment[n++] = text_of(&bench->setting);
	if (through)
		variant->environment[n++] = "HAKMEM_FORCE_LIBC_ALLOC=1";
	if (strcmp(variant->name, "glibc") == 0)
		return 0;
	if (preload_variable(
		    "", variant->allocator.path, variant->preload, sizeof(variant->preload)))
		return usage(bench, "cannot preload %s: no link to it can be made in /tmp",
			variant->allocator.path);
	variant->environment[n++] = variant->preload;
	return preload_try(variant->preload, "/bin/true", bench->user, &bench->error);
}

static int add_variant(struct bench *bench, const char *name)
{
	struct bench_variant *variant = &bench->variants[bench->n];

	for (size_t v = 0; v < bench->n; v++)
		if (strcmp(bench->variants[v].name, name) == 0)
			return usage(bench, "--allocators: %s is named twice", name);
	if (bench->n == BENCH_ALLOCATORS_MAX)
		return usage(bench, "--allocators: %s is one too many", name);
	*variant = (struct bench_variant){.name = name, .instructions = NAN};
	variant->runs = calloc((size_t)bench->runs, sizeof(*variant->runs));
	if (!variant->runs)
		return -ENOMEM;
	bench->n++;
	return find_allocator(bench, variant);
}

/* Puts the numbers given into the workload's words. */
static int prepare_workload(struct bench *bench)
{
	struct builtin *builtin = &bench->builtin;
	bool mixed = strcmp(bench->workload, BENCH_WORKLOAD) == 0;
	int code = builtin_find(bench->workload, builtin, &bench->error);

	if (code)
		return code;
	if (!mixed && (bench->numbers[1] || bench->numbers[2] || bench->instructions))
		return usage(bench,
			"--ws, --seed and --instructions go with the workload " BENCH_WORKLOAD
			", not with %s",
			bench->workload);
	builtin->argv[1] = (char *)builtin->iters;
	for (int i = 0; i < 3; i++)
		if (bench->numbers[i])
			builtin->argv[1 + i] = (char *)bench->numbers[i];
	return 0;
}

static int prepare(struct bench *bench)
{
	int code;
	char *rest;

	unsetenv("LD_PRELOAD"); /* the environment is to be a clean one */
	bench->user = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	text_set(&bench->setting, "HAKMEM_PROFILE=%s", bench->profile);
	code = prepare_workload(bench);
	if (code)
		return code;
	if (bench->instructions && program_find("valgrind", bench->valgrind, &bench->error))
		return usage(
			bench, "--instructions needs %s: apt-get install valgrind", "valgrind");
	rest = bench->list = strdup(bench->allocators);
	for (char *name = strsep(&rest, ","); name && !code; name = strsep(&rest, ","))
		code = add_variant(bench, name);
	return code;
}

/* ---- measuring ------------------------------------------------------------------------------- */

static int run_once(struct bench *bench, struct bench_variant *variant, char **words,
	struct capture *ret_capture)
{
	const struct target_options options = {.argv = words,
		.environment = variant->environment,
		.clean = true,
		.user = bench->user,
		.keep_fd = -1};
	scoped_text why = {0};
	int code = capture_run(&options, ret_capture, &why);

	if (code)
		text_set(&bench->error, "under %s: %s", variant->name, text_of(&why));
	return code;
}

/* The number behind `key`, which begins somewhere in what a run printed. */
static int find_number(
	struct bench *bench, const struct capture *capture, const char *key, double *ret_value)
{
	const char *found = strstr(capture->text, key);

	if (found && sscanf(found + strlen(key), " %lf", ret_value) == 1)
		return 0;
	return text_fail(&bench->error, -EPROTO, "a run printed no \"%s\"", key);
}

static int measure_speed(struct bench *bench, struct bench_variant *variant, struct bench_run *run)
{
	struct capture capture;
	double ops_per_s;
	int code = run_once(bench, variant, bench->builtin.argv, &capture);

	if (!code)
		code = find_number(bench, &capture, "Throughput =", &ops_per_s);
	if (!code)
		*run = (struct bench_run){ops_per_s / 1e6, capture.steal_pct, capture.others_pct};
	return code;
}

static int count_instructions(struct bench *bench, struct bench_variant *variant,
	const char *iterations, double *ret_count)
{
	char *words[] = {bench->valgrind, (char *)"--tool=callgrind",
		(char *)"--callgrind-out-file=/dev/null", (char *)"--log-fd=1",
		bench->builtin.program, (char *)iterations, bench->builtin.argv[2],
		bench->builtin.argv[3], NULL};
	struct capture capture;
	int code = run_once(bench, variant, words, &capture);

	return code ? code : find_number(bench, &capture, "Collected :", ret_count);
}

static int measure_instructions(struct bench *bench, struct bench_variant *variant)
{
	double few = 0, many = 0;
	int code = count_instructions(bench, variant, COUNTED_SHORT, &few);

	if (!code)
		code = count_instructions(bench, variant, COUNTED_LONG, &many);
	variant->instructions =
		(many - few) / (strtod(COUNTED_LONG, NULL) - strtod(COUNTED_SHORT, NULL));
	return code;
}

static int measure(struct bench *bench)
{
	int code = 0;

	for (size_t r = 0; r < (size_t)bench->runs; r++)
		for (size_t i = 0; i < bench->n && !code; i++) {
			struct bench_variant *variant =
				&bench->variants[interleave(r, i, bench->n)];

			bench->progress("round", r, variant->name);
			code = measure_speed(bench, variant, &variant->runs[r]);
		}
	for (size_t v = 0; v < bench->n && bench->instructions && !code; v++) {
		bench->progress("instructions", v, bench->variants[v].name);
		code = measure_instructions(bench, &bench->variants[v]);
	}
	return code;
}

/* ---- the result ------------------------------------------------------------------------------ */

static int index_of(const struct bench *bench, const char *name)
{
	for (size_t v = 0; v < bench->n; v++)
		if (strcmp(bench->variants[v].name, name) == 0)
			return (int)v;
	return -1;
}

static int sum_up(struct bench *bench, struct bench_report *report)
{
	size_t runs = (size_t)bench->runs;
	double *mops = calloc(bench->n * runs, sizeof(*mops));
	int code = mops ? 0 : -ENOMEM;

	for (size_t v = 0; v < bench->n && !code; v++) {
		const struct bench_variant *variant = &bench->variants[v];

		bench->rows[v] = (struct bench_row){.name = variant->name,
			.path = variant->allocator.path,
			.version = variant->allocator.version,
			.runs = variant->runs,
			.instructions = variant->instructions};
		for (size_t r = 0; r < runs; r++) {
			mops[v * runs + r] = variant->runs[r].mops;
			report->steal_pct += variant->runs[r].steal_pct / (bench->n * runs);
			report->others_pct += variant->runs[r].others_pct / (bench->n * runs);
		}
		code = summary_of(mops + v * runs, runs, &bench->rows[v].mops);
	}
	for (size_t v = 0; v < bench->n && !code && report->baseline >= 0; v++)
		paired_ratio(mops + (size_t)report->baseline * runs, mops + v * runs, runs, 0.95,
			&bench->rows[v].ratio);
	free(mops);
	return code;
}

static void name_command(struct bench *bench)
{
	text_set(&bench->command, "%s", basename(bench->builtin.program));
	for (char **word = bench->builtin.argv + 1; *word; word++)
		text_add(&bench->command, " %s", *word);
}

int bench_run(struct bench *bench, struct bench_report *ret_report)
{
	int code = prepare(bench);

	if (!code)
		code = measure(bench);
	if (code)
		return code;
	name_command(bench);
	*ret_report = (struct bench_report){.command = text_of(&bench->command),
		.profile = bench->profile,
		.rows = bench->rows,
		.rows_count = bench->n,
		.rounds = (size_t)bench->runs,
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.baseline = index_of(bench, BASELINE),
		.milestones_of = strcmp(bench->workload, BENCH_WORKLOAD) == 0
					 ? index_of(bench, PUBLISHED)
					 : -1};
	return sum_up(bench, ret_report);
}

void bench_release(struct bench *bench)
{
	for (size_t v = 0; v < bench->n; v++)
		free(bench->variants[v].runs);
	free(bench->list);
	text_release(&bench->error);
	text_release(&bench->command);
	text_release(&bench->setting);
}
