/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of workloads. Called by soak run, soak bench and job files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak/run/allocator.h"
#include "soak/engines/builtin.h"
#include "soak/words/choice.h"

#define SPARSE "BYTES=281600000", "SIZE=0", "SECONDS=10", "KEPT=20", "LIGHT=1"

static const struct workload {
	const char *name, *program, *iters, *words[BUILTIN_WORDS], *what;
} workloads[] = {
	{"mixed", "bench_random_mixed", "20000000", {"400", "1"}, "16-1024 B, 400 slots"},
	{"replace", "bench_replace", "20000000", {"400", "1"}, "16-1024 B, 400 blocks replaced"},
	{"ws100000", "bench_random_mixed", "20000000", {"100000", "1"}, "16-1024 B, 100 000 slots"},
	{"prodcon", "bench_prodcon", "10000000", {NULL}, "16-1024 B, freed by another thread"},
	{"prodcon-uniform", "bench_prodcon", "1000000", {"MAX=65536"},
		"16 B-64 KiB, freed by another thread"},
	{"funnel", "bench_prodcon", "5000000", {"PAIRS=16", "RING=44471", "FUNNEL=1"},
		"16 threads allocate, one frees; 370 MB live"},
	{"larson", "bench_larson", "20000000", {NULL}, "16-1024 B, freed by the threads' heirs"},
	{"sizes", "bench_sizes", "10000000", {"400", "1"}, "16 B-64 KiB log-uniform, 400 slots"},
	{"uniform", "bench_uniform", "5000000", {NULL}, "16 B-64 KiB uniform, 400 slots"},
	{"uniform-2", "bench_uniform", "5000000", {"THREADS=2"},
		"16 B-64 KiB uniform, 400 slots in each of 2 threads"},
	{"large", "bench_uniform", "1000000", {"WS=50", "MIN=65536", "MAX=524288"},
		"64-512 KiB, 50 slots"},
	{"large-4m", "bench_uniform", "200000", {"WS=20", "MIN=524288", "MAX=4194304"},
		"0.5-4 MiB, 20 slots"},
	{"large-16m", "bench_uniform", "100000", {"WS=8", "MIN=4194304", "MAX=16777216"},
		"4-16 MiB, 8 slots"},
	{"waves", "bench_waves", "10", {NULL}, "live memory 0 to 64 MB to 0, 10 times a second"},
	{"waves-1s", "bench_waves", "2", {"BYTES=100000000", "PERIOD=1000"},
		"live memory 0 to 100 MB to 0, once a second"},
	{"requests", "bench_requests", "300", {NULL}, "8 MB in pieces of 1 KiB-1 MiB, all freed"},
	{"grow", "bench_grow", "5000", {NULL}, "8 arrays reallocated from 64 B to 8 MB"},
	{"idle", "bench_idle", "2000", {NULL}, "400 threads that had 5 MB once and sleep"},
	{"drain", "bench_drain", "1", {NULL}, "110 MB of 256 B freed"},
	{"drain-large", "bench_drain", "1", {"BYTES=5242880000", "SIZE=262144", "TOUCH=0"},
		"20 000 x 256 KiB freed, a word of each written"},
	{"drain-120", "bench_drain", "1", {"BYTES=6000000000", "SIZE=120"}, "6 GB of 120 B freed"},
	{"drain-sparse", "bench_drain", "1", {SPARSE}, "300 000 mixed blocks, one in 20 kept"},
	{"drain-busy", "bench_drain", "1", {SPARSE, "BUSY=4"}, "the same beside four busy threads"},
};

#define WORKLOADS (sizeof(workloads) / sizeof(*workloads))

static int take(const struct workload *workload, struct builtin *ret_builtin, struct text *error)
{
	char **argv = ret_builtin->argv;

	if (allocator_own_file(".", SOAK_LIBEXECDIR, workload->program, ret_builtin->program))
		return text_fail(error, -ENOPKG, "%s is neither beside soak nor in %s",
			workload->program, SOAK_LIBEXECDIR);
	ret_builtin->name = workload->name;
	ret_builtin->iters = workload->iters;
	*argv++ = ret_builtin->program;
	*argv++ = (char *)"0";
	for (int i = 0; i < BUILTIN_WORDS; i++)
		*argv++ = (char *)workload->words[i];
	*argv = NULL;
	return 0;
}

static void say_unknown(const char *name, struct text *error)
{
	const char *names[WORKLOADS + 1] = {NULL};

	for (size_t w = 0; w < WORKLOADS; w++)
		names[w] = workloads[w].name;
	choice_unknown(error, "workload", name, names, "soak run -W list");
}

int builtin_find(const char *name, struct builtin *ret_builtin, struct text *error)
{
	for (size_t w = 0; w < WORKLOADS; w++)
		if (strcmp(name, workloads[w].name) == 0)
			return take(&workloads[w], ret_builtin, error);
	say_unknown(name, error);
	return -EINVAL;
}

const char *builtin_at(size_t place, const char **ret_what)
{
	if (place >= WORKLOADS)
		return NULL;
	*ret_what = workloads[place].what;
	return workloads[place].name;
}

void builtin_list(FILE *out)
{
	for (size_t w = 0; w < WORKLOADS; w++) {
		const struct workload *workload = &workloads[w];
		char command[256];
		int length = snprintf(
			command, sizeof(command), "%s %s", workload->program, workload->iters);

		for (int i = 0; i < BUILTIN_WORDS && workload->words[i]; i++)
			length += snprintf(command + length, sizeof(command) - (size_t)length,
				" %s", workload->words[i]);
		fprintf(out, "%-15s  %-77s  %s\n", workload->name, command, workload->what);
	}
}
