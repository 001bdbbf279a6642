/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of retention, without side effects. Called by purge.c; tests/hakmem_retain.c
 * and tests/retain link it as well.
 */
#include "src/retain.h"

#define BUCKETS HK_RETENTION_BUCKETS
#define HOLD_LEAST (HK_RETENTION_HOLD / 3)
#define GAPS_HELD 3     /* a level is held for so many times its gap */
#define NEAR 16         /* levels that differ by less than a 16th are one */
#define HOLD_STAYS 16   /* buckets, before the hold time sinks by one */
#define MARGIN_STAYS 16 /* buckets, at first, before the margin is halved */
#define MARGIN_STAYS_MOST 65536
#define SOON_MS 1000

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* For what may turn out a little higher than it was. */
static size_t quarter_more(size_t level)
{
	return level + level / 4;
}

/* What is a little beyond what has proved itself has the benefit of the doubt. */
static size_t half_more(size_t level)
{
	return level + level / 2;
}

void hk_retention_init(
	struct hk_retention *retention, size_t keep, unsigned percent, unsigned hold_ms)
{
	*retention = (struct hk_retention){
		.keep = keep,
		.percent = percent,
		.bucket_ms = hold_ms < HK_RETENTION_HOLD ? 1 : hold_ms / HK_RETENTION_HOLD,
		.hold = HOLD_LEAST,
		.margin_stays = MARGIN_STAYS,
	};
}

/* ---- the history ----------------------------------------------------------------------------- */

size_t hk_retention_high(const struct hk_retention *retention)
{
	return larger(retention->past_high, retention->high[retention->at]);
}

static size_t held(const struct hk_retention *retention)
{
	return larger(retention->held_high, retention->high[retention->at]);
}

/* Since about the level that the bucket reached had last been reached, in buckets; 0: never. */
static unsigned gap_of(const struct hk_retention *retention)
{
	size_t level = retention->high[retention->at];

	for (unsigned age = 1; age < BUCKETS; age++)
		if (retention->high[(retention->at - age) % BUCKETS] + level / NEAR >= level)
			return age;
	return 0;
}

static void adapt_hold(struct hk_retention *retention, unsigned gap)
{
	unsigned wanted = (unsigned)smaller(GAPS_HELD * gap, HK_RETENTION_HOLD);

	if (wanted >= retention->hold) {
		retention->hold = wanted;
		retention->hold_age = 0;
	} else if (++retention->hold_age >= HOLD_STAYS && retention->hold > HOLD_LEAST) {
		retention->hold--;
		retention->hold_age = 0;
	}
}

/* What was not wanted, and lows that were not met, in all of the history prove nothing any more. */
static void forget(struct hk_retention *retention)
{
	size_t most = quarter_more(retention->past_high);

	if (retention->past_low >= retention->past_high / 2 + retention->past_high % 2) {
		retention->shallow = larger(retention->shallow, retention->deep);
		retention->deep = retention->once = 0;
	}
	retention->shallow = smaller(retention->shallow, most);
	retention->once = smaller(retention->once, most);
	retention->deep = smaller(retention->deep, most);
	if (++retention->margin_age >= retention->margin_stays) {
		retention->margin /= 2;
		retention->margin_age = 0;
	}
}

/*
 * Levels come back without a purge as well, if they are given the benefit of the doubt: those that
 * were reached in this bucket and in an older one, and were not in use in between. A fall that came
 * after them in this bucket is none that they have come back from.
 */
static void confirm(struct hk_retention *retention)
{
	size_t reached = smaller(retention->high[retention->at],
		half_more(larger(retention->deep, retention->shallow)));
	size_t least = retention->low_yet;

	for (unsigned age = 1; age < BUCKETS; age++) {
		unsigned newer = (retention->at - age + 1) % BUCKETS;
		size_t level = smaller(reached, retention->high[(newer - 1) % BUCKETS]);

		if (age > 1)
			least = smaller(least, retention->low[newer]);
		if (least <= level / 2)
			retention->deep = larger(retention->deep, level);
		else if (least < level - level / NEAR)
			retention->shallow = larger(retention->shallow, level);
	}
}

static void close_bucket(struct hk_retention *retention)
{
	confirm(retention);
	adapt_hold(retention, gap_of(retention));
	retention->past_high = retention->held_high = 0;
	retention->past_low = SIZE_MAX;
	for (unsigned age = 0; age < BUCKETS - 1; age++) {
		unsigned i = (retention->at - age) % BUCKETS;

		retention->past_high = larger(retention->past_high, retention->high[i]);
		retention->past_low = smaller(retention->past_low, retention->low[i]);
		if (age < retention->hold)
			retention->held_high = retention->past_high;
	}
	forget(retention);
	retention->at = (retention->at + 1) % BUCKETS;
	retention->high[retention->at] = retention->low[retention->at] = retention->in_use;
	retention->low_yet = retention->in_use;
}

/* Nothing happened since the last call: what was in use then was so in each bucket. */
static void advance(struct hk_retention *retention, uint64_t now_ms)
{
	uint64_t passed;

	if (!retention->begun) {
		retention->begun = true;
		retention->began_ms = now_ms;
	}
	if (now_ms < retention->began_ms + retention->bucket_ms)
		return;
	passed = (now_ms - retention->began_ms) / retention->bucket_ms;
	retention->began_ms += passed * retention->bucket_ms;
	for (passed = passed < BUCKETS ? passed : BUCKETS; passed > 0; passed--)
		close_bucket(retention);
}

/* ---- what has proved itself ------------------------------------------------------------------ */

/* Levels above `from`, up to `to`, came back. */
static void learn(struct hk_retention *retention, size_t from, size_t to)
{
	if (to / 2 < retention->floor) {
		retention->shallow = larger(retention->shallow, to);
		return;
	}
	if (from < retention->once)
		retention->deep = larger(retention->deep, smaller(retention->once, to));
	retention->once = larger(retention->once, to);
}

/* The clock was wrong to purge a level that is not far beyond what was held. */
static void learn_margin(struct hk_retention *retention, size_t level)
{
	size_t most = retention->looked_held;

	if (level <= most || level > half_more(most) || level > retention->looked_high)
		return;
	retention->margin = larger(retention->margin, quarter_more(level - most));
	retention->margin_age = 0;
	if (retention->margin_stays < MARGIN_STAYS_MOST)
		retention->margin_stays *= 2;
}

/* What the clock leaves: what was wanted within the hold time, and the margin. */
size_t hk_retention_ceiling(const struct hk_retention *retention)
{
	size_t most = held(retention);
	size_t low = smaller(retention->past_low, retention->low[retention->at]);

	if (retention->percent == 0)
		return most;
	return most + smaller(larger((most - low) / 2, retention->margin), most / 2);
}

/* What a free() leaves: what has proved itself, and half as much again. */
static size_t proved(const struct hk_retention *retention, size_t in_use)
{
	if (retention->percent == 0)
		return 0;
	return half_more(larger(retention->deep, smaller(retention->shallow, 2 * in_use)));
}

/* ---- what the heap calls --------------------------------------------------------------------- */

size_t hk_retention_slack(const struct hk_retention *retention, size_t in_use)
{
	return larger(retention->keep, in_use * retention->percent / 100);
}

size_t hk_retention_limit(const struct hk_retention *retention, size_t in_use)
{
	return larger(in_use + hk_retention_slack(retention, in_use), proved(retention, in_use));
}

void hk_retention_use(struct hk_retention *retention, size_t in_use, size_t fresh, uint64_t now_ms)
{
	/* What is retained at such a time does not fit what is wanted: it is part of the need. */
	size_t committed = larger(retention->committed + fresh, in_use);
	size_t level = fresh ? committed : in_use;
	size_t back;

	advance(retention, now_ms);
	back = smaller(level, hk_retention_high(retention));
	if (fresh > 0 && retention->purges > 0) {
		if (back > retention->committed) {
			size_t count = smaller(fresh, back - retention->committed);

			retention->regretted += count;
			if (now_ms - retention->purged_ms <= SOON_MS)
				retention->regretted_soon += count;
			learn(retention, retention->committed, back);
		}
		learn_margin(retention, level);
	}
	retention->in_use = in_use;
	retention->committed = committed;
	if (level + level / NEAR >= retention->high[retention->at])
		retention->low_yet = retention->low[retention->at];
	retention->high[retention->at] = larger(retention->high[retention->at], level);
}

static void note(struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms)
{
	advance(retention, now_ms);
	retention->in_use = in_use;
	retention->committed = committed;
	retention->low[retention->at] = smaller(retention->low[retention->at], in_use);
}

size_t hk_retention_free(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms)
{
	note(retention, in_use, committed, now_ms);
	if (committed <= hk_retention_limit(retention, in_use))
		return committed;
	return larger(
		in_use + hk_retention_slack(retention, in_use) / 2, proved(retention, in_use));
}

size_t hk_retention_look(
	struct hk_retention *retention, size_t in_use, size_t committed, uint64_t now_ms)
{
	size_t most, slack = hk_retention_slack(retention, in_use);

	note(retention, in_use, committed, now_ms);
	most = hk_retention_ceiling(retention);
	if (committed <= most + slack)
		return committed;
	retention->looked_high = committed;
	retention->looked_held = held(retention);
	return most + slack / 2;
}

void hk_retention_purged(
	struct hk_retention *retention, size_t before, size_t after, uint64_t now_ms)
{
	advance(retention, now_ms);
	if (after >= before)
		return;
	retention->committed = after;
	retention->floor = retention->in_use;
	retention->purged_ms = now_ms;
	retention->purges++;
	retention->purged += before - after;
}
