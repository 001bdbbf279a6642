/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding an allocator's library, and making sure that a running process really uses it. */
#ifndef SOAK_ALLOCATOR_H
#define SOAK_ALLOCATOR_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "collectors/elf_file.h"
#include "soak/words/text.h"

struct allocator {
	char name[NAME_MAX + 1]; /* as asked for; for a path the file's name */
	char path[PATH_MAX];     /* real path of the library; empty: not known yet */
	char version[64];        /* of the C library, else what follows ".so." in the file's name */
	char build_id[ELF_BUILD_ID_TEXT];
};

/*
 * `name` is one of collectors/ops/allocators.h or a path. Returns 0, or a negative errno
 * with one line in `error`: -ENOENT if there is no such library, -ENOEXEC if it is not a shared
 * object for this machine.
 */
int allocator_find(const char *name, struct allocator *ret_allocator, struct text *error);

/*
 * The allocator that a running process uses by itself: the first known library among its mappings,
 * else its C library. Returns 0, or -ENOENT when neither is mapped (yet, or ever: statically
 * linked).
 */
int allocator_detect(pid_t pid, struct allocator *ret_allocator);

/* Finds libsoakops.so, beside the program or installed. Errors as allocator_find(). */
int allocator_find_counter(char ret_path[PATH_MAX], struct text *error);

/*
 * Finds a file of soak's own: beside the running binary (`in_tree` is relative to its directory),
 * otherwise where make install put it. Returns 0 or -ENOENT.
 */
int allocator_own_file(
	const char *in_tree, const char *installed, const char *file, char ret_path[PATH_MAX]);

#endif
