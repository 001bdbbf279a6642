/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads that take turns: one works while all others, the main one included, wait. So what several
 * threads do is a sequence that can be repeated. What one does in its turn is actors_burst().
 */
#ifndef TESTS_HAKMEM_ACTORS_H
#define TESTS_HAKMEM_ACTORS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

static struct actor {
	pthread_t thread;
	sem_t go, done;
	bool alive, end;
} actors[3];

void actors_burst(void);

static inline void *actors_act(void *of)
{
	struct actor *actor = of;

	for (;;) {
		sem_wait(&actor->go);
		if (actor->end)
			return NULL;
		actors_burst();
		sem_post(&actor->done);
	}
}

static inline void actors_end(struct actor *actor)
{
	if (!actor->alive)
		return;
	actor->end = true;
	sem_post(&actor->go);
	pthread_join(actor->thread, NULL);
	sem_destroy(&actor->go);
	sem_destroy(&actor->done);
	*actor = (struct actor){0};
}

static inline void actors_give(struct actor *actor)
{
	if (!actor->alive) {
		sem_init(&actor->go, 0, 0);
		sem_init(&actor->done, 0, 0);
		actor->alive = true;
		if (pthread_create(&actor->thread, NULL, actors_act, actor) != 0)
			abort();
	}
	sem_post(&actor->go);
	sem_wait(&actor->done);
}

#endif
