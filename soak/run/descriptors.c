/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raises the soft limit on descriptors. Called by the session before counters are opened. */
#include <stdio.h>

#include "soak/run/descriptors.h"

/* What the kernel allows any process at most. */
static rlim_t most(void)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "re");
	unsigned long long value = 0;

	if (file) {
		if (fscanf(file, "%llu", &value) != 1)
			value = 0;
		fclose(file);
	}
	return value;
}

void descriptors_raise(struct rlimit *ret_before)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, ret_before))
		*ret_before = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	limit.rlim_cur = limit.rlim_max = most();
	/* Above the hard limit only with CAP_SYS_RESOURCE. */
	if (limit.rlim_max > ret_before->rlim_max && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	limit.rlim_cur = limit.rlim_max = ret_before->rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptors_restore(const struct rlimit *before)
{
	setrlimit(RLIMIT_NOFILE, before);
}

unsigned long long descriptors_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) ? 0 : limit.rlim_cur;
}
