/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Turnover of threads, after the idea of Larson and Krishnan's server benchmark ("Memory allocation
 * for long-running server applications", ISMM 1998): each of THREADS chains has WS blocks of 16 to
 * 1024 bytes. A thread replaces blocks of its chain in random order for TURN iterations, then hands
 * all of them to a new thread and ends, so that blocks are freed by the heirs of threads that are
 * long gone. One iteration is one free and one malloc, two ops; the chains share ITERS.
 *
 * The threads of a chain run on two stacks in turn. For stacks of its own libc would call madvise
 * for each thread that ends, and munmap for some: calls that no allocator can avoid.
 */
#include "soak/workloads/workload.h"

#include <pthread.h>
#include <semaphore.h>

#define MIN_SIZE 16
#define MAX_SIZE 1024
#define STACK_BYTES ((size_t)256 << 10)

static struct workload_arg args[] = {
	WORKLOAD_ITERS,
	{"THREADS", "chains, each with one live thread", 2, 1, 1024},
	WORKLOAD_SEED,
	{"WS", "live blocks of each chain", 1000, 1, UINT32_MAX},
	{"TURN", "iterations of one thread, rounded up to whole blocks of 4096", 65536, 1,
		UINT64_MAX},
};

struct chain {
	void **slots;
	uint64_t ws, turn, left, state;
	uint64_t done;
	char *stacks[2];
	unsigned turns;   /* begun: its last bit tells whose stack is in use */
	pthread_t parent; /* of the heir, who joins it */
};

static sem_t chains_ended;

static uint64_t random_size(uint64_t random)
{
	return MIN_SIZE + workload_high(random, MAX_SIZE - MIN_SIZE + 1);
}

/* False when the chain is at its end. */
static int work_one_turn(struct chain *chain)
{
	uint64_t n;

	for (uint64_t worked = 0; worked < chain->turn; worked += n) {
		n = workload_block(&chain->left);
		if (n == 0)
			return 0;
		for (uint64_t i = 0; i < n; i++) {
			uint64_t random = workload_random(&chain->state);
			void **slot = &chain->slots[workload_low(random, chain->ws)];

			free(*slot);
			*slot = workload_alloc(random_size(random));
		}
		soakops_count_alloc(n);
		soakops_count_free(n);
		chain->done += n;
	}
	return 1;
}

static void *live(void *context);

static void found_heir(struct chain *chain)
{
	pthread_attr_t attr;
	pthread_t heir;

	chain->parent = pthread_self();
	pthread_attr_init(&attr);
	if (pthread_attr_setstack(&attr, chain->stacks[chain->turns++ % 2], STACK_BYTES) ||
		pthread_create(&heir, &attr, live, chain))
		workload_fail("cannot create a thread");
	pthread_attr_destroy(&attr);
}

static void *live(void *context)
{
	struct chain *chain = context;

	if (chain->turns > 1)
		pthread_join(chain->parent, NULL); /* its stack is the next heir's */
	if (work_one_turn(chain)) {
		found_heir(chain); /* the chain is the heir's from here on */
	} else {
		chain->parent = pthread_self();
		sem_post(&chains_ended);
	}
	return NULL;
}

static void prepare(struct chain *chain, uint64_t index, uint64_t chains)
{
	uint64_t iters = args[0].value;

	chain->ws = args[3].value;
	chain->turn = args[4].value;
	chain->left = iters / chains + (index < iters % chains);
	chain->state = workload_seed(args[2].value + index);
	for (int i = 0; i < 2; i++)
		chain->stacks[i] = workload_array(1, STACK_BYTES);
	chain->slots = workload_array(chain->ws, sizeof(*chain->slots));
	for (uint64_t i = 0; i < chain->ws; i++)
		chain->slots[i] = workload_alloc(random_size(workload_random(&chain->state)));
	soakops_count_alloc(chain->ws);
}

static uint64_t dissolve(struct chain *chain)
{
	pthread_join(chain->parent, NULL);
	for (int i = 0; i < 2; i++)
		free(chain->stacks[i]);
	workload_free_slots(chain->slots, chain->ws);
	return chain->done;
}

int main(int argc, char **argv)
{
	uint64_t chains, start_ns, elapsed_ns, done = 0;
	struct chain *all;

	workload_begin(argc, argv,
		"Threads that replace blocks for a while, hand them to a new thread, and end.",
		args, 5);
	chains = args[1].value;
	all = workload_array(chains, sizeof(*all));
	sem_init(&chains_ended, 0, 0);
	for (uint64_t i = 0; i < chains; i++)
		prepare(&all[i], i, chains);
	start_ns = workload_now_ns();
	for (uint64_t i = 0; i < chains; i++)
		found_heir(&all[i]);
	for (uint64_t i = 0; i < chains; i++)
		while (sem_wait(&chains_ended) != 0)
			; /* interrupted by a signal that sets the stop flag */
	elapsed_ns = workload_now_ns() - start_ns;
	for (uint64_t i = 0; i < chains; i++)
		done += dissolve(&all[i]);
	free(all);
	return workload_end(done, chains * args[3].value, 2 * done, elapsed_ns);
}
