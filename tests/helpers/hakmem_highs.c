/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hakmem_highs: a program that has had 14 blocks of 1000 bytes needs up to 24, later up to 60.
 * Prints how many page faults each of the two took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static long faults_of_blocks(int count)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < count; i++) {
		char *block = malloc(1000);

		if (!block)
			return -1;
		memset(block, 1, 1000);
	}
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

int main(void)
{
	long next, more;

	faults_of_blocks(14);
	next = faults_of_blocks(10);
	more = faults_of_blocks(36);
	printf("%ld %ld\n", next, more);
	return 0;
}
