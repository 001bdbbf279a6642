/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who this process is. Called by heap_reader.c and heap_sampler.c. */
#include <unistd.h>

#include "collectors/ops/heap_owner.h"

/* The digits of "pid:[4026531836]"; 0 where there is no /proc. */
static uint32_t my_pid_namespace(void)
{
	char link[32];
	ssize_t length = readlink("/proc/self/ns/pid", link, sizeof(link));
	uint32_t inode = 0;

	for (ssize_t i = 0; i < length; i++)
		if (link[i] >= '0' && link[i] <= '9')
			inode = inode * 10 + (link[i] - '0');
	return inode;
}

union heap_owner heap_owner_of_this_process(void)
{
	union heap_owner owner;

	owner.pid = getpid();
	owner.pid_namespace = my_pid_namespace();
	return owner;
}
