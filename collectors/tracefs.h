/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tracepoint ids. tracefs may be mounted in one of its usual places. If it is not mounted, a
 * detached mount is used (fsmount(2), Linux 5.2), which no other process sees and which ends with
 * its descriptor.
 */
#ifndef SOAK_TRACEFS_H
#define SOAK_TRACEFS_H

#include <stddef.h>

#include "soak/words/text.h"

/*
 * Returns a directory descriptor that the caller closes, or a negative errno: -EACCES if tracefs is
 * mounted but may not be entered, otherwise the error of the attempt to mount it.
 */
int tracefs_open(void);

/* Writes what a negative errno of these functions means and what to do. */
void tracefs_explain(int code, struct text *text);

/*
 * The id of "group/name", for perf_event_open(2). Returns it, or a negative errno: -ENOENT if there
 * is none.
 */
int tracefs_event_id(int tracefs_fd, const char *event);

#endif
