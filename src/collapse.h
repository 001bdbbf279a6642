/* SPDX-License-Identifier: MIT */
/*
 * Makes huge pages where they pay: in a SuperSlab that is in use to the last granule, and nearly
 * all of whose blocks have been given out at some time. So at most a thirty-second of it becomes
 * newly resident, and a large working set needs a five-hundredth of the TLB entries. Each SuperSlab
 * is collapsed at most once; when part of it is purged, it goes back to small pages.
 */
#ifndef SRC_COLLAPSE_H
#define SRC_COLLAPSE_H

/*
 * Call once, when the options were read: asks whether the system wants huge pages. Later no file
 * can be opened, because the program may be in a sandbox by then.
 */
void hk_collapse_init(void);

/* Collapses half of one SuperSlab. Called by the clock, with the heap's lock held. */
void hk_collapse_dense(void);

#endif
