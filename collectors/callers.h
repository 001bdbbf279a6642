/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who made each churn call: from the call sites that the probes count to places in the target's
 * code. docs/callers.md describes it as a whole.
 *
 * A place is an instruction and the function that it returns to, by file and address, so that
 * processes that run the same program share their places. Places are numbered from 1 in order of
 * appearance. Each stack that arrives adds to the knowledge of a place. So only the number of the
 * place is recorded with the calls; the rest is recorded when the run is over. Not thread-safe;
 * struct callers owns everything that these functions return.
 */
#ifndef SOAK_CALLERS_H
#define SOAK_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/callers.h"
#include "collectors/caller_place.h"
#include "collectors/probes.h"
#include "collectors/tree.h"

struct callers;

/* Returns 0 or a negative errno. Without PROBE_CALLERS *ret_callers is NULL; all accept NULL. */
int callers_new(struct probes *probes, struct tree *tree, struct callers **ret_callers);
void callers_free(struct callers *callers);

int callers_fd(const struct callers *callers); /* readable when a stack has arrived; or -1 */
void callers_update(struct callers *callers);  /* works on the stacks that have arrived */

/* A program was executed: remembers its file, in case it ends before its mappings are read. */
void callers_saw_program(struct callers *callers, pid_t tgid, const char *path);

typedef void caller_gain_fn(void *context, const struct process *process, uint32_t place,
	enum churn_kind kind, const struct caller_site *gain);

/*
 * Calls `fn` for each site of the process with new calls since the last time. A site whose stack
 * has not arrived yet is postponed to the next time, unless this is the last time (`last`).
 */
void callers_gains(struct callers *callers, const struct process *process, bool last,
	caller_gain_fn *fn, void *context);

/* Call after the last callers_gains() of a process that has ended: frees its sites. */
void callers_forget(struct callers *callers, const struct process *process);

size_t callers_places(const struct callers *callers);
const struct caller_place *callers_place(const struct callers *callers, size_t index);

/*
 * How certain it is that all calls counted under the place were made by its caller. Until it is
 * known in which word of the stack the callers differ, the stacks of the 1st, 2nd, 4th ... call
 * stand for the other calls. If a place relied on that, it is heuristic, not exact.
 */
enum caller_certainty callers_certainty(const struct callers *callers, size_t index);

struct caller_losses callers_losses(const struct callers *callers);

#endif
