/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * borrower PAGES: touches so much memory and stops while two children run in it: one of vfork,
 * which keeps its parent waiting, and one of a bare CLONE_VM. Both stop themselves. Going on, the
 * first executes /bin/true and the second exits.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char stacks[2][65536] __attribute__((aligned(16)));

static int sharer(void *context)
{
	(void)context;
	raise(SIGSTOP);
	_exit(0);
}

static int spawned(void *context)
{
	(void)context;
	raise(SIGSTOP);
	execl("/bin/true", "true", (char *)NULL);
	_exit(1);
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? atol(argv[1]) : 10007) * sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status, good = 0;

	memset(memory, 1, size);
	clone(sharer, stacks[0] + sizeof(stacks[0]), CLONE_VM | SIGCHLD, NULL);
	clone(spawned, stacks[1] + sizeof(stacks[1]), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	for (int i = 0; i < 2; i++)
		good += wait(&status) > 0 && status == 0;
	return good == 2 ? 0 : 1;
}
