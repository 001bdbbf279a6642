/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue between the ring buffer and the unwinder. Used by callers.c. */
#include <stdlib.h>
#include <string.h>

#include "collectors/event_queue.h"

void event_queue_init(struct event_queue *queue)
{
	*queue = (struct event_queue){.end = &queue->first};
}

void event_queue_release(struct event_queue *queue)
{
	while (queue->first)
		free(event_queue_pop(queue));
}

bool event_queue_push(struct event_queue *queue, const void *event, size_t size)
{
	struct event_node *node = malloc(sizeof(*node) + size);

	if (!node)
		return false;
	node->next = NULL;
	node->size = size;
	memcpy(node->event, event, size);
	*queue->end = node;
	queue->end = &node->next;
	queue->bytes += size;
	return true;
}

struct event_node *event_queue_pop(struct event_queue *queue)
{
	struct event_node *node = queue->first;

	if (!node)
		return NULL;
	queue->first = node->next;
	if (!queue->first)
		queue->end = &queue->first;
	queue->bytes -= node->size;
	return node;
}
