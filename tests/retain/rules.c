/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that are compared: hakmem's own, linked from src/, and what else could be done. */
#include "src/retain.h"
#include "tests/retain/heap.h"

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- by demand ------------------------------------------------------------------------------- */

static void demand_init(void *state)
{
	hk_retention_init(state, KEEP, PERCENT, HOLD_MS);
}

static void untaught_init(void *state)
{
	hk_retention_init(state, KEEP, 0, HOLD_MS);
}

static void demand_use(void *state, size_t in_use, size_t fresh, uint64_t now_ms)
{
	hk_retention_use(state, in_use, fresh, now_ms);
}

static size_t demand_free(void *state, size_t in_use, size_t committed, uint64_t now_ms)
{
	return hk_retention_free(state, in_use, committed, now_ms);
}

static size_t demand_look(void *state, size_t in_use, size_t committed, uint64_t now_ms)
{
	return hk_retention_look(state, in_use, committed, now_ms);
}

static void demand_purged(void *state, size_t before, size_t after, uint64_t now_ms)
{
	hk_retention_purged(state, before, after, now_ms);
}

const struct rule rule_demand = {
	"by demand", demand_init, demand_use, demand_free, demand_look, demand_purged};
const struct rule rule_untaught = {
	"untaught", untaught_init, demand_use, demand_free, demand_look, demand_purged};

/* ---- a fixed limit, raised by regret; and what a second did not need ------------------------ */

struct limited {
	size_t peak, limit, low, purged, in_use, retained;
};

static size_t limit_base(const struct limited *limited)
{
	return larger(KEEP, limited->peak * PERCENT / 100);
}

static size_t limit_of(const struct limited *limited)
{
	return larger(limited->limit, limit_base(limited));
}

static void limit_note(struct limited *limited, size_t in_use, size_t retained)
{
	limited->in_use = in_use;
	limited->retained = retained;
	limited->low = smaller(limited->low, retained);
	limited->peak = larger(limited->peak, in_use);
}

static void limit_use(void *state, size_t in_use, size_t fresh, uint64_t now_ms)
{
	struct limited *limited = state;
	size_t regret = smaller(fresh, limited->purged);
	size_t taken = in_use - limited->in_use - fresh;

	(void)now_ms;
	limit_note(limited, in_use, limited->retained - taken);
	if (regret > 0) {
		size_t most = larger(limit_base(limited), limited->peak / 10);

		limited->purged -= regret;
		limited->limit = smaller(limit_of(limited) + regret, most);
	}
}

static size_t limit_free(void *state, size_t in_use, size_t committed, uint64_t now_ms)
{
	struct limited *limited = state;
	size_t most = limit_of(limited);

	(void)now_ms;
	limit_note(limited, in_use, committed - in_use);
	return committed - in_use > most ? in_use + most - most / 8 : committed;
}

static size_t limit_look(void *state, size_t in_use, size_t committed, uint64_t now_ms)
{
	struct limited *limited = state;
	size_t floor = smaller(larger(MIB, in_use / 32), limit_of(limited));
	size_t low = limited->low, retained = committed - in_use;

	(void)now_ms;
	limited->purged = 0;
	limited->limit -= limited->limit / 64;
	limited->peak = larger(in_use, limited->peak - limited->peak / 64);
	limited->low = retained;
	return low > floor ? committed - smaller(low - floor, retained) : committed;
}

static void limit_purged(void *state, size_t before, size_t after, uint64_t now_ms)
{
	struct limited *limited = state;

	(void)now_ms;
	limited->purged += before - after;
	limit_note(limited, limited->in_use, after - limited->in_use);
}

const struct rule rule_limit = {
	"fixed limit", NULL, limit_use, limit_free, limit_look, limit_purged};

/* ---- decay, as jemalloc's src/decay.c -------------------------------------------------------- */

#define EPOCHS 200
#define EPOCH_MS 50

struct decay {
	double backlog[EPOCHS]; /* what became free in each epoch, the newest last */
	size_t retained;        /* at the end of the last epoch */
	uint64_t epoch_ms;
};

static double still_held(size_t age)
{
	double x = 1 - (double)age / EPOCHS;

	return x * x * x * (x * (x * 6 - 15) + 10);
}

static size_t decay_tick(void *state, size_t in_use, size_t committed, uint64_t now_ms)
{
	struct decay *decay = state;
	uint64_t passed = (now_ms - decay->epoch_ms) / EPOCH_MS;
	size_t retained = committed - in_use;
	double limit = 0;

	if (passed == 0)
		return committed;
	decay->epoch_ms += passed * EPOCH_MS;
	for (size_t i = 0; i < EPOCHS; i++)
		decay->backlog[i] = i + passed < EPOCHS ? decay->backlog[i + passed] : 0;
	decay->backlog[EPOCHS - 1] =
		retained > decay->retained ? (double)(retained - decay->retained) : 0;
	for (size_t i = 0; i < EPOCHS; i++)
		limit += decay->backlog[i] * still_held(EPOCHS - 1 - i);
	if ((double)retained > limit)
		retained = (size_t)limit;
	decay->retained = retained;
	return in_use + retained;
}

const struct rule rule_decay = {"decay 10 s", NULL, NULL, decay_tick, decay_tick, NULL};

/* ---- for ever -------------------------------------------------------------------------------- */

const struct rule rule_forever = {.name = "for ever"};
