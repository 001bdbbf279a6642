/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a run file, in one transaction per second: a recorder that is killed loses at most a
 * second, and its file opens like any other run. Not thread-safe.
 *
 * The first error, most often a full disk, is kept: all later calls do nothing, and
 * recorder_error() says what happened. The caller asks once a tick and ends the run.
 */
#ifndef SOAK_RECORDER_H
#define SOAK_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/heap_samples.h"
#include "collectors/mappings.h"
#include "collectors/sample.h"
#include "collectors/tree.h"
#include "soak/words/text.h"

struct recorder;

/*
 * Creates the file. An existing file is replaced only with `overwrite`, and only if it is a
 * recording that no other soak is writing. It stays until recorder_publish() or recorder_close().
 * Returns 0 or a negative errno with one line in `error`.
 */
int recorder_open(
	const char *path, bool overwrite, struct recorder **ret_recorder, struct text *error);

/*
 * Commits, folds the journal back into the one file and closes it. Returns 0 or a negative errno:
 * -ENODATA if nothing could be written (a disk that was full from the start); the file is removed.
 * Accepts NULL.
 */
int recorder_close(struct recorder *recorder);

/* Recording has begun: gives the new file its name, in place of an existing one. */
void recorder_publish(struct recorder *recorder);

/* Closes and removes an unpublished file and its journals; an existing file stays. */
void recorder_discard(struct recorder *recorder);

/* Descriptor of the file that is written; owned by the recorder, do not close it. */
int recorder_fd(const struct recorder *recorder);

/* The origin of all times, CLOCK_MONOTONIC; set once, before the first sample. */
void recorder_set_start(struct recorder *recorder, uint64_t start_ns);

void recorder_fact(struct recorder *recorder, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void recorder_event(struct recorder *recorder, uint64_t now_ns, const char *kind,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void recorder_sample(struct recorder *recorder, const struct sample *sample);

/* Writes what of the mappings is not as it was before, at a sample's time. */
void recorder_mapping(
	struct recorder *recorder, const struct mapping_group *group, uint64_t now_ns);

/* Writes what a site of the heap holds, and has allocated, at a sample's time. */
void recorder_heap(struct recorder *recorder, const struct heap_change *change, uint64_t now_ns);

/* Texts may be NULL where the table allows NULL. */
struct recorder_heap_frame {
	uint32_t id;
	const char *function, *place, *module, *build_id;
	int64_t address;
	bool own;
};

/* Writes or rewrites it. */
void recorder_heap_frame(struct recorder *recorder, const struct recorder_heap_frame *frame);

/* `frames`: their ids, innermost first, with commas. */
void recorder_heap_site(
	struct recorder *recorder, uint32_t id, const char *frames, const char *reaches);

/* Writes or rewrites the process's row. */
void recorder_process(struct recorder *recorder, const struct process *process);

/* Writes the gain of the process's counters since the last call. `now_ns`: CLOCK_MONOTONIC. */
void recorder_churn(struct recorder *recorder, struct process *process, uint64_t now_ns);

/* The same for calls counted under no process. */
void recorder_overflow_churn(
	struct recorder *recorder, const struct churn_counts *counts, uint64_t now_ns);

/* -1 for a source that is absent. */
void recorder_crosscheck(struct recorder *recorder, const char *syscall, int64_t bpf, int64_t perf);

/* Writes the process's calls from its allocator's code, by the kernel and by its own counters. */
void recorder_allocator(struct recorder *recorder, struct process *process);

/* Writes the gain of a call site; `place` is its caller's number. */
void recorder_caller(struct recorder *recorder, const struct process *process, uint32_t place,
	enum churn_kind kind, const struct caller_site *gain, uint64_t now_ns);

/* A caller. Texts may be NULL where the table allows NULL. */
struct recorder_place {
	uint32_t id;
	const char *program, *certainty;
	bool several, allocator;
	const char *caller, *module, *build_id;
	int64_t address;
	const char *stack;
};

void recorder_place(struct recorder *recorder, const struct recorder_place *place);

void recorder_commit(struct recorder *recorder);

/* Commits, and folds the journal into the file. Waits for the disk, so call it rarely. */
void recorder_checkpoint(struct recorder *recorder);

/* NULL while all is well. */
const char *recorder_error(const struct recorder *recorder);

#endif
