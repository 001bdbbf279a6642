/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers and frames in words, for the run file. */
#ifndef SOAK_RUN_PLACES_H
#define SOAK_RUN_PLACES_H

#include <stdbool.h>

#include "collectors/symbols.h"
#include "collectors/unwind.h"

struct session;

/* The callers by file and address, as they appear; by name, when the run is over. */
void places_record_new(struct session *session);
void places_record(struct session *session);

/*
 * module`function, or module+address. `symbols` may be NULL. The caller owns the text; NULL when
 * memory is short.
 */
char *places_frame(struct symbols *symbols, const struct unwind_frame *frame, bool with_offset);

#endif
