/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Build ids, symbols and sections of an open ELF file. Called by the readers of libraries here
 * and in soak/run.
 */
#include <elfutils/libdwelf.h>
#include <stdio.h>

#include "collectors/elf_file.h"

void elf_file_build_id(Elf *elf, char text[ELF_BUILD_ID_TEXT])
{
	const void *bits = NULL;
	ssize_t size = dwelf_elf_gnu_build_id(elf, &bits);

	text[0] = 0;
	for (ssize_t i = 0; i < size && 2 * i + 2 < ELF_BUILD_ID_TEXT; i++)
		snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)bits)[i]);
}

/* Returns how many it defines in sections of this type. */
static size_t see_symbols(Elf *elf, GElf_Word type, elf_symbol_fn *see, void *context)
{
	Elf_Scn *section = NULL;
	size_t seen = 0;

	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		GElf_Sym symbol;

		if (!gelf_getshdr(section, &header) || header.sh_type != type)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
			const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);

			if (!name || symbol.st_shndx == SHN_UNDEF)
				continue;
			see(context, name, &symbol);
			seen++;
		}
	}
	return seen;
}

static void ignore(void *context, const char *name, const GElf_Sym *symbol)
{
	(void)context;
	(void)name;
	(void)symbol;
}

bool elf_file_has_exports(Elf *elf)
{
	return see_symbols(elf, SHT_DYNSYM, ignore, NULL) > 0;
}

void elf_file_exports(Elf *elf, elf_symbol_fn *see, void *context)
{
	if (see_symbols(elf, SHT_DYNSYM, see, context) == 0)
		see_symbols(elf, SHT_SYMTAB, see, context);
}

void elf_file_symbols(Elf *elf, elf_symbol_fn *see, void *context)
{
	see_symbols(elf, SHT_SYMTAB, see, context);
	see_symbols(elf, SHT_DYNSYM, see, context);
}
