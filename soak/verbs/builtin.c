/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak/run/allocator.h"
#include "soak/verbs/builtin.h"

static const struct {
	const char *name, *program, *arguments[3];
} workloads[] = {
	{"mixed", "bench_random_mixed", {"0", "400", "1"}},
	{"replace", "bench_replace", {"0", "400", "1"}},
	{"prodcon", "bench_prodcon", {"0", NULL}},
	{"larson", "bench_larson", {"0", NULL}},
	{"sizes", "bench_sizes", {"0", "400", "1"}},
};

int builtin_find(const char *name, struct builtin *ret_builtin, char *error, size_t error_size)
{
	for (size_t w = 0; w < sizeof(workloads) / sizeof(*workloads); w++) {
		if (strcmp(name, workloads[w].name) != 0)
			continue;
		if (allocator_own_file(
			    ".", SOAK_LIBEXECDIR, workloads[w].program, ret_builtin->program)) {
			snprintf(error, error_size, "%s is neither beside soak nor in %s",
				workloads[w].program, SOAK_LIBEXECDIR);
			return -ENOPKG;
		}
		ret_builtin->name = workloads[w].name;
		ret_builtin->argv[0] = ret_builtin->program;
		for (int i = 0; i < 3; i++)
			ret_builtin->argv[1 + i] = (char *)workloads[w].arguments[i];
		return 0;
	}
	snprintf(
		error, error_size, "choose mixed, replace, prodcon, larson or sizes, not %s", name);
	return -EINVAL;
}
