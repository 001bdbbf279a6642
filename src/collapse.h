/* SPDX-License-Identifier: MIT */
/*
 * Huge pages, where they pay: for a SuperSlab that is in use to the last granule, and nearly all of
 * whose slabs' blocks have been given out at some time. So nothing becomes resident that was not,
 * but for a thirty-second part at most, and a large working set needs a five-hundredth of the TLB
 * entries. Each SuperSlab is collapsed once at most; when part of it is purged it goes back to
 * small pages.
 */
#ifndef SRC_COLLAPSE_H
#define SRC_COLLAPSE_H

/*
 * Once, when the options were read: asks whether the system wants huge pages. Later no file may be
 * opened: the program may be in a sandbox by then.
 */
void hk_collapse_init(void);

/* Collapses half of one. The heap's lock is held; called by the clock, with purge.h's rule 2. */
void hk_collapse_dense(void);

#endif
