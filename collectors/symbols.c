/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names an instruction when the run is over. Called by soak/run/places.c. */
#include <elfutils/libdwfl.h>
#include <libiberty/demangle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/symbols.h"

struct known {
	const struct code_file *file;
	Dwfl_Module *module; /* NULL: has no names for us */
	GElf_Addr bias;
};

struct symbols {
	Dwfl *dwfl;
	struct known *files;
	size_t count;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

struct symbols *symbols_new(void)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	symbols->dwfl = dwfl_begin(&callbacks);
	if (!symbols->dwfl) {
		free(symbols);
		return NULL;
	}
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	dwfl_end(symbols->dwfl);
	free(symbols->files);
	free(symbols);
}

static bool same_build(Elf *elf, const struct code_file *file)
{
	char text[ELF_BUILD_ID_TEXT];

	elf_file_build_id(elf, text);
	return text[0] && strcmp(text, file->build_id) == 0;
}

/* The file that was read then, or, by its build id, one that was built the same. */
static void report(struct symbols *symbols, struct known *known)
{
	const struct code_file *file = known->file;
	int fd;
	Elf *elf;

	if (!file->image)
		return;
	fd = elf_image_reopen(file->image);
	dwfl_report_begin_add(symbols->dwfl);
	known->module = dwfl_report_offline(symbols->dwfl, file->path, file->path, fd);
	dwfl_report_end(symbols->dwfl, NULL, NULL);
	elf = known->module ? dwfl_module_getelf(known->module, &known->bias) : NULL;
	if (!known->module && fd >= 0)
		close(fd);
	if (!elf || (fd < 0 && !same_build(elf, file)))
		known->module = NULL;
}

static const struct known *find(struct symbols *symbols, const struct code_file *file)
{
	struct known *grown;

	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->files[i].file == file)
			return &symbols->files[i];
	grown = reallocarray(symbols->files, symbols->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	symbols->files = grown;
	grown[symbols->count] = (struct known){.file = file};
	report(symbols, &grown[symbols->count]);
	return &grown[symbols->count++];
}

/* ---- files that are gone --------------------------------------------------------------------- */

struct function {
	uint64_t address;
	const char *name; /* NULL: none covers the address */
	uint64_t start;
};

static void note_function(void *context, const char *name, const GElf_Sym *symbol)
{
	struct function *function = context;

	if (!function->name && name[0] && GELF_ST_TYPE(symbol->st_info) == STT_FUNC &&
		function->address - symbol->st_value < symbol->st_size) {
		function->name = name;
		function->start = symbol->st_value;
	}
}

/* In the symbol tables of what was read of the file while it was there. */
static const char *kept_name(const struct code_file *file, uint64_t address, uint64_t *ret_offset)
{
	struct function function = {.address = address};

	if (!file->image)
		return NULL;
	elf_file_symbols(file->image->elf, note_function, &function);
	*ret_offset = address - function.start;
	return function.name;
}

const char *symbols_name(struct symbols *symbols, const struct code_file *file, uint64_t address,
	uint64_t *ret_offset)
{
	const struct known *known = symbols ? find(symbols, file) : NULL;
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	if (!known || !known->module)
		return known ? kept_name(file, address, ret_offset) : NULL;
	name = dwfl_module_addrinfo(
		known->module, address + known->bias, &offset, &symbol, NULL, NULL, NULL);
	/* The nearest name below may be that of an unrelated function, long ended. */
	if (!name || (symbol.st_size && offset >= symbol.st_size))
		return NULL;
	*ret_offset = offset;
	return name;
}

char *symbols_demangle(const char *name)
{
	char *plain = cplus_demangle(name, DMGL_AUTO);

	return plain ? plain : strdup(name);
}
