/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak bench: what soak/engines/bench.c measures, as a scorecard or as JSON. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/ops/allocators.h"
#include "soak/engines/bench.h"
#include "soak/verbs/verbs.h"

#define ALLOCATORS_DEFAULT "hakmem,hakmem-libc,glibc,mimalloc"
#define RUNS_MAX 1000

struct verb_bench {
	struct bench bench;
	bool json;
};

static void show_progress(const char *what, size_t number, const char *allocator)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s %zu: %s\r", what, number + 1, allocator);
}

/* A word of the workload's command, once it is known to be a number. */
static int set_number(struct option_value given)
{
	char *end;
	unsigned long number = strtoul(given.value, &end, 10);

	if (*given.value < '0' || *given.value > '9' || *end || strlen(given.value) > 18 ||
		number < given.row->least || number > given.row->most)
		return -EINVAL;
	return option_text(given);
}

static int set_workload(struct option_value given)
{
	if (strcmp(given.value, "list") == 0) {
		builtin_list(stdout);
		exit(EXIT_PASS);
	}
	return option_text(given);
}

#define FIELD(name) .field = offsetof(struct verb_bench, bench.name)

static const struct option_row bench_rows[] = {
	{"allocators", 'a', "NAME,...",
		"default " ALLOCATORS_DEFAULT "; of " ALLOCATORS_LISTED "a library's path. "
		"hakmem-libc: libc behind hakmem's entry points",
		0, option_text, FIELD(allocators), .values = VALUES_ALLOCATORS},
	{"runs", 0, "N", "runs of each allocator (default 10)", 0, option_count, FIELD(runs),
		.least = 2, .most = RUNS_MAX, .expects = "a whole number from 2 to 1000"},
	{"workload", 'W', "NAME",
		"a built-in program (default " BENCH_WORKLOAD "); list: shows them all", 0,
		set_workload, FIELD(workload), .values = VALUES_WORKLOADS},
	{"iters", 0, "N", "iterations of a run (default of " BENCH_WORKLOAD ": 20000000)", 1,
		set_number, FIELD(numbers[0]), .least = 1, .most = 1e12,
		.expects = "a whole number from 1 to 1000000000000"},
	{"ws", 0, "N", "slots of the table of " BENCH_WORKLOAD " (default 400)", 1, set_number,
		FIELD(numbers[1]), .least = 1, .most = UINT32_MAX,
		.expects = "a whole number from 1 to 4294967295"},
	{"seed", 0, "N", "seed of the random numbers of " BENCH_WORKLOAD " (default 1)", 1,
		set_number, FIELD(numbers[2]), .most = 1e18,
		.expects = "a whole number of up to 18 digits"},
	{"profile", 0, "NAME", "HAKMEM_PROFILE (default MIXED_TINYV3_C7_SAFE)", 1, option_text,
		FIELD(profile)},
	{"instructions", 0, NULL,
		"also count instructions per op of " BENCH_WORKLOAD
		" by valgrind; a busy machine does not change them",
		2, option_flag, FIELD(instructions)},
	{"json", 0, NULL, "one JSON object", 2, option_flag,
		.field = offsetof(struct verb_bench, json)},
	{0}};

static const struct option_set options[] = {{.rows = bench_rows}, {0}};

static int cmd_bench(int argc, char **argv)
{
	struct verb_bench verb = {.bench = {.allocators = ALLOCATORS_DEFAULT,
					  .profile = "MIXED_TINYV3_C7_SAFE",
					  .workload = BENCH_WORKLOAD,
					  .runs = 10,
					  .progress = show_progress}};
	struct bench_report report;
	int code;

	verb_parse(&verb_bench, argc, argv, &verb);
	code = bench_run(&verb.bench, &report);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (!code && verb.json)
		code = bench_json(stdout, &report);
	else if (!code)
		bench_print(stdout, &report);
	if (code)
		fprintf(stderr, "soak bench: %s\n",
			code == -ENOMEM ? strerror(ENOMEM) : text_of(&verb.bench.error));
	bench_release(&verb.bench);
	return code ? (int)exit_code_of_error(code) : EXIT_PASS;
}

const struct verb verb_bench = {.name = "bench",
	.does = "run the published 10-run benchmark, allocators interleaved",
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
