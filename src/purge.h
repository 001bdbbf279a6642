/* SPDX-License-Identifier: MIT */
/*
 * Gives memory back: when and how much, by the rules of retain.h, and what to do if the kernel
 * refuses. After one refusal that place is left alone until it is used again. Several refusals in a
 * row suspend all purging, for a second at first and each time for twice as long.
 */
#ifndef SRC_PURGE_H
#define SRC_PURGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Call once, when the options were read; hk_purge_keep() if HAKMEM_KEEP_BYTES changes later. */
void hk_purge_init(void);
void hk_purge_keep(size_t bytes);

/* The heap's lock is held: granules were taken, of which `fresh` had no memory behind them. */
void hk_purge_note_use(size_t fresh);

/* Pages of sparse slabs were taken, or were purged. No lock of the heap is held. */
void hk_purge_note_soiled(size_t pages);
void hk_purge_note_pages(size_t purged);

/* Whether pages of sparse slabs are to be purged now. No lock of the heap is held. */
bool hk_purge_pages_due(bool by_clock);

/* The heap's lock is held: granules became free. */
void hk_purge_excess(void);

/* The look at the clock. Any thread, no lock held. Too early: cheap, and returns false. */
bool hk_purge_tick(void);

/* Much less is in use than committed, so threads that watch the clock must go on watching. */
bool hk_purge_is_swollen(void);

/* The bytes that may always be retained. The heap's lock is held. */
size_t hk_purge_slack(void);

/*
 * Memory is short: purges all retained memory and unmaps what it can. False if that freed no
 * address space. The heap's lock is held.
 */
bool hk_purge_now(void);

/* The kernel took the memory of granules back, or refused. The heap's lock is held. */
void hk_purge_granted(void);
void hk_purge_refused(void);

/* Purges all retained memory; returns the bytes. No lock is held. */
size_t hk_purge_all(void);

#endif
