/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak/run/allocator.h"
#include "soak/verbs/builtin.h"

static const struct workload {
	const char *name, *program, *iters, *words[BUILTIN_WORDS], *what;
} workloads[] = {
	{"mixed", "bench_random_mixed", "20000000", {"400", "1"}, "16-1024 B, 400 slots"},
	{"replace", "bench_replace", "20000000", {"400", "1"}, "16-1024 B, 400 blocks replaced"},
	{"ws100000", "bench_random_mixed", "20000000", {"100000", "1"}, "16-1024 B, 100 000 slots"},
	{"prodcon", "bench_prodcon", "10000000", {NULL}, "16-1024 B, freed by another thread"},
	{"larson", "bench_larson", "20000000", {NULL}, "16-1024 B, freed by the threads' heirs"},
	{"sizes", "bench_sizes", "10000000", {"400", "1"}, "16 B-64 KiB log-uniform, 400 slots"},
};

#define WORKLOADS (sizeof(workloads) / sizeof(*workloads))

static int take(const struct workload *workload, struct builtin *ret_builtin, char *error,
	size_t error_size)
{
	char **argv = ret_builtin->argv;

	if (allocator_own_file(".", SOAK_LIBEXECDIR, workload->program, ret_builtin->program)) {
		snprintf(error, error_size, "%s is neither beside soak nor in %s",
			workload->program, SOAK_LIBEXECDIR);
		return -ENOPKG;
	}
	ret_builtin->name = workload->name;
	ret_builtin->iters = workload->iters;
	*argv++ = ret_builtin->program;
	*argv++ = (char *)"0";
	for (int i = 0; i < BUILTIN_WORDS; i++)
		*argv++ = (char *)workload->words[i];
	*argv = NULL;
	return 0;
}

static void choices(const char *name, char *error, size_t error_size)
{
	FILE *out = fmemopen(error, error_size, "w");

	if (!out)
		return;
	fputs("choose ", out);
	for (size_t w = 0; w < WORKLOADS; w++)
		fprintf(out, "%s%s", workloads[w].name,
			w + 2 < WORKLOADS   ? ", "
			: w + 1 < WORKLOADS ? " or "
					    : "");
	fprintf(out, ", not %s", name);
	fclose(out);
	error[error_size - 1] = '\0';
}

int builtin_find(const char *name, struct builtin *ret_builtin, char *error, size_t error_size)
{
	for (size_t w = 0; w < WORKLOADS; w++)
		if (strcmp(name, workloads[w].name) == 0)
			return take(&workloads[w], ret_builtin, error, error_size);
	choices(name, error, error_size);
	return -EINVAL;
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
		fprintf(out, "%-12s  %-44s  %s\n", workload->name, command, workload->what);
	}
}
