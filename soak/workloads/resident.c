/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is resident, without a call of the allocator that is looked at. */
#include "soak/workloads/resident.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soak/workloads/workload.h"

#define PAGE 4096

/* The number after `key` at the start of a line, or 0. */
static uint64_t read_field(const char *path, const char *key)
{
	char text[8192];
	const char *line;
	size_t length = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		workload_fail("/proc cannot be read");
	text[length++] = '\n';
	while (length < sizeof(text) - 1 &&
		(got = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(fd);
	text[length] = '\0';
	line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, 10) : 0;
}

struct resident resident_look(void)
{
	return (struct resident){
		.now_kib = read_field("/proc/self/smaps_rollup", "\nRss:"),
		.peak_kib = read_field("/proc/self/status", "\nVmHWM:"),
	};
}

void *resident_table(uint64_t count, size_t size)
{
	void *table = mmap(
		NULL, count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (table == MAP_FAILED)
		workload_fail("out of memory");
	return table;
}

void resident_free_table(void *table, uint64_t count, size_t size)
{
	if (count)
		munmap(table, count * size);
}

void resident_shrink_table(void *table, uint64_t *count, uint64_t new_count, size_t size)
{
	size_t from = (new_count * size + PAGE - 1) / PAGE * PAGE, to = *count * size;

	if (from < to && munmap((char *)table + from, to - from) == 0)
		*count = from / size;
}

void resident_say(uint64_t since_ns)
{
	struct resident resident = resident_look();

	printf("RSS after %" PRIu64 " s = %" PRIu64 " KiB [peak=%" PRIu64 " KiB]\n",
		(workload_now_ns() - since_ns) / 1000000000, resident.now_kib, resident.peak_kib);
}
