/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queries of an open ELF file. Pure functions. */
#ifndef SOAK_ELF_FILE_H
#define SOAK_ELF_FILE_H

#include <gelf.h>
#include <stdbool.h>

#define ELF_BUILD_ID_TEXT 65 /* 32 bytes in hexadecimal, and an end; most have 20 */

/* The build id in hexadecimal; empty if the file has none. */
void elf_file_build_id(Elf *elf, char ret_text[ELF_BUILD_ID_TEXT]);

typedef void elf_symbol_fn(void *context, const char *name, const GElf_Sym *symbol);

/* Does the file define dynamic symbols? */
bool elf_file_has_exports(Elf *elf);

/*
 * Calls `see` for each dynamic symbol that the file defines. If it has none, as a static program,
 * for each symbol in its symbol table, if that was not stripped.
 */
void elf_file_exports(Elf *elf, elf_symbol_fn *see, void *context);

/* The same for all symbols that it defines; some come twice. Names live as long as `elf`. */
void elf_file_symbols(Elf *elf, elf_symbol_fn *see, void *context);

#endif
