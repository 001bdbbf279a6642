/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names for places in code, by libdw: from the file's own symbol table, or from separate debug
 * information found by debug link or build id. If the file has been deleted or replaced, the name
 * comes from the symbol table that was read before. debuginfod is asked only if the user's
 * environment says so (DEBUGINFOD_URLS). That can be slow: do not call while anything is being
 * measured. Not thread-safe.
 */
#ifndef SOAK_SYMBOLS_H
#define SOAK_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/code_file.h"

struct symbols;

/* NULL: out of memory; symbols_name() accepts NULL. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *symbols);

/*
 * The name of the function at an address of the file; *ret_offset: the distance from its start. The
 * name belongs to `symbols` or to the file. NULL: there is none.
 */
const char *symbols_name(struct symbols *symbols, const struct code_file *file, uint64_t address,
	uint64_t *ret_offset);

/*
 * Returns a C++ or Rust name as written in the source, without parameters; other names unchanged.
 * The caller frees. NULL: out of memory.
 */
char *symbols_demangle(const char *name);

#endif
