/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events that were taken from a ring buffer and wait for processing, so that the ring does not fill
 * up while one event is processed. First in, first out. Not thread-safe.
 */
#ifndef SOAK_EVENT_QUEUE_H
#define SOAK_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct event_queue {
	struct event_node *first, **end;
	size_t bytes; /* of all events in the queue */
};

void event_queue_init(struct event_queue *queue);
void event_queue_release(struct event_queue *queue);

/* Appends a copy of the event. False: out of memory. */
bool event_queue_push(struct event_queue *queue, const void *event, size_t size);

/* Takes the first event; the caller frees it with free(). NULL: there is none. */
struct event_node *event_queue_pop(struct event_queue *queue);

struct event_node {
	struct event_node *next;
	size_t size;
	_Alignas(8) unsigned char event[];
};

#endif
