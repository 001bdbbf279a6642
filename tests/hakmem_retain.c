/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * TAP: src/retain.c, linked here as it is in the allocator, under shapes of demand and under what
 * real programs had in use (tests/retain/). `hakmem_retain --table [WORD]` prints the table of
 * docs/allocator.md (`make retention`), or of it the rows that have the word in their names.
 */
#include "src/retain.h"
#include "tests/retain/shapes.h"
#include "tests/retain/trace.h"
#include "tests/tap.h"

#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SEED 1
#define MARGIN 1.5 /* committed, of the recent peak, beside the slack */

static const char *const traces[] = {"gcc", "postgres", "python3", "redis", "sqlite3"};

static const struct rule *const rules[] = {
	&rule_demand, &rule_untaught, &rule_limit, &rule_decay, &rule_forever};

static struct figures play_shape(const struct rule *rule, const struct shape *shape)
{
	struct heap *heap = heap_new(rule);

	shapes_seed(SEED);
	shape->play(heap, shape);
	return heap_end(heap);
}

static struct figures play_trace(const struct rule *rule, const char *name)
{
	struct heap *heap = heap_new(rule);
	char path[256];

	snprintf(path, sizeof(path), "tests/retain/%s.demand", name);
	trace_play(heap, path);
	return heap_end(heap);
}

/* ---- the table ------------------------------------------------------------------------------- */

static double mib(double granules)
{
	return granules / MIB;
}

/* The first figures are of the rule by demand, the last ones of each rule. */
static void print_row(const char *name, const struct figures *by_rule)
{
	const struct figures *f = &by_rule[0];

	printf("| %s | %llu | %llu | %.0f | %.0f | %.2f |", name, (unsigned long long)f->purges,
		(unsigned long long)f->steady_purges, mib((double)f->regretted), mib(f->held_only),
		f->excess);
	if (isnan(f->forgotten_s))
		printf(" |");
	else
		printf(" %.1f |", f->forgotten_s);
	for (size_t r = 0; r < COUNT(rules); r++)
		printf(" %.2f |", by_rule[r].cost / by_rule[r].optimum);
	printf("\n");
}

static void print_table(const char *word)
{
	struct figures figures[COUNT(rules)];

	printf("| demand | purges | steady | wanted back, MiB | held, MiB s | committed / peak | "
	       "forgotten, s |");
	for (size_t r = 0; r < COUNT(rules); r++)
		printf(" %s%s |", r ? "" : "cost / optimum: ", rules[r]->name);
	printf("\n|---|");
	for (size_t column = 0; column < 6 + COUNT(rules); column++)
		printf("---|");
	printf("\n");
	for (size_t i = 0; i < shapes_count; i++) {
		if (!strstr(shapes[i].name, word))
			continue;
		for (size_t r = 0; r < COUNT(rules); r++)
			figures[r] = play_shape(rules[r], &shapes[i]);
		print_row(shapes[i].name, figures);
	}
	for (size_t i = 0; i < COUNT(traces); i++) {
		if (!strstr(traces[i], word))
			continue;
		for (size_t r = 0; r < COUNT(rules); r++)
			figures[r] = play_trace(rules[r], traces[i]);
		print_row(traces[i], figures);
	}
}

/* ---- what is asked of each shape ------------------------------------------------------------ */

static const char *about(const struct shape *shape, const char *what)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s: %s", shape->name, what);
	return text;
}

static void test_shape(const struct shape *shape)
{
	struct figures f = play_shape(&rule_demand, shape);

	if (shape->steady)
		tap_between((double)f.steady_purges, 0, shape->allowed,
			about(shape, "purges once it is learned"));
	if (shape->forgotten_s > 0)
		tap_between(f.forgotten_s, 0, shape->forgotten_s,
			about(shape, "forgotten after so many seconds"));
	if (shape->after_drop > 0)
		tap_between((double)f.after_drop, 0, (double)shape->after_drop,
			about(shape, "granules retained after the drop"));
	if (shape->ratio > 0)
		tap_between(f.cost / f.optimum, 0, shape->ratio, about(shape, "cost / optimum"));
	tap_between(f.excess, 0, MARGIN, about(shape, "committed / recent peak"));
}

/* What is asked cannot be had without learning: the test would see that it is gone. */
static void test_untaught(const struct shape *shape)
{
	struct figures f = play_shape(&rule_untaught, shape);

	if (shape->steady && shape->high - shape->low > 2 * KEEP)
		tap_between((double)f.steady_purges, 1, INFINITY,
			about(shape, "purges, without learning"));
}

static void test_trace(const char *name)
{
	struct figures f = play_trace(&rule_demand, name), limit = play_trace(&rule_limit, name),
		       forever = play_trace(&rule_forever, name);
	char text[128];

	snprintf(text, sizeof(text), "%s: there is a recording", name);
	tap_between((double)f.peak_in_use, 1, INFINITY, text);
	snprintf(text, sizeof(text), "%s: cost / optimum", name);
	tap_between(f.cost / f.optimum, 0, 3, text);
	snprintf(text, sizeof(text), "%s: purged granules wanted back, of those with a fixed limit",
		name);
	tap_between((double)f.regretted, 0, 0.25 * (double)limit.regretted, text);
	snprintf(text, sizeof(text), "%s: holds no more than who keeps all", name);
	tap_between(f.held_only, 0, forever.held_only, text);
}

/* ---- what is promised to any caller --------------------------------------------------------- */

/* Clocks that stand still, leap or step back; levels at random; purges that do not get there. */
static void test_any_calls(void)
{
	struct hk_retention retention;
	size_t in_use = 0, committed = 0, wrong = 0;
	uint64_t now = 1000000;

	srand(SEED);
	hk_retention_init(&retention, KEEP, PERCENT, HOLD_MS);
	for (int i = 0; i < 2000000; i++) {
		int what = rand() % 100;
		size_t to = (size_t)(rand() % 100 ? rand() % 2000 : rand()), target;

		now += what < 90   ? (uint64_t)(rand() % 20)
		       : what < 95 ? 0
				   : (uint64_t)rand() % 100000;
		now -= what == 99 ? 50000 : 0;
		if (to > in_use) {
			size_t fresh = to > committed ? to - committed : (size_t)(rand() % 2);

			if (fresh > to - in_use)
				fresh = to - in_use;
			hk_retention_use(&retention, to, fresh, now);
			committed += fresh;
			committed = committed > to ? committed : to;
			in_use = to;
			continue;
		}
		in_use = to;
		target = what % 2 ? hk_retention_free(&retention, in_use, committed, now)
				  : hk_retention_look(&retention, in_use, committed, now);
		wrong += target > committed || target < in_use;
		if (target < committed && rand() % 4) {
			hk_retention_purged(&retention, committed, target, now);
			committed = target;
		}
	}
	tap_near((double)wrong, 0, 0, "targets are between what is in use and what is committed");
	tap_between((double)retention.regretted_soon, 0, (double)retention.regretted,
		"granules wanted back within a second are among those wanted back");
	tap_between((double)retention.regretted, 0, (double)retention.purged,
		"granules wanted back are among those purged");
}

/* Nothing is learned from a percentage of 0, however often it comes back. */
static void test_off(void)
{
	struct hk_retention retention;

	hk_retention_init(&retention, KEEP, 0, HOLD_MS);
	for (uint64_t now = 0; now < 20000; now += 10) {
		hk_retention_use(&retention, 1000, 1000 - KEEP / 2, now);
		hk_retention_free(&retention, 0, 1000, now + 1);
		hk_retention_purged(&retention, 1000, KEEP / 2, now + 1);
	}
	tap_near((double)hk_retention_limit(&retention, 0), KEEP, 0,
		"percent 0: the slack, no more");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--table") == 0) {
		print_table(argc > 2 ? argv[2] : "");
		return 0;
	}
	for (size_t i = 0; i < shapes_count; i++)
		test_shape(&shapes[i]);
	for (size_t i = 0; i < shapes_count; i++)
		if (shapes[i].ops < 10000000)
			test_untaught(&shapes[i]);
	for (size_t i = 0; i < COUNT(traces); i++)
		test_trace(traces[i]);
	test_any_calls();
	test_off();
	return tap_done();
}
