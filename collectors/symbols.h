/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names for places in code, by libdw: from the file's own symbol table, or from separate debug
 * information found by debug link or build id; of a file that is gone or another one by now, from
 * the symbol table that was read while it was there. debuginfod is asked only if the user's
 * environment says so (DEBUGINFOD_URLS), which can take its time: not while anything is being
 * measured. Not thread-safe.
 */
#ifndef SOAK_SYMBOLS_H
#define SOAK_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/code_file.h"

struct symbols;

/* NULL when memory is short, which symbols_name() accepts. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/*
 * The function at the file's own address, and how far into it that is. The name belongs to
 * `symbols`, or to the file. NULL: there is none.
 */
const char *symbols_name(struct symbols *symbols, const struct code_file *file, uint64_t address,
	uint64_t *ret_offset);

/*
 * A C++ or Rust name as it is written in the source, without parameters; any other as it is. To be
 * freed; NULL when memory is short.
 */
char *symbols_demangle(const char *name);

#endif
