/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what real programs had in use: see trace.h. Used by hakmem_retain.c. */
#include "tests/retain/trace.h"

#include <stdio.h>

#define IDLE_S 20 /* after the program's last move */

void trace_play(struct heap *heap, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	double ms = 0;
	size_t granules = 0;

	if (!file) {
		perror(path);
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		double next;

		if (line[0] == '#')
			continue;
		if (sscanf(line, "%lf %zu", &next, &granules) != 2 || next < ms) {
			fprintf(stderr, "%s: neither a comment nor later ms and granules: %s", path,
				line);
			break;
		}
		ms = next;
		heap_set(heap, SECOND + (uint64_t)(ms * (double)MS), granules);
	}
	fclose(file);
	heap_idle(heap, SECOND + (uint64_t)(ms * (double)MS) + IDLE_S * SECOND);
}
