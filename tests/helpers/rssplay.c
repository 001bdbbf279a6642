/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rssplay flat|sawtooth|leak SECONDS [MIB]: holds 64 MiB, or so many, and lets its RSS stand still,
 * rise by 4 MiB and fall back twice a second, or rise by a 1024th ten times a second for ever.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1024 * 1024ul)

static char *map(size_t bytes)
{
	char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

int main(int argc, char **argv)
{
	char *extra = map(1024 * MIB);
	size_t held, step;
	int ticks;

	if (argc != 3 && argc != 4)
		return 2;
	held = (argc == 4 ? (size_t)atoi(argv[3]) : 64) * MIB;
	step = held / 1024;
	ticks = 10 * atoi(argv[2]);
	memset(map(held), 1, held);
	for (int t = 0; t < ticks; t++) {
		usleep(100000);
		if (strcmp(argv[1], "leak") == 0)
			memset(extra + (size_t)t * step, 1, step);
		if (strcmp(argv[1], "sawtooth") == 0) {
			memset(extra + t % 5 * MIB, 1, MIB);
			if (t % 5 == 4)
				madvise(extra, 5 * MIB, MADV_DONTNEED);
		}
	}
	return 0;
}
