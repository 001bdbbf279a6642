/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads beside a workload's own, each of which replaces 400 small blocks all the time. */
#ifndef SOAK_WORKLOAD_BUSY_H
#define SOAK_WORKLOAD_BUSY_H

#include "soak/workloads/longest.h"

struct busy;

/* The calls that they make are published, but depend on the clock. */
struct busy *busy_begin(uint64_t threads, uint64_t seed);

/* From here on they look how long their calls take. */
void busy_watch(struct busy *busy);

/* Ends them. Adds to *longest. Returns their ops. */
uint64_t busy_end(struct busy *busy, struct longest *longest);

#endif
