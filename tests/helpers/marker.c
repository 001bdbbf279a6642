/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that marks what it does.
 *
 *	marker burst N                    N marks at once, "mark 1" and so on
 *	marker rounds N MIB KEPT [MS]     N times: "busy", takes MIB, holds it for MS (400) ms,
 *	                                  gives back all but KEPT, "idle", rests for MS ms
 *	marker wait                       waits for the end of its input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOAKOPS_IMPLEMENTATION
#include "collectors/ops/soakops.h"

static void burst(int n)
{
	char text[64];

	for (int i = 1; i <= n; i++) {
		snprintf(text, sizeof(text), "mark %d", i);
		soakops_mark(text);
	}
}

static void rest(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void work(size_t mib, size_t kept, int ms)
{
	char *memory;

	soakops_mark("busy");
	memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		exit(1);
	memset(memory, 1, mib << 20);
	rest(ms);
	if (kept < mib)
		munmap(memory + (kept << 20), (mib - kept) << 20);
	soakops_mark("idle");
	rest(ms);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0, ms = argc > 5 ? atoi(argv[5]) : 400;

	if (argc > 2 && strcmp(argv[1], "burst") == 0) {
		burst(n);
		return 0;
	}
	if (argc > 4 && strcmp(argv[1], "rounds") == 0) {
		rest(ms);
		for (int i = 0; i < n; i++)
			work((size_t)atol(argv[3]), (size_t)atol(argv[4]), ms);
		return 0;
	}
	soakops_mark("waits");
	while (getchar() != EOF)
		continue;
	return 0;
}
