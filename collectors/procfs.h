/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What /proc tells about one process. All functions return a negative errno, or false, when it has
 * gone.
 */
#ifndef SOAK_PROCFS_H
#define SOAK_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Is /proc that of our PID namespace, so that processes have the numbers there that they have for
 * us? Without a new mount it stays that of the namespace before.
 */
bool procfs_is_ours(void);

/* Exists and has a thread that lives, be it not the first one. */
bool procfs_alive(pid_t tgid);

/*
 * The thread in whose directory /proc shows the memory and files of the process: the first one, or
 * another when that has called pthread_exit(). Then "maps" and the like are empty in the first's.
 */
pid_t procfs_speaker(pid_t tgid);

/*
 * Where we find what the process calls `path`: below its root, which may be in another mount
 * namespace. Once it has ended, `path` itself.
 */
void procfs_path_of(pid_t tgid, const char *path, char *ret_path, size_t size);

/* Is its program a 32-bit one? */
bool procfs_is_compat(pid_t tgid);

/* `ret_comm` is left empty when there is no such process. */
void procfs_comm(pid_t tgid, char *ret_comm, size_t size);

/* The process that it is a child of now. */
pid_t procfs_parent(pid_t tgid);

/*
 * What number the process has in the PID namespace that it lives in, and the inode of that; 0 where
 * that must not be read. Returns 0 or a negative errno.
 */
int procfs_own_pid(pid_t tgid, pid_t *ret_pid, uint32_t *ret_pid_namespace);

/* Child processes of all threads; returns how many were stored. Needs CONFIG_PROC_CHILDREN. */
size_t procfs_children(pid_t tgid, pid_t *ret_children, size_t capacity);

/*
 * All live processes below `tgid`, not itself, parents before children; returns how many were
 * stored.
 */
size_t procfs_descendants(pid_t tgid, pid_t *ret_pids, size_t capacity);

/*
 * Adds its thread ids to a list of `*count`, which starts as NULL and 0 and is released with
 * free(); setting `*count` to 0 begins it anew. Returns 0 or -ENOMEM.
 */
int procfs_list_threads(pid_t tgid, pid_t **tids, size_t *count);

/* Is the file with this real path mapped? 1 yes, 0 no. */
int procfs_maps_file(pid_t tgid, const char *path);

/* Is the memfd of this inode mapped? */
bool procfs_maps_memfd(pid_t tgid, uint64_t inode);

/* The first mapped path that contains `part`. Returns 0 or -ENOENT. */
int procfs_maps_path(pid_t tgid, const char *part, char *ret_path, size_t size);

/*
 * Reads a whole small file of /proc/TGID/ into a string; "status" and "smaps_rollup" are those of
 * the speaker. Returns its length or a negative errno.
 */
ssize_t procfs_read(pid_t tgid, const char *name, char *ret_text, size_t size);

/* The number after "KEY:" in the manner of /proc/PID/status, or -1. */
int64_t procfs_field(const char *text, const char *key);

#endif
