/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 101 madvises of its own; 211 blocks that are mapped; of ops 1642, 1220 frees, 103 reallocs. */
#include <stdlib.h>
#include <sys/mman.h>

static void *volatile kept;

__attribute__((noinline)) static void advises(void)
{
	for (int i = 0; i < 101; i++)
		madvise((void *)4096, 0, MADV_NORMAL);
	kept = 0;
}

__attribute__((noinline)) static void allocates(void)
{
	for (int i = 0; i < 211; i++) {
		kept = malloc(300000);
		free(kept);
	}
	kept = 0;
}

int main(void)
{
	void *block;

	advises();
	allocates();
	for (int i = 0; i < 1009; i++) {
		kept = calloc(1, 100 + i);
		free(kept);
	}
	for (int i = 0; i < 211; i++) {
		kept = aligned_alloc(64, 128);
		if (posix_memalign(&block, 64, 128) == 0)
			kept = block;
	}
	for (int i = 0; i < 103; i++)
		kept = realloc(kept, 1000 + i);
	return 0;
}
