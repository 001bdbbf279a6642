/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program whose function NAME makes CALLS madvises, and which then ends, or after $1 seconds, or
 * executes the program that $1 is the path of, with the arguments that follow.
 */
#include <stdlib.h>
#include <string.h>
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
	if (argc > 1 && strchr(argv[1], '/'))
		execv(argv[1], argv + 1);
	if (argc > 1)
		sleep(atoi(argv[1]));
	return 0;
}
