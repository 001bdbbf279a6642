/* SPDX-License-Identifier: MIT */
/*
 * How much free memory stays: what the program's own recent history says it will want back. Pure
 * arithmetic: no clock, no lock, no system call. The caller holds the heap's lock, tells what
 * happens, and purges when it is told to. docs/allocator.md, "Retention", derives the rules.
 *
 * A level is a number of granules; it is wanted while as many are in use. Committed is what has
 * memory behind it: in use or retained. The history is that of the last 4/3 of hold_ms.
 *
 * 1. A level that has not proved itself goes as it is freed, beyond a small slack. So a first big
 *    drop is given back at once, though the program may never call again.
 * 2. A level proves itself by coming back, within the history, after it was purged. If less than
 *    half of it was in use meanwhile, it must come back twice, and then stays through drops of any
 *    depth. If not, once is enough, but it stays only while half of it is in use: an array that
 *    grows by copying looks like that, and must not stay when it is freed. Half as much again as
 *    has proved itself stays too.
 * 3. By the clock goes what was not wanted for the hold time: three times the longest gap seen
 *    lately, at least a third of hold_ms and at most all of it.
 * 4. The clock leaves a margin beyond that: half of the swing of what was in use, or as much as it
 *    has purged too much before; at most half of what is held. So the rare extremes of a steady
 *    program purge nothing.
 *
 * Times are in ms of a monotonic clock; one that stands still or steps back is taken for no time
 * passed. Sizes are in granules. Each call takes constant time.
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

	size_t in_use, committed; /* as last told */

	/* The history: the highest level wanted and the lowest in use, by bucket of time. */
	size_t high[HK_RETENTION_BUCKETS], low[HK_RETENTION_BUCKETS];
	unsigned at;    /* the bucket of now */
	size_t low_yet; /* the lowest in it before its high was last reached, or nearly */
	bool begun;
	uint64_t began_ms;
	size_t past_high, past_low; /* of all other buckets */
	size_t held_high;           /* of those within the hold time */
	unsigned hold, hold_age;    /* in buckets; and since it was last confirmed */

	/* What has proved itself. */
	size_t shallow, once, deep;
	size_t floor; /* in use at the last purge */

	/* How far beyond what is held the clock has purged too much. */
	size_t looked_high; /* committed before the clock's last purge */
	size_t looked_held; /* the part of it wanted within the hold time */
	size_t margin;
	unsigned margin_age, margin_stays; /* in buckets */

	uint64_t purged_ms;      /* the last purge */
	uint64_t purges;         /* so far */
	uint64_t purged;         /* granules */
	uint64_t regretted;      /* of them, wanted back within the history */
	uint64_t regretted_soon; /* within a second */
};

/*
 * keep, percent: the slack of rule 1 is `keep`, or `percent` of what is in use if that is more.
 * percent 0 switches learning off: no more than `keep` is ever retained.
 */
void hk_retention_init(
	struct hk_retention *retention, size_t keep, unsigned percent, unsigned hold_ms);

/* in_use rose to this. `fresh` of the granules taken had no memory behind them. */
void hk_retention_use(struct hk_retention *retention, size_t in_use, size_t fresh, uint64_t now_ms);

/*
 * in_use fell to this, by a free(). Returns what `committed` has to come down to now; `committed`
 * itself if there is nothing to do. That is half a slack less than is allowed, so that not each
 * free() of a long row purges; or what has proved itself, if that is more.
 */
size_t hk_retention_free(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms);

/* The same by the clock: each 100 ms to 1 s, as long as the program calls. */
size_t hk_retention_look(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms);

/* Purging has brought committed from `before` to `after`, for whatever reason. */
void hk_retention_purged(
	struct hk_retention *retention, size_t before, size_t after, uint64_t now_ms);

/* What may be committed for longer: what was wanted within the hold time, and the margin. */
size_t hk_retention_ceiling(const struct hk_retention *retention);

/* The most that was wanted within the history. */
size_t hk_retention_high(const struct hk_retention *retention);

/* What may always be retained, beside what is in use. */
size_t hk_retention_slack(const struct hk_retention *retention, size_t in_use);

/* What committed may be after a free() without a purge. */
size_t hk_retention_limit(const struct hk_retention *retention, size_t in_use);

#endif
