/* SPDX-License-Identifier: MIT */
/*
 * Giving memory back. Two rules, and a memory of past mistakes:
 *
 * 1. Never are more granules retained (free, with memory behind them) than the limit: what exceeds
 *    it is purged as it is freed. So it holds for a program that never calls again, without a
 *    thread that would have to watch it. The limit is HAKMEM_KEEP_BYTES or HAKMEM_KEEP_PERCENT of
 *    the recent peak, whichever is more.
 * 2. Once a second, by the clock and as long as the program calls, what was not needed at any
 *    moment of that second is purged, down to a small floor: a steady program, whose need varies
 *    by less than that, never gets there.
 *
 * When purged granules are wanted back within the second, the limit was too low. It rises by what
 * was wanted, up to a tenth of the recent peak, and sinks again slowly.
 */
#ifndef SRC_PURGE_H
#define SRC_PURGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The heap's lock is held: `clean` granules were taken that had no memory behind them. */
void hk_purge_note_use(size_t clean);

/* The heap's lock is held: granules became free. Rule 1. */
void hk_purge_excess(void);

/* Any thread, no lock held, at any time; cheap when called too early. Rule 2. */
void hk_purge_tick(void);

/* What rule 1 allows now, in bytes. The heap's lock is held. */
size_t hk_purge_limit(void);

/* The heap's lock is held: purges all that is retained, for want of memory. */
void hk_purge_now(void);

/* Purges all that is retained, no lock held; returns how many bytes. */
size_t hk_purge_all(void);

#endif
