/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steal, busy time and pressure of the host. Called by the session at each sample; soak bench
 * and soak doctor ask it too.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/host.h"

enum { STEAL, BUSY, PSI_CPU, PSI_MEMORY, FIGURES };

/* Reads a kept descriptor from its start. Returns false when there is none. */
static bool reread(int fd, char *text, size_t size)
{
	ssize_t length = fd < 0 ? -1 : pread(fd, text, size - 1, 0);

	if (length <= 0)
		return false;
	text[length] = 0;
	return true;
}

static void read_cpu(int fd, int64_t *steal_ns, int64_t *busy_ns)
{
	int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	long long user, nice, system, idle, iowait, irq, softirq, steal;
	char text[512];

	if (!reread(fd, text, sizeof(text)) ||
		sscanf(text, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system,
			&idle, &iowait, &irq, &softirq, &steal) != 8)
		return;
	*steal_ns = steal * tick_ns;
	*busy_ns = (user + nice + system + irq + softirq) * tick_ns;
}

static int64_t read_pressure(int fd)
{
	char text[256], *total;

	if (!reread(fd, text, sizeof(text)))
		return SAMPLE_NONE;
	total = strstr(text, "total=");
	return total ? strtoll(total + strlen("total="), NULL, 10) : SAMPLE_NONE;
}

static void read_figures(const struct host *host, int64_t figures[FIGURES])
{
	for (int i = 0; i < FIGURES; i++)
		figures[i] = SAMPLE_NONE;
	read_cpu(host->stat_fd, &figures[STEAL], &figures[BUSY]);
	figures[PSI_CPU] = read_pressure(host->psi_cpu_fd);
	figures[PSI_MEMORY] = read_pressure(host->psi_memory_fd);
}

int64_t host_oom_kills(void)
{
	FILE *in = fopen("/proc/vmstat", "re");
	char line[128];
	long long kills = -1;

	while (in && fgets(line, sizeof(line), in) && sscanf(line, "oom_kill %lld", &kills) != 1)
		;
	if (in)
		fclose(in);
	return kills;
}

void host_init(struct host *host)
{
	host->oom_kills = host_oom_kills();
	host->stat_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	host->psi_cpu_fd = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC);
	host->psi_memory_fd = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
	read_figures(host, host->base);
}

void host_release(struct host *host)
{
	const int fds[] = {host->stat_fd, host->psi_cpu_fd, host->psi_memory_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] > 0)
			close(fds[i]);
}

void host_fill(struct host *host, struct sample *sample)
{
	static const enum metric metrics[FIGURES] = {
		METRIC_steal_ns, METRIC_host_busy_ns, METRIC_psi_cpu_us, METRIC_psi_memory_us};
	int64_t figures[FIGURES];

	read_figures(host, figures);
	for (int i = 0; i < FIGURES; i++)
		if (figures[i] != SAMPLE_NONE && host->base[i] != SAMPLE_NONE)
			sample->v[metrics[i]] = figures[i] - host->base[i];
}

void host_cpu_model(char *ret_text, size_t size)
{
	FILE *info = fopen("/proc/cpuinfo", "re");
	char line[256];

	ret_text[0] = 0;
	while (info && fgets(line, sizeof(line), info)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		snprintf(ret_text, size, "%s", colon + 2);
		ret_text[strcspn(ret_text, "\n")] = 0;
		break;
	}
	if (info)
		fclose(info);
}

void host_thp_mode(char *ret_text, size_t size)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char line[128], *open_bracket = NULL;

	ret_text[0] = 0;
	if (file && fgets(line, sizeof(line), file))
		open_bracket = strchr(line, '[');
	if (open_bracket) {
		open_bracket[strcspn(open_bracket, "]")] = 0;
		snprintf(ret_text, size, "%s", open_bracket + 1);
	}
	if (file)
		fclose(file);
}
