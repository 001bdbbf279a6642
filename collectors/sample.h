/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sample: all metrics of the target at one instant.
 *
 * The runner clears a sample, hands it to each collector in turn, and records it. A collector sets
 * its own fields and leaves the others alone. A field that no collector set stays SAMPLE_NONE and
 * is recorded as NULL.
 */
#ifndef SOAK_SAMPLE_H
#define SOAK_SAMPLE_H

#include <stdint.h>

#include "collectors/metrics.h"

#define SAMPLE_NONE INT64_MIN

struct sample {
	int64_t v[METRIC_COUNT];
};

static inline void sample_clear(struct sample *s)
{
	for (int i = 0; i < METRIC_COUNT; i++)
		s->v[i] = SAMPLE_NONE;
}

/* Adds `value` to a metric that several processes contribute to. */
static inline void sample_add(struct sample *s, enum metric m, int64_t value)
{
	s->v[m] = (s->v[m] == SAMPLE_NONE ? 0 : s->v[m]) + value;
}

#endif
