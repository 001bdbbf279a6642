/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program whose function NAME makes CALLS madvises, and which then ends, or after $1 seconds. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) void NAME(void);

void NAME(void)
{
	for (int i = 0; i < CALLS; i++)
		madvise((void *)4096, 0, MADV_NORMAL);
}

int main(int argc, char **argv)
{
	NAME();
	if (argc > 1)
		sleep(atoi(argv[1]));
	return 0;
}
