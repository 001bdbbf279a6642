/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crowd PROCESSES CALLS: all of the processes live at once, and then each makes CALLS calls of
 * madvise(MADV_COLD).
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_and_call(int gate, char *page, int calls)
{
	char byte;

	if (read(gate, &byte, 1) < 0)
		_exit(1);
	while (calls-- > 0)
		madvise(page, 4096, MADV_COLD);
	_exit(0);
}

int main(int argc, char **argv)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int gate[2], failed = 0;

	if (argc != 3 || pipe(gate))
		return 2;
	*page = 1;
	for (int i = atoi(argv[1]); i > 0; i--) {
		if (fork() == 0) {
			close(gate[1]);
			wait_and_call(gate[0], page, atoi(argv[2]));
		}
	}
	close(gate[1]);
	for (int status; wait(&status) > 0;)
		failed |= status;
	return failed != 0;
}
