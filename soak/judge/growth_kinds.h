/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What grew: memory backed by files (and shared memory), or anonymous memory, the allocator's. A
 * program that maps its log or its database grows without a leak.
 */
#ifndef SOAK_JUDGE_GROWTH_KINDS_H
#define SOAK_JUDGE_GROWTH_KINDS_H

#include "soak/judge/rule.h"

/*
 * Adds to a concluded rule on RSS how much of the growth over the window (of the lines fitted to
 * each by least squares) was anonymous, LazyFree left out, and how much file-backed: to the reason
 * where the latter is a tenth of the change or more, and as figures in any case. Nothing where the
 * kinds were not measured. And how much LazyFree there was in the mean, which is no RSS here.
 */
void growth_kinds(const struct rule_context *context, struct rule_result *result);

/*
 * The same of memory_drift: how much of the growth of memory (the context's resident_bytes) was
 * anonymous, shared, swap and page tables; in any case.
 */
void growth_parts(const struct rule_context *context, struct rule_result *result);

/* What the target takes beside its memory: pages of files, in the mean of the window. */
double growth_beside(const struct rule_context *context);

#endif
