/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer's side of the ops page (layout and meaning: collectors/ops/soakops.h).
 *
 * For a target that the observer starts: ops_page_create(), put ops_page_variable() into the
 * target's environment, clear FD_CLOEXEC in the child that becomes the target. For one that already
 * runs: ops_page_find(), ops_page_open(). The caller owns the page and releases it with
 * ops_page_close(); the descriptor is separate and also the caller's. All functions are
 * thread-safe. Errors are negative errno; results are untouched then.
 */
#ifndef SOAK_OPS_PAGE_H
#define SOAK_OPS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collectors/ops/soakops.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new, empty page, mapped for writing. Its size is sealed: no target can take memory away from
 * under the observer or its fellow processes. The descriptor is close-on-exec, and numbered out of
 * the way of shells' redirections where the limit on open files allows it. `more` zeroed bytes
 * follow the page, in the same mapping; the caller unmaps them.
 */
int ops_page_create(size_t more, struct soakops_page **ret_page, int *ret_fd);

/* Maps a page for reading. -EINVAL: the file is not an ops page, or of another version. */
int ops_page_open(int fd, const struct soakops_page **ret_page);

/* Accepts NULL. */
void ops_page_close(const struct soakops_page *page);

/* Writes "SOAK_OPS=FD:INODE" for putenv(3). Returns 0, or -ENOSPC below 48 bytes. */
int ops_page_variable(int fd, char *text, size_t size);

/*
 * Opens the pages that process `pid` keeps open, for reading, each once: a program that publishes
 * and runs under the preload library has two, unless both inherited one. Returns how many were
 * opened, at most `max`; 0 is not an error.
 */
int ops_page_find(pid_t pid, int *ret_fds, int max);

/*
 * Totals of one source, by enum soakops_kind, since the page was made. Exact once the writers stand
 * still; while they run, every op that was complete when the call began is in it, and a later call
 * never returns less.
 */
void ops_page_sum(const struct soakops_page *page, enum soakops_source source,
	uint64_t ret_count[SOAKOPS_KINDS]);

struct ops_mark {
	uint64_t time_ns; /* as the program wrote it: may be any value */
	char text[SOAKOPS_MARK_BYTES];
};

/*
 * Reads the next mark after the first *seen ones and advances *seen. False: there is none yet, or
 * it is still being written. Marks that were overwritten before they were read are added to *lost.
 */
bool ops_page_next_mark(
	const struct soakops_page *page, uint64_t *seen, uint64_t *lost, struct ops_mark *ret_mark);

/* Number of marks made so far: the start value of `seen` for an observer of later marks only. */
uint64_t ops_page_marks(const struct soakops_page *page);

#ifdef __cplusplus
}
#endif

#endif
