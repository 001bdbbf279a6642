/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs whose verdict is known, for tools/life: all live on malloc alone, hold 64 MiB in blocks
 * of 1 KiB, and replace 64 small blocks each millisecond until SIGTERM. One iteration is one
 * replacement, two ops. Beyond that:
 *
 *   flat      nothing                                          must pass
 *   leak      loses RATE per cent of the 64 MiB an hour        must fail
 *   sawtooth  fills 8 MiB in PERIOD seconds, frees them, again must pass
 *   cache     fills 16 MiB in PERIOD seconds, then stops       must pass
 *   fragment  RATE per cent an hour of the 64 MiB are given back but for one block in each 4 KiB,
 *             and as much is taken in blocks that fit into no such gap: what is in use stays as it
 *             is, what is resident grows                       must fail
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "soak/workloads/workload.h"

#define BLOCK 1024
#define HELD 65536 /* blocks: 64 MiB */
#define SLOTS 400
#define BURST 64
#define GAPPED 4      /* one in this many is kept */
#define STRANGER 8192 /* fits into no gap of three blocks */
#define GRAIN 24      /* gapped for one stranger: 8 groups of 3 blocks freed are 3 strangers */
#define TICK_NS 1000000

enum kind { FLAT, LEAK, SAWTOOTH, CACHE, FRAGMENT, KINDS };

static const char *const names[KINDS] = {"flat", "leak", "sawtooth", "cache", "fragment"};

static struct workload_arg args[] = {
	{"RATE", "per cent of 64 MiB an hour, of leak and fragment", 6, 1, 100000},
	{"PERIOD", "seconds, of sawtooth and cache", 20, 1, 86400},
};

static void *held[HELD], *extra[HELD], *slots[SLOTS];
static uint64_t extras, gapped;

static void *block(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		workload_fail("out of memory");
	memset(memory, 1, size);
	soakops_count_alloc(1);
	return memory;
}

static void drop(void **pointer)
{
	free(*pointer);
	*pointer = NULL;
	soakops_count_free(1);
}

/* As many blocks beside the held ones as there should be now. */
static void set_extras(uint64_t wanted)
{
	for (wanted = wanted < HELD ? wanted : HELD; extras < wanted;)
		extra[extras++] = block(BLOCK);
	while (extras > wanted)
		drop(&extra[--extras]);
}

/* So many of the held blocks should have been looked at and, three in four, given back. */
static void set_gapped(uint64_t wanted)
{
	for (wanted = wanted < HELD ? wanted : HELD; gapped + 32 <= wanted; gapped += 32) {
		for (uint64_t i = gapped; i < gapped + 32; i++)
			if (i % GAPPED)
				drop(&held[i]);
		for (int i = 0; i < GRAIN * BLOCK / STRANGER; i++)
			extra[extras++] = block(STRANGER);
	}
}

static void live(enum kind kind, double seconds)
{
	double by_rate = HELD * ((double)args[0].value / 100.0) * seconds / 3600.0;
	double periods = seconds / (double)args[1].value;

	switch (kind) {
	case LEAK:
		set_extras((uint64_t)by_rate);
		break;
	case SAWTOOTH:
		set_extras((uint64_t)(8192.0 * (periods - (double)(uint64_t)periods)));
		break;
	case CACHE:
		set_extras((uint64_t)(16384.0 * (periods < 1.0 ? periods : 1.0)));
		break;
	case FRAGMENT: /* what grows is the part that was given back */
		set_gapped((uint64_t)(by_rate * GAPPED / (GAPPED - 1)));
		break;
	default:
		break;
	}
}

static uint64_t churn(uint64_t *random)
{
	for (int i = 0; i < BURST; i++) {
		uint64_t number = workload_random(random);
		uint64_t slot = workload_low(number, SLOTS);

		free(slots[slot]);
		slots[slot] = workload_alloc(16 + workload_high(number, 1009));
	}
	soakops_count_alloc(BURST);
	soakops_count_free(BURST);
	return BURST;
}

static enum kind kind_of(const char *name)
{
	for (int k = 0; name && k < KINDS; k++)
		if (strcmp(name, names[k]) == 0)
			return k;
	return KINDS;
}

int main(int argc, char **argv)
{
	enum kind kind = kind_of(argc > 1 ? argv[1] : NULL);
	uint64_t random = workload_seed(1), start_ns, done = 0;
	struct timespec tick = {.tv_nsec = TICK_NS};

	if (kind == KINDS) {
		fputs("Usage: bench_life flat|leak|sawtooth|cache|fragment [RATE [PERIOD]]\n",
			stderr);
		return 2;
	}
	workload_begin(argc - 1, argv + 1, "Lives until SIGTERM, by a known course.", args, 2);
	/* of their final sizes and first, lest they leave room for what shall grow */
	for (int i = 0; i < SLOTS; i++)
		slots[i] = block(16 + workload_high(workload_random(&random), 1009));
	for (int i = 0; i < HELD; i++)
		held[i] = block(BLOCK);
	start_ns = workload_now_ns();
	while (!workload_stopped) {
		done += churn(&random);
		live(kind, (double)(workload_now_ns() - start_ns) / 1e9);
		nanosleep(&tick, NULL);
	}
	return workload_end(done, SLOTS, 2 * done, workload_now_ns() - start_ns);
}
