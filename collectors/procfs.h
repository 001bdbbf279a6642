/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What /proc says about one process. All functions return a negative errno, or false, if the
 * process is gone. Thread-safe.
 */
#ifndef SOAK_PROCFS_H
#define SOAK_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Does /proc belong to our PID namespace, so that its process numbers are ours? In a new namespace
 * without a new mount /proc still shows the numbers of the old one.
 */
bool procfs_is_ours(void);

/* True if the process exists and has a live thread, even if not the first one. */
bool procfs_alive(pid_t tgid);

/*
 * The thread in whose directory /proc shows the memory and files of the process: the first one, or
 * another one if the first has called pthread_exit(). Then "maps" and the like of the first thread
 * are empty.
 */
pid_t procfs_speaker(pid_t tgid);

/*
 * The path by which we reach the file that the process calls `path`: below its root, which may be
 * in another mount namespace. If the process has ended, `path` itself.
 */
void procfs_path_of(pid_t tgid, const char *path, char *ret_path, size_t size);

/* Does the process run a 32-bit program? */
bool procfs_is_compat(pid_t tgid);

/* `ret_comm` is left empty when there is no such process. */
void procfs_comm(pid_t tgid, char *ret_comm, size_t size);

/* Its present parent. */
pid_t procfs_parent(pid_t tgid);

/*
 * The number of the process in its own PID namespace, and the inode of that namespace; 0 if the
 * inode must not be read. Returns 0 or a negative errno.
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
