/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer's own CPU time and memory. */
#ifndef SOAK_SELF_H
#define SOAK_SELF_H

#include "collectors/sample.h"

/* CPU time since this process began. */
int64_t self_cpu_ns(void);

/* Fills self_cpu_ns, less `base_cpu_ns`, and self_rss_bytes. */
void self_fill(int64_t base_cpu_ns, struct sample *sample);

#endif
