/* SPDX-License-Identifier: MIT */
/* What libc has no private name for is found behind this library. */
#include "src/libc.h"

#include <dlfcn.h>
#include <errno.h>

size_t hk_libc_usable_size(void *p)
{
	size_t (*usable_size)(void *) = dlsym(RTLD_NEXT, "malloc_usable_size");

	return usable_size ? usable_size(p) : 0;
}

int hk_libc_trim(size_t pad)
{
	int (*trim)(size_t) = dlsym(RTLD_NEXT, "malloc_trim");

	return trim ? trim(pad) : 0;
}

struct mallinfo2 hk_libc_mallinfo2(void)
{
	struct mallinfo2 (*info)(void) = dlsym(RTLD_NEXT, "mallinfo2");

	return info ? info() : (struct mallinfo2){0};
}

void hk_libc_stats(void)
{
	void (*stats)(void) = dlsym(RTLD_NEXT, "malloc_stats");

	if (stats)
		stats();
}

int hk_libc_info(int options, FILE *stream)
{
	int (*info)(int, FILE *) = dlsym(RTLD_NEXT, "malloc_info");

	return info ? info(options, stream) : ENOSYS;
}

int hk_libc_mallopt(int parameter, int value)
{
	int (*option)(int, int) = dlsym(RTLD_NEXT, "mallopt");

	return option ? option(parameter, value) : 0;
}
