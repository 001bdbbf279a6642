/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills RSS, faults, threads and CPU time of a sample. Called by the session at each tick. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/memory.h"
#include "collectors/address_spaces.h"
#include "collectors/memory.h"
#include "collectors/procfs.h"

static int read_by_probe(
	const struct probes *probes, const struct process *process, struct memory_usage *usage)
{
	struct memory_request request = {.tgid = process->live->kernel_tgid};
	int64_t page = sysconf(_SC_PAGESIZE);
	int code = probes_read_memory(probes, process->tgid, &request);

	if (code)
		return code;
	*usage = (struct memory_usage){
		.address_space = request.mm,
		.anon_bytes = request.anon_pages * page,
		.file_bytes = request.file_pages * page,
		.shmem_bytes = request.shmem_pages * page,
		.swap_bytes = request.swap_entries * page,
		.vmas = request.vmas,
		.pgtables_bytes = request.pgtables_bytes,
		.counted = {[PROCESS_MINFLT] = request.minflt,
			[PROCESS_MAJFLT] = request.majflt,
			[PROCESS_CPU_NS] = request.cpu_ns},
		.threads = request.threads,
	};
	return 0;
}

/* A line in kB that not every kernel writes. */
static int64_t bytes_of(const char *status, const char *key)
{
	int64_t kib = procfs_field(status, key);

	return kib < 0 ? SAMPLE_NONE : kib * 1024;
}

static int read_by_procfs(pid_t tgid, struct memory_usage *usage)
{
	long tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	unsigned long minflt, majflt, user, system;
	char text[4096];
	const char *end;
	long threads;

	if (procfs_read(tgid, "status", text, sizeof(text)) <= 0 ||
		procfs_field(text, "RssAnon") < 0)
		return -ESRCH;
	usage->address_space = 0;
	usage->anon_bytes = procfs_field(text, "RssAnon") * 1024;
	usage->file_bytes = procfs_field(text, "RssFile") * 1024;
	usage->shmem_bytes = procfs_field(text, "RssShmem") * 1024;
	usage->swap_bytes = bytes_of(text, "VmSwap");
	usage->pgtables_bytes = bytes_of(text, "VmPTE");
	usage->vmas = SAMPLE_NONE;
	if (procfs_read(tgid, "stat", text, sizeof(text)) <= 0 || !(end = strrchr(text, ')')))
		return -ESRCH;
	if (sscanf(end + 2,
		    "%*c %*d %*d %*d %*d %*d %*u %lu %*u %lu %*u %lu %lu %*d %*d %*d %*d %ld",
		    &minflt, &majflt, &user, &system, &threads) != 5)
		return -ESRCH;
	usage->counted[PROCESS_MINFLT] = minflt;
	usage->counted[PROCESS_MAJFLT] = majflt;
	usage->counted[PROCESS_CPU_NS] = (user + system) * tick_ns;
	usage->threads = threads;
	return 0;
}

int memory_read_process(
	const struct probes *probes, const struct process *process, struct memory_usage *ret_usage)
{
	if (probes && !probes_absent(probes, PROBE_MEMORY))
		return read_by_probe(probes, process, ret_usage);
	return read_by_procfs(process->tgid, ret_usage);
}

/* RSS by the second source, or -1. */
static int64_t read_statm(struct process *process)
{
	char text[128], *at;
	ssize_t length;

	if (process->statm_fd < 0) {
		char path[32];

		snprintf(path, sizeof(path), "/proc/%d/statm", procfs_speaker(process->tgid));
		process->statm_fd = open(path, O_RDONLY | O_CLOEXEC);
		if (process->statm_fd < 0)
			return -1;
	}
	length = pread(process->statm_fd, text, sizeof(text) - 1, 0);
	if (length <= 0)
		return -1;
	text[length] = 0;
	/* Its first thread has called pthread_exit(), and speaks no more. */
	if (strncmp(text, "0 ", 2) == 0) {
		close(process->statm_fd);
		process->statm_fd = -1;
		return -1;
	}
	at = strchr(text, ' ');
	return at ? strtoll(at, NULL, 10) * sysconf(_SC_PAGESIZE) : -1;
}

static void add_memory(
	struct sample *sample, struct process *process, const struct memory_usage *usage)
{
	int64_t rss = usage->anon_bytes + usage->file_bytes + usage->shmem_bytes;
	int64_t statm = read_statm(process);

	if (statm >= 0)
		sample_add(sample, METRIC_statm_rss_bytes, statm);
	sample_add(sample, METRIC_rss_anon_bytes, usage->anon_bytes);
	sample_add(sample, METRIC_rss_file_bytes, usage->file_bytes);
	sample_add(sample, METRIC_rss_shmem_bytes, usage->shmem_bytes);
	if (usage->swap_bytes != SAMPLE_NONE)
		sample_add(sample, METRIC_swap_bytes, usage->swap_bytes);
	if (usage->pgtables_bytes != SAMPLE_NONE)
		sample_add(sample, METRIC_pgtables_bytes, usage->pgtables_bytes);
	if (usage->vmas != SAMPLE_NONE)
		sample_add(sample, METRIC_vmas, usage->vmas);
	if (rss > process->peak_rss_bytes)
		process->peak_rss_bytes = rss;
}

/*
 * Has it memory of its own? A child that borrows may execute at any time, and then has: so those
 * that are compared by the kernel are compared before they are read. The probe reads both at once.
 */
static bool read_own(const struct probes *probes, struct process *process,
	struct address_spaces *spaces, struct memory_usage *usage, int *ret_code)
{
	bool by_probe = probes && !probes_absent(probes, PROBE_MEMORY);
	bool own = by_probe || address_spaces_add(spaces, 0, process->tgid);

	*ret_code = memory_read_process(probes, process, usage);
	if (*ret_code == 0 && by_probe)
		own = address_spaces_add(spaces, usage->address_space, process->tgid);
	return own;
}

static void add_process(const struct probes *probes, struct process *process,
	struct address_spaces *spaces, struct sample *sample)
{
	struct memory_usage usage;
	int code;

	process->borrows = !read_own(probes, process, spaces, &usage, &code);
	/* A process that is just ending keeps the counts that it was last seen with. */
	if (code)
		return;
	if (!process->borrows)
		add_memory(sample, process, &usage);
	sample_add(sample, METRIC_threads, usage.threads);
	for (int c = 0; c < PROCESS_USAGE; c++)
		process->counted[c] = usage.counted[c] - process->base[c];
}

void memory_fill(const struct probes *probes, struct tree *tree, struct sample *sample)
{
	struct address_spaces *spaces = address_spaces_new(tree_count(tree));

	for (size_t i = 0; i < tree_count(tree); i++)
		add_process(probes, tree_process(tree, i), spaces, sample);
	for (int c = 0; c < PROCESS_USAGE; c++)
		tree_fill_counter(tree, c, sample);
	address_spaces_free(spaces);
}
