/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who made each churn call: call sites as the probes count them, and the places in the target's
 * code that they stand for. docs/callers.md is the whole way.
 *
 * A place is what two processes that run the same program have in common: an instruction and the
 * function that it returns to, by file and address. It is numbered from 1 in order of appearance.
 * What is known of it grows with each stack that arrives, so its number is recorded with the
 * calls, and the rest when the run is over. Not thread-safe; owns all that it hands out.
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

/* Without PROBE_CALLERS there is nothing to collect: *ret_callers is NULL, which all accept. */
int callers_new(struct probes *probes, struct tree *tree, struct callers **ret_callers);
void callers_free(struct callers *callers);

int callers_fd(const struct callers *callers); /* readable when a stack has arrived; or -1 */
void callers_update(struct callers *callers);  /* takes what has arrived */

/* A program was executed: where its file is, should it have ended before anybody can look. */
void callers_saw_program(struct callers *callers, pid_t tgid, const char *path);

typedef void caller_gain_fn(void *context, const struct process *process, uint32_t place,
	enum churn_kind kind, const struct caller_site *gain);

/*
 * Calls back for each site of the process that has gained since the last time. A site whose stack
 * is on its way is told of the next time, unless there is none: `last`.
 */
void callers_gains(struct callers *callers, const struct process *process, bool last,
	caller_gain_fn *fn, void *context);

/* The process has ended, and its last gains were asked for. */
void callers_forget(struct callers *callers, const struct process *process);

size_t callers_places(const struct callers *callers);
const struct caller_place *callers_place(const struct callers *callers, size_t index);

/*
 * How sure it is that all calls counted under the place are its caller's. Until it is known in
 * which word of the stack callers differ, the stacks of the 1st, 2nd, 4th ... call stand for the
 * others: where that was relied on, an exact place is a heuristic one.
 */
enum caller_certainty callers_certainty(const struct callers *callers, size_t index);

struct caller_losses callers_losses(const struct callers *callers);

#endif
