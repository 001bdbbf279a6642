/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer observes itself. */
#ifndef SOAK_SELF_H
#define SOAK_SELF_H

#include "collectors/sample.h"

/* CPU time since this process began. */
int64_t self_cpu_ns(void);

/* Fills self_cpu_ns since it was `base_cpu_ns`, and self_rss_bytes. */
void self_fill(int64_t base_cpu_ns, struct sample *sample);

#endif
