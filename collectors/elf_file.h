/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several readers of ELF files ask of them. Pure functions of an open file. */
#ifndef SOAK_ELF_FILE_H
#define SOAK_ELF_FILE_H

#include <gelf.h>
#include <stdbool.h>

#define ELF_BUILD_ID_TEXT 65 /* 32 bytes in hexadecimal, and an end; most have 20 */

/* In hexadecimal; empty if it has none. */
void elf_file_build_id(Elf *elf, char ret_text[ELF_BUILD_ID_TEXT]);

typedef void elf_symbol_fn(void *context, const char *name, const GElf_Sym *symbol);

/* Has it dynamic symbols of its own? */
bool elf_file_has_exports(Elf *elf);

/*
 * Calls back for each dynamic symbol that the file defines; where it has none, as a static program,
 * for each in its symbol table, if that was not stripped.
 */
void elf_file_exports(Elf *elf, elf_symbol_fn *see, void *context);

/* For each symbol that it defines, dynamic or not; some twice. Names live as long as `elf`. */
void elf_file_symbols(Elf *elf, elf_symbol_fn *see, void *context);

#endif
