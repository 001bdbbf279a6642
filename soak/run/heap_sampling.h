/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --heap-sampling: who holds the live heap of a started target. docs/heap-sampling.md. */
#ifndef SOAK_RUN_HEAP_SAMPLING_H
#define SOAK_RUN_HEAP_SAMPLING_H

#include <stddef.h>

#include "collectors/heap_samples.h"

struct session;
struct session_options;

struct heap_sampling {
	struct heap_samples *samples; /* NULL: nothing is sampled */
	int timer_fd;                 /* readable when the ring is to be read; or -1 */
	uint32_t frames, sites;       /* that are in the file, from 1 */
};

/* What the ops page must have room for, beside itself. */
size_t heap_sampling_bytes(const struct session_options *options);

/* Before the target starts. 0 or a negative errno. */
int heap_sampling_begin(struct session *session, struct soakops_page *page);

/* Reads what the target sent. */
void heap_sampling_read(struct session *session);

/* At a tick: fills the estimates, and writes what changed if that is due. */
void heap_sampling_fill(struct session *session, struct sample *sample);

/* Names the frames, records the losses, and warns of them. */
void heap_sampling_end(struct session *session);

void heap_sampling_release(struct heap_sampling *sampling);

#endif
