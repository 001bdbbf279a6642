/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * soak bench: the published benchmark. One binary, Mixed unless --workload names another, runs
 * under each allocator, all of them once a round, in an environment that holds PATH, LD_PRELOAD and
 * hakmem's settings. Nothing observes these runs.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/ops/allocators.h"
#include "soak/report/bench_report.h"
#include "soak/run/allocator.h"
#include "soak/run/capture.h"
#include "soak/run/preload.h"
#include "soak/run/program.h"
#include "soak/engines/builtin.h"
#include "soak/engines/interleave.h"
#include "soak/verbs/verbs.h"

#define ALLOCATORS_MAX 16
#define ALLOCATORS_DEFAULT "hakmem,hakmem-libc,glibc,mimalloc"
#define BASELINE "mimalloc"
#define MIXED "mixed"
#define PUBLISHED "hakmem" /* whose milestones the scorecard names */
#define PASS_THROUGH "hakmem-libc"
#define RUNS_MAX 1000
/* Lengths of the two runs whose difference is what an op takes: start and end cancel. */
#define COUNTED_SHORT "100000"
#define COUNTED_LONG "600000"

/* What an allocator's runs are started with. */
struct variant {
	const char *name;
	struct allocator allocator;
	char preload[PATH_MAX + 16];
	const char *environment[6];
	struct bench_run *runs;
	double instructions;
};

struct bench {
	const char *allocators, *profile, *workload;
	const char *numbers[3]; /* ITERS, WS, SEED; NULL: the workload's own */
	const char *user;
	unsigned int runs;
	bool json, instructions;
	struct builtin builtin;
	char valgrind[PATH_MAX], *list, setting[128], error[1024];
	struct variant variants[ALLOCATORS_MAX];
	size_t n;
};

/* ---- preparing ------------------------------------------------------------------------------- */

static int usage(struct bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int usage(struct bench *bench, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(bench->error, sizeof(bench->error), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int find_allocator(struct bench *bench, struct variant *variant)
{
	bool through = strcmp(variant->name, PASS_THROUGH) == 0;
	size_t n = 0;
	int code = allocator_find(through ? "hakmem" : variant->name, &variant->allocator,
		bench->error, sizeof(bench->error));

	if (code)
		return code;
	variant->environment[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	variant->environment[n++] = bench->setting;
	if (through)
		variant->environment[n++] = "HAKMEM_FORCE_LIBC_ALLOC=1";
	if (strcmp(variant->name, "glibc") == 0)
		return 0;
	if (preload_variable(
		    "", variant->allocator.path, variant->preload, sizeof(variant->preload)))
		return usage(bench, "cannot preload %s: no link to it can be made in /tmp",
			variant->allocator.path);
	variant->environment[n++] = variant->preload;
	return preload_try(
		variant->preload, "/bin/true", bench->user, bench->error, sizeof(bench->error));
}

static int add_variant(struct bench *bench, const char *name)
{
	struct variant *variant = &bench->variants[bench->n];

	for (size_t v = 0; v < bench->n; v++)
		if (strcmp(bench->variants[v].name, name) == 0)
			return usage(bench, "--allocators: %s is named twice", name);
	if (bench->n == ALLOCATORS_MAX)
		return usage(bench, "--allocators: %s is one too many", name);
	*variant = (struct variant){.name = name, .instructions = NAN};
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
	bool mixed = strcmp(bench->workload, MIXED) == 0;
	int code = builtin_find(bench->workload, builtin, bench->error, sizeof(bench->error));

	if (code)
		return code;
	if (!mixed && (bench->numbers[1] || bench->numbers[2] || bench->instructions))
		return usage(bench,
			"--ws, --seed and --instructions go with the workload " MIXED
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
	snprintf(bench->setting, sizeof(bench->setting), "HAKMEM_PROFILE=%s", bench->profile);
	code = prepare_workload(bench);
	if (code)
		return code;
	if (bench->instructions &&
		program_find("valgrind", bench->valgrind, bench->error, sizeof(bench->error)))
		return usage(
			bench, "--instructions needs %s: apt-get install valgrind", "valgrind");
	rest = bench->list = strdup(bench->allocators);
	for (char *name = strsep(&rest, ","); name && !code; name = strsep(&rest, ","))
		code = add_variant(bench, name);
	return code;
}

/* ---- measuring ------------------------------------------------------------------------------- */

static int run_once(
	struct bench *bench, struct variant *variant, char **words, struct capture *ret_capture)
{
	const struct target_options options = {.argv = words,
		.environment = variant->environment,
		.clean = true,
		.user = bench->user,
		.keep_fd = -1};
	char why[512];
	int code = capture_run(&options, ret_capture, why, sizeof(why));

	if (code)
		snprintf(bench->error, sizeof(bench->error), "under %s: %s", variant->name, why);
	return code;
}

/* The number behind `key`, which begins somewhere in what a run printed. */
static int find_number(
	struct bench *bench, const struct capture *capture, const char *key, double *ret_value)
{
	const char *found = strstr(capture->text, key);

	if (found && sscanf(found + strlen(key), " %lf", ret_value) == 1)
		return 0;
	snprintf(bench->error, sizeof(bench->error), "a run printed no \"%s\"", key);
	return -EPROTO;
}

static int measure_speed(struct bench *bench, struct variant *variant, struct bench_run *run)
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

static int count_instructions(
	struct bench *bench, struct variant *variant, const char *iterations, double *ret_count)
{
	char *words[] = {bench->valgrind, (char *)"--tool=callgrind",
		(char *)"--callgrind-out-file=/dev/null", (char *)"--log-fd=1",
		bench->builtin.program, (char *)iterations, bench->builtin.argv[2],
		bench->builtin.argv[3], NULL};
	struct capture capture;
	int code = run_once(bench, variant, words, &capture);

	return code ? code : find_number(bench, &capture, "Collected :", ret_count);
}

static int measure_instructions(struct bench *bench, struct variant *variant)
{
	double few = 0, many = 0;
	int code = count_instructions(bench, variant, COUNTED_SHORT, &few);

	if (!code)
		code = count_instructions(bench, variant, COUNTED_LONG, &many);
	variant->instructions =
		(many - few) / (strtod(COUNTED_LONG, NULL) - strtod(COUNTED_SHORT, NULL));
	return code;
}

static void show_progress(const char *what, size_t round, const char *name)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s %zu: %s\r", what, round + 1, name);
}

static int measure(struct bench *bench)
{
	int code = 0;

	for (size_t r = 0; r < (size_t)bench->runs; r++)
		for (size_t i = 0; i < bench->n && !code; i++) {
			struct variant *variant = &bench->variants[interleave(r, i, bench->n)];

			show_progress("round", r, variant->name);
			code = measure_speed(bench, variant, &variant->runs[r]);
		}
	for (size_t v = 0; v < bench->n && bench->instructions && !code; v++) {
		show_progress("instructions", v, bench->variants[v].name);
		code = measure_instructions(bench, &bench->variants[v]);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
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

static int sum_up(struct bench *bench, struct bench_report *report, struct bench_row *rows)
{
	size_t runs = (size_t)bench->runs;
	double *mops = calloc(bench->n * runs, sizeof(*mops));
	int code = mops ? 0 : -ENOMEM;

	for (size_t v = 0; v < bench->n && !code; v++) {
		const struct variant *variant = &bench->variants[v];

		rows[v] = (struct bench_row){.name = variant->name,
			.path = variant->allocator.path,
			.version = variant->allocator.version,
			.runs = variant->runs,
			.instructions = variant->instructions};
		for (size_t r = 0; r < runs; r++) {
			mops[v * runs + r] = variant->runs[r].mops;
			report->steal_pct += variant->runs[r].steal_pct / (bench->n * runs);
			report->others_pct += variant->runs[r].others_pct / (bench->n * runs);
		}
		code = summary_of(mops + v * runs, runs, &rows[v].mops);
	}
	for (size_t v = 0; v < bench->n && !code && report->baseline >= 0; v++)
		paired_ratio(mops + (size_t)report->baseline * runs, mops + v * runs, runs, 0.95,
			&rows[v].ratio);
	free(mops);
	return code;
}

static int report_result(struct bench *bench)
{
	struct bench_row rows[ALLOCATORS_MAX];
	char command[512];
	struct bench_report report = {.command = command,
		.profile = bench->profile,
		.rows = rows,
		.rows_count = bench->n,
		.rounds = (size_t)bench->runs,
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.baseline = index_of(bench, BASELINE),
		.milestones_of =
			strcmp(bench->workload, MIXED) == 0 ? index_of(bench, PUBLISHED) : -1};
	int code = sum_up(bench, &report, rows), length;

	length = snprintf(command, sizeof(command), "%s", basename(bench->builtin.program));
	for (char **word = bench->builtin.argv + 1; *word; word++)
		length +=
			snprintf(command + length, sizeof(command) - (size_t)length, " %s", *word);
	if (code)
		return code;
	if (bench->json)
		return bench_json(stdout, &report);
	bench_print(stdout, &report);
	return 0;
}

/* ---- the verb -------------------------------------------------------------------------------- */

/* A word of the workload's command, once it is known to be a number. */
static int set_number(
	const struct option_row *row, void *field, const char *value, char *error, size_t size)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || strlen(value) > 18 || number < row->least ||
		number > row->most)
		return -EINVAL;
	return option_text(row, field, value, error, size);
}

static int set_workload(
	const struct option_row *row, void *field, const char *value, char *error, size_t size)
{
	if (strcmp(value, "list") == 0) {
		builtin_list(stdout);
		exit(EXIT_PASS);
	}
	return option_text(row, field, value, error, size);
}

#define FIELD(name) .field = offsetof(struct bench, name)

static const struct option_row bench_rows[] = {
	{"allocators", 'a', "NAME,...",
		"default " ALLOCATORS_DEFAULT "; of " ALLOCATORS_LISTED "a library's path. "
		"hakmem-libc: libc behind hakmem's entry points",
		0, option_text, FIELD(allocators), .values = VALUES_ALLOCATORS},
	{"runs", 0, "N", "of each allocator (default 10)", 0, option_count, FIELD(runs), .least = 2,
		.most = RUNS_MAX, .expects = "a whole number from 2 to 1000"},
	{"workload", 'W', "NAME", "a built-in program (default " MIXED "); list: shows them all", 0,
		set_workload, FIELD(workload), .values = VALUES_WORKLOADS},
	{"iters", 0, "N", "iterations of a run (default of " MIXED ": 20000000)", 1, set_number,
		FIELD(numbers[0]), .least = 1, .most = 1e12,
		.expects = "a whole number from 1 to 1000000000000"},
	{"ws", 0, "N", "slots of the table of " MIXED " (default 400)", 1, set_number,
		FIELD(numbers[1]), .least = 1, .most = UINT32_MAX,
		.expects = "a whole number from 1 to 4294967295"},
	{"seed", 0, "N", "of the random numbers of " MIXED " (default 1)", 1, set_number,
		FIELD(numbers[2]), .most = 1e18, .expects = "a whole number of up to 18 digits"},
	{"profile", 0, "NAME", "HAKMEM_PROFILE (default MIXED_TINYV3_C7_SAFE)", 1, option_text,
		FIELD(profile)},
	{"instructions", 0, NULL,
		"instructions per op of " MIXED
		" as well, by valgrind: the same on any machine, busy or not",
		2, option_flag, FIELD(instructions)},
	{"json", 0, NULL, "one JSON object", 2, option_flag, FIELD(json)}, {0}};

static const struct option_set options[] = {{.rows = bench_rows}, {0}};

static int cmd_bench(int argc, char **argv)
{
	struct bench bench = {.allocators = ALLOCATORS_DEFAULT,
		.profile = "MIXED_TINYV3_C7_SAFE",
		.workload = MIXED,
		.runs = 10};
	int code;

	verb_parse(&verb_bench, argc, argv, &bench);
	code = prepare(&bench);
	if (!code)
		code = measure(&bench);
	if (!code)
		code = report_result(&bench);
	for (size_t v = 0; v < bench.n; v++)
		free(bench.variants[v].runs);
	free(bench.list);
	if (!code)
		return EXIT_PASS;
	fprintf(stderr, "soak bench: %s\n", code == -ENOMEM ? strerror(ENOMEM) : bench.error);
	return exit_code_of_error(code);
}

const struct verb verb_bench = {.name = "bench",
	.does = "the published 10-run benchmark, allocators interleaved",
	.doc = "The published benchmark: Mixed (16-1024 B, one thread), the same binary "
	       "under each allocator, a cleaned environment, interleaved runs. Ratios are "
	       "to mimalloc.",
	.after = "Examples:\n"
		 "  soak bench                                    ten runs of each: 15 "
		 "seconds\n"
		 "  soak bench -a hakmem,jemalloc,mimalloc --runs 20\n"
		 "  soak bench -W sizes                           another workload\n"
		 "  soak bench -a ./libnew.so,./libold.so,mimalloc --instructions\n\n"
		 "Exit status: 0 measured, 2 usage, 4 a run failed.",
	.options = options,
	.run = cmd_bench};
