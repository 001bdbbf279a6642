/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The limit on open descriptors: perf counters take seven for each thread that is attached to, and
 * a thousand is a usual limit.
 */
#ifndef SOAK_DESCRIPTORS_H
#define SOAK_DESCRIPTORS_H

#include <sys/resource.h>

/*
 * Raises the limit as far as this process may. Child processes inherit the limit, so start programs
 * before this, or after descriptors_restore().
 */
void descriptors_raise(struct rlimit *ret_before);
void descriptors_restore(const struct rlimit *before);

/* The limit as it is now. */
unsigned long long descriptors_limit(void);

#endif
