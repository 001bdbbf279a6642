/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was taken from a ring buffer and waits to be worked on: the ring must not fill up while one
 * event takes its time. First in, first out. Not thread-safe.
 */
#ifndef SOAK_EVENT_QUEUE_H
#define SOAK_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct event_queue {
	struct event_node *first, **end;
	size_t bytes; /* of all that waits */
};

void event_queue_init(struct event_queue *queue);
void event_queue_release(struct event_queue *queue);

/* Copies the event. False when memory is short. */
bool event_queue_push(struct event_queue *queue, const void *event, size_t size);

/* Takes the first one; NULL if there is none. To be freed with free(). */
struct event_node *event_queue_pop(struct event_queue *queue);

struct event_node {
	struct event_node *next;
	size_t size;
	_Alignas(8) unsigned char event[];
};

#endif
