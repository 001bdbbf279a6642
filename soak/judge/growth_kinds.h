/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What grew: memory backed by files (and shared memory), or anonymous memory, the allocator's. A
 * program that maps its log or its database grows without a leak.
 */
#ifndef SOAK_JUDGE_GROWTH_KINDS_H
#define SOAK_JUDGE_GROWTH_KINDS_H

#include "soak/judge/rule.h"

/*
 * Adds to a concluded rule on RSS how much of the growth over the window was anonymous (without
 * LazyFree) and how much was file-backed, by least-squares lines through each. Both become figures
 * of the result; the reason names them if file-backed memory is a tenth of the change or more. Adds
 * the mean LazyFree memory too, which does not count as RSS here. Adds nothing if the kinds were
 * not measured.
 */
void growth_kinds(const struct rule_context *context, struct rule_result *result);

/*
 * The same for memory_drift: how much of the growth of memory (the context's resident_bytes) was
 * anonymous, shared, swap and page tables. The reason always names them.
 */
void growth_parts(const struct rule_context *context, struct rule_result *result);

/* Mean file-backed memory in the window, without shared memory; bytes. */
double growth_beside(const struct rule_context *context);

#endif
