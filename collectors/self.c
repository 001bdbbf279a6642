/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer's own CPU time and RSS. Called at each sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "collectors/self.h"

void self_fill(struct sample *sample)
{
	struct rusage usage;
	char text[128], *at;

	getrusage(RUSAGE_SELF, &usage);
	sample->v[METRIC_self_cpu_ns] =
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ll +
		(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ll;
	if (procfs_read(getpid(), "statm", text, sizeof(text)) > 0 && (at = strchr(text, ' ')))
		sample->v[METRIC_self_rss_bytes] = strtoll(at, NULL, 10) * sysconf(_SC_PAGESIZE);
}
