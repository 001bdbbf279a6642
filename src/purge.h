/* SPDX-License-Identifier: MIT */
/*
 * Giving memory back: when, and how much, by the rules of retain.h; and what becomes of it if the
 * kernel refuses. A refusal for one place concerns that place, until it is used again. Several in a
 * row suspend all purging, for a second at first and each time for twice as long.
 */
#ifndef SRC_PURGE_H
#define SRC_PURGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once, when the options were read; and when HAKMEM_KEEP_BYTES changes later. */
void hk_purge_init(void);
void hk_purge_keep(size_t bytes);

/* The heap's lock is held: granules were taken, of which `fresh` had no memory behind them. */
void hk_purge_note_use(size_t fresh);

/* The same for pages of sparse slabs, no lock of the heap held; and that such pages were purged. */
void hk_purge_note_soiled(size_t pages);
void hk_purge_note_pages(size_t purged);

/* Whether pages of sparse slabs are to be purged now. No lock of the heap is held. */
bool hk_purge_pages_due(bool by_clock);

/* The heap's lock is held: granules became free. */
void hk_purge_excess(void);

/* Any thread, no lock held, at any time; cheap when called too early: then false. */
bool hk_purge_tick(void);

/* Much less is in use than committed: threads that watch the clock go on with it. */
bool hk_purge_is_swollen(void);

/* What may always be retained, in bytes. The heap's lock is held. */
size_t hk_purge_slack(void);

/*
 * The heap's lock is held: purges all that is retained and unmaps what it can, for want of memory.
 * False if no address space came of it.
 */
bool hk_purge_now(void);

/* The heap's lock is held: the kernel took the memory of granules back, or would not. */
void hk_purge_granted(void);
void hk_purge_refused(void);

/* Purges all that is retained, no lock held; returns how many bytes. */
size_t hk_purge_all(void);

#endif
