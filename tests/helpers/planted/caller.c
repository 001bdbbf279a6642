/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program whose function NAME makes CALLS madvises, and which then ends. */
#include <sys/mman.h>

__attribute__((noinline)) void NAME(void);

void NAME(void)
{
	for (int i = 0; i < CALLS; i++)
		madvise((void *)4096, 0, MADV_NORMAL);
}

int main(void)
{
	NAME();
	return 0;
}
