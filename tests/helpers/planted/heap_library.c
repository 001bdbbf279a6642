/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library that is loaded late and stripped: what it keeps is not lost with its symbols. */
#include <stdlib.h>
#include <unistd.h>

static void *(*volatile allocate)(size_t) = malloc;
static void *volatile kept;

static __attribute__((noinline)) void hidden(void)
{
	void **block = allocate(777);

	*block = kept;
	kept = block;
}

void keep_in_library(int n)
{
	for (int i = 0; i < n; i++) {
		hidden();
		if (i % 1000 == 0) /* no faster than samples can be read */
			usleep(20000);
	}
}
