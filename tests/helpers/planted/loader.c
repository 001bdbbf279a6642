/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loader TURNS {LIBRARY FUNCTION}...: TURNS times loads each library, calls its function and
 * unloads it. Says at how many addresses the functions were in all. With UNLINK set, deletes each
 * before the call, and waits a while after it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *seen[64];
static int count;

static void note(void *address)
{
	for (int i = 0; i < count; i++)
		if (seen[i] == address)
			return;
	if (count < 64)
		seen[count++] = address;
}

int main(int argc, char **argv)
{
	for (int turn = atoi(argv[1]); turn > 0; turn--)
		for (int i = 2; i + 1 < argc; i += 2) {
			void *library = dlopen(argv[i], RTLD_NOW);
			void *function = library ? dlsym(library, argv[i + 1]) : NULL;

			if (!function) {
				fprintf(stderr, "%s\n", dlerror());
				return 1;
			}
			note(function);
			if (getenv("UNLINK"))
				unlink(argv[i]);
			((void (*)(void))function)();
			if (getenv("UNLINK"))
				usleep(300000);
			dlclose(library);
		}
	printf("%d\n", count);
	return 0;
}
