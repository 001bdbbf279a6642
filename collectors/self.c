/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer's own CPU time and RSS. Called at each sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "collectors/self.h"

int64_t self_cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ll +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ll;
}

void self_fill(int64_t base_cpu_ns, struct sample *sample)
{
	char text[128], *at;

	sample->v[METRIC_self_cpu_ns] = self_cpu_ns() - base_cpu_ns;
	if (procfs_read(getpid(), "statm", text, sizeof(text)) > 0 && (at = strchr(text, ' ')))
		sample->v[METRIC_self_rss_bytes] = strtoll(at, NULL, 10) * sysconf(_SC_PAGESIZE);
}
