/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the target's code lies: the files with code, each opened once, and for each image (one
 * program of one process, from fork or exec to the next) which of them is mapped where. Images are
 * few at a time: the longest unused makes room. Not thread-safe.
 */
#ifndef SOAK_CODE_MAP_H
#define SOAK_CODE_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/callers.h"
#include "collectors/code_file.h"

struct code_map;

/* NULL when memory is short. */
struct code_map *code_map_new(void);
void code_map_free(struct code_map *map); /* with all files; accepts NULL */

/*
 * A file that may be asked for by its inode when no process maps it any more: `fd` is open on it
 * (O_PATH will do), `path` is what the process calls it. `tgid` may be 0: that process has ended.
 */
void code_map_remember(struct code_map *map, const char *path, pid_t tgid, int fd);

/*
 * Enters mappings that the kernel named. /proc is asked for their paths, and if the process `runs`
 * that image now for the other mappings.
 */
void code_map_add(struct code_map *map, uint32_t image, pid_t tgid, bool runs,
	const struct caller_file *files, size_t count);

/* Enters all mappings with code that the process has now. */
void code_map_read(struct code_map *map, uint32_t image, pid_t tgid);

/* The file with code at an address, and the file's own address of it; NULL if there is none. */
const struct code_file *code_map_find(
	struct code_map *map, uint32_t image, uint64_t address, uint64_t *ret_address);

void code_map_forget(struct code_map *map, uint32_t image);

#endif
