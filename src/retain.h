/* SPDX-License-Identifier: MIT */
/*
 * Decides how much free memory stays: as much as the program's recent history says it will want
 * back. Pure arithmetic: no clock, no lock, no system call. The caller holds the heap's lock,
 * reports each change, and purges down to the returned size. docs/allocator.md, "Retention",
 * derives the rules.
 *
 * A level is a number of granules; it is wanted while at least as many are in use. Committed
 * memory is in use or retained. The history covers the last 4/3 of hold_ms.
 *
 * 1. A level that has not proved itself is purged as it is freed, beyond a small slack. So a first
 *    big drop is given back at once, even if the program never calls again.
 * 2. A level proves itself by coming back, within the history, after it was purged. If less than
 *    half of it was in use meanwhile, it must come back twice, and then stays through drops of any
 *    depth. Otherwise once is enough, but the level stays only while half of it is in use: an array
 *    that grows by copying looks like that, and its memory must not stay when it is freed. Half as
 *    much again as has proved itself stays too.
 * 3. The clock purges levels that were not wanted for the hold time: three times the longest recent
 *    gap, at least a third of hold_ms and at most all of it.
 * 4. The clock leaves a margin beyond that: half of the swing of the memory in use, or as much as
 *    the clock purged too much before; at most half of the levels held. So the rare extremes of a
 *    steady program purge nothing.
 *
 * Times are in ms of a monotonic clock; if the clock stands still or steps back, no time has
 * passed. Sizes are in granules. Each call takes constant time. Not thread-safe: see the lock
 * above.
 */
#ifndef SRC_RETAIN_H
#define SRC_RETAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HK_RETENTION_BUCKETS 16 /* of the history; a power of two */
#define HK_RETENTION_HOLD 12    /* of them are hold_ms */

struct hk_retention {
	size_t keep; /* the settings */
	unsigned percent;
	uint64_t bucket_ms;

	size_t in_use, committed; /* as last reported */

	/* The history: the highest level wanted and the lowest in use, by bucket of time. */
	size_t high[HK_RETENTION_BUCKETS], low[HK_RETENTION_BUCKETS];
	unsigned at;    /* the bucket of now */
	size_t low_yet; /* the lowest in it before its high was last reached, or nearly */
	bool begun;
	uint64_t began_ms;
	size_t past_high, past_low; /* of all other buckets */
	size_t held_high;           /* of those within the hold time */
	unsigned hold, hold_age;    /* buckets: the hold time; its age since last confirmed */

	/* What has proved itself. */
	size_t shallow, once, deep;
	size_t floor; /* in use at the last purge */

	/* How far beyond the levels held the clock has purged too much. */
	size_t looked_high; /* committed before the clock's last purge */
	size_t looked_held; /* the part of it wanted within the hold time */
	size_t margin;
	unsigned margin_age, margin_stays; /* in buckets */

	uint64_t purged_ms;      /* the last purge */
	uint64_t purges;         /* so far */
	uint64_t purged;         /* granules */
	uint64_t regretted;      /* purged granules that were wanted back within the history */
	uint64_t regretted_soon; /* the same, within a second */
};

/*
 * The slack of rule 1 is `keep`, or `percent` of the memory in use if that is more.
 * percent 0 switches learning off: no more than `keep` is ever retained.
 */
void hk_retention_init(
	struct hk_retention *retention, size_t keep, unsigned percent, unsigned hold_ms);

/* in_use rose to the given value. `fresh` of the granules taken had no memory behind them. */
void hk_retention_use(struct hk_retention *retention, size_t in_use, size_t fresh, uint64_t now_ms);

/*
 * in_use fell to the given value, by a free(). Returns the size to which the caller must now reduce
 * committed memory; `committed` itself if there is nothing to do. The result is half a slack less
 * than is allowed, so that not every free() of a long row purges; or what has proved itself, if
 * that is more.
 */
size_t hk_retention_free(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms);

/* The same by the clock. Call it every 100 ms to 1 s while the program calls the allocator. */
size_t hk_retention_look(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms);

/* A purge, for whatever reason, has reduced committed memory from `before` to `after`. */
void hk_retention_purged(
	struct hk_retention *retention, size_t before, size_t after, uint64_t now_ms);

/* The size that may stay committed: the highest level wanted in the hold time, and the margin. */
size_t hk_retention_ceiling(const struct hk_retention *retention);

/* The highest level wanted within the history. */
size_t hk_retention_high(const struct hk_retention *retention);

/* The size that may always be retained, in addition to the memory in use. */
size_t hk_retention_slack(const struct hk_retention *retention, size_t in_use);

/* The committed size above which a free() purges. */
size_t hk_retention_limit(const struct hk_retention *retention, size_t in_use);

#endif
