/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer observes itself. */
#ifndef SOAK_SELF_H
#define SOAK_SELF_H

#include "collectors/sample.h"

/* Fills self_cpu_ns (since the process began) and self_rss_bytes. */
void self_fill(struct sample *sample);

#endif
