/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens a file with code and keeps what is needed of it. Called by code_map.c, unwind.c and
 * symbols.c.
 */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/code_file.h"

/* ---- what part it plays ---------------------------------------------------------------------- */

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* glibc's names, the versioned ones before 2.34, and musl's, whose loader is its libc: libc.so. */
static enum code_role role_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strcmp(name, "libc.so") == 0 || begins(name, "libc.so.") || begins(name, "libc-2.") ||
		begins(name, "libc.musl-") || begins(name, "ld-musl-"))
		return CODE_LIBC;
	if (begins(name, "ld-linux") || begins(name, "ld-2.") || begins(name, "ld64.so.") ||
		begins(name, "ld.so."))
		return CODE_LOADER;
	if (begins(name, "libstdc++.so") || begins(name, "libc++.so") ||
		begins(name, "libc++abi.so") || begins(name, "libgcc_s.so") ||
		begins(name, "libstd-"))
		return CODE_LANGUAGE;
	return strcmp(name, "libsoakops.so") == 0 ? CODE_COUNTER : CODE_PROGRAM;
}

/* ---- reading it ------------------------------------------------------------------------------ */

static void read_segments(struct code_file *file)
{
	size_t count = 0;

	elf_getphdrnum(file->image->elf, &count);
	for (size_t i = 0; i < count && file->segments < 8; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(file->image->elf, i, &segment) && segment.p_type == PT_LOAD)
			file->segment[file->segments++] = (struct code_segment){segment.p_offset,
				segment.p_vaddr, segment.p_filesz, segment.p_flags & PF_X};
	}
}

static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC;
}

static bool is_of_malloc(const char *name)
{
	static const char *const names[] = {"malloc", "free", "cfree", "calloc", "realloc",
		"memalign", "aligned_alloc", "valloc", "pvalloc", "posix_memalign", "malloc_trim",
		"malloc_usable_size", "mallinfo", "mallinfo2", "malloc_stats", "malloc_info",
		"mallopt", "__libc_malloc", "__libc_free", "__libc_calloc", "__libc_realloc",
		"__libc_memalign", "__libc_valloc", "__libc_pvalloc", "__libc_mallopt",
		"__default_morecore"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

struct malloc_range {
	uint64_t first, end; /* of what it exports */
	uint64_t before;     /* end of the last exported function below that */
};

static void widen_range(void *context, const char *name, const GElf_Sym *symbol)
{
	struct malloc_range *range = context;
	uint64_t end = symbol->st_value + symbol->st_size;

	if (!is_function(symbol) || !is_of_malloc(name))
		return;
	if (!range->first || symbol->st_value < range->first)
		range->first = symbol->st_value;
	if (end > range->end)
		range->end = end;
}

static void note_before(void *context, const char *name, const GElf_Sym *symbol)
{
	struct malloc_range *range = context;
	uint64_t end = symbol->st_value + symbol->st_size;

	if (is_function(symbol) && !is_of_malloc(name) && end <= range->first &&
		end > range->before)
		range->before = end;
}

/*
 * malloc.c is one object, so its functions lie together. Its exported ones are preceded by static
 * ones, which begin after the last exported function of the object before.
 */
static void find_malloc(struct code_file *file)
{
	struct malloc_range range = {0};

	elf_file_exports(file->image->elf, widen_range, &range);
	elf_file_exports(file->image->elf, note_before, &range);
	file->malloc_start = range.before;
	file->malloc_end = range.end;
}

static void note_range(void *context, const char *name, const GElf_Sym *symbol)
{
	enum code_part part = is_function(symbol) ? code_part_of(name) : CODE_OWN;
	struct code_file *file = context;
	struct code_range *grown;

	if (part == CODE_OWN || !symbol->st_size)
		return;
	/* Doubles at powers of two. */
	if (!(file->ranges & (file->ranges - 1))) {
		grown = reallocarray(
			file->range, file->ranges ? file->ranges * 2 : 1, sizeof(*grown));
		if (!grown)
			return;
		file->range = grown;
	}
	file->range[file->ranges++] =
		(struct code_range){symbol->st_value, symbol->st_value + symbol->st_size, part};
}

static int compare_ranges(const void *a, const void *b)
{
	const struct code_range *one = a, *other = b;

	return (one->start > other->start) - (one->start < other->start);
}

static void find_ranges(struct code_file *file)
{
	elf_file_symbols(file->image->elf, note_range, file);
	qsort(file->range, file->ranges, sizeof(*file->range), compare_ranges);
}

static void note_entries(void *context, const char *name, const GElf_Sym *symbol)
{
	int *entries = context;

	if (is_function(symbol))
		*entries += strcmp(name, "malloc") == 0 || strcmp(name, "free") == 0;
}

/* A program that has an allocator linked in has other functions too: no such is an allocator. */
static bool is_allocator(const struct code_file *file)
{
	size_t count = 0;
	GElf_Phdr segment;
	int entries = 0;

	elf_getphdrnum(file->image->elf, &count);
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(file->image->elf, i, &segment) && segment.p_type == PT_INTERP)
			return false;
	if (!elf_file_has_exports(file->image->elf))
		return false;
	elf_file_exports(file->image->elf, note_entries, &entries);
	return entries >= 2;
}

typedef void section_fn(struct elf_image *image, const GElf_Shdr *header);

static void each_section(struct elf_image *image, GElf_Word type, section_fn *see)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(image->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == type)
			see(image, &header);
}

static void load_section(struct elf_image *image, const GElf_Shdr *header)
{
	elf_image_load_section(image, header);
}

static void load_small_section(struct elf_image *image, const GElf_Shdr *header)
{
	if (header->sh_size <= CODE_FILE_KEEP_BYTES)
		elf_image_load_section(image, header);
}

/* Of a program that exports nothing, as a static one, all functions are looked at. */
static void load_symbols(struct elf_image *image)
{
	each_section(image, SHT_DYNSYM, load_section);
	each_section(image, SHT_SYMTAB,
		elf_file_has_exports(image->elf) ? load_small_section : load_section);
}

/* Returns whether any was too large to be kept. */
static bool drop_large_symbols(struct elf_image *image)
{
	bool any = false;
	Elf_Scn *section = NULL;
	GElf_Shdr header, names;

	while ((section = elf_nextscn(image->elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_size <= CODE_FILE_KEEP_BYTES ||
			(header.sh_type != SHT_DYNSYM && header.sh_type != SHT_SYMTAB))
			continue;
		any = true;
		elf_image_drop(image, header.sh_offset, header.sh_size);
		if (gelf_getshdr(elf_getscn(image->elf, header.sh_link), &names))
			elf_image_drop(image, names.sh_offset, names.sh_size);
	}
	return any;
}

/* The linker puts it first. */
static void load_build_id(struct elf_image *image)
{
	size_t count = 0;
	GElf_Phdr segment;

	elf_getphdrnum(image->elf, &count);
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(image->elf, i, &segment) && segment.p_type == PT_NOTE &&
			segment.p_filesz < CODE_FILE_KEEP_BYTES)
			elf_image_load(image, segment.p_offset, segment.p_filesz);
}

/* Code is asked what stands before an address, and only of a program. */
static void load_code(const struct code_file *file)
{
	for (size_t i = 0; i < file->segments; i++)
		if (file->segment[i].is_code && file->segment[i].size_bytes <= CODE_FILE_KEEP_BYTES)
			elf_image_load(file->image, file->segment[i].offset_bytes,
				file->segment[i].size_bytes);
}

static void find_parts(struct code_file *file)
{
	if (file->role == CODE_LIBC)
		find_malloc(file);
	if (file->role == CODE_PROGRAM || file->role == CODE_LANGUAGE)
		find_ranges(file);
	if (file->role == CODE_PROGRAM && is_allocator(file))
		file->role = CODE_ALLOCATOR;
}

static void read_file(struct code_file *file, const char *path)
{
	bool dropped;

	if (elf_image_open(path, file->path, &file->image))
		return;
	read_segments(file);
	load_build_id(file->image);
	elf_file_build_id(file->image->elf, file->build_id);
	file->frames = calloc(1, sizeof(*file->frames));
	if (file->frames)
		code_frames_open(file->frames, file->image, CODE_FILE_KEEP_BYTES);
	load_symbols(file->image);
	find_parts(file);
	if (file->role == CODE_PROGRAM)
		load_code(file);
	dropped = drop_large_symbols(file->image);
	if (!dropped && (!file->frames || !file->frames->cfi || file->frames->whole))
		elf_image_settle(file->image);
}

struct code_file *code_file_open(const char *path, const char *open_path)
{
	struct code_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->role = role_of(path);
	file->path = strdup(path);
	if (!file->path) {
		free(file);
		return NULL;
	}
	if (path[0] == '/')
		read_file(file, open_path);
	return file;
}

void code_file_close(struct code_file *file)
{
	if (!file)
		return;
	if (file->frames)
		code_frames_close(file->frames);
	free(file->frames);
	elf_image_close(file->image);
	free(file->range);
	free(file->path);
	free(file);
}

/* ---- its addresses --------------------------------------------------------------------------- */

/* Segments are mapped in whole pages: what lies before one in its first page belongs to it too. */
uint64_t code_file_address(const struct code_file *file, uint64_t offset_bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < file->segments; i++) {
		const struct code_segment *segment = &file->segment[i];
		uint64_t first = segment->offset_bytes & -page;

		if (offset_bytes >= first &&
			offset_bytes < segment->offset_bytes + segment->size_bytes)
			return offset_bytes - segment->offset_bytes + segment->address;
	}
	return offset_bytes;
}

enum code_part code_file_part(const struct code_file *file, uint64_t address)
{
	size_t low = 0, high = file->ranges;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (file->range[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < file->range[low - 1].end ? file->range[low - 1].part : CODE_OWN;
}

/* The eight bytes before an address; NULL if the file has none there. */
static const unsigned char *bytes_before(const struct code_file *file, uint64_t address)
{
	for (size_t i = 0; file->image && i < file->segments; i++) {
		const struct code_segment *segment = &file->segment[i];
		uint64_t offset = address - segment->address + segment->offset_bytes - 8;

		if (address >= segment->address + 8 &&
			address <= segment->address + segment->size_bytes &&
			elf_image_load(file->image, offset, 8))
			return file->image->bytes + offset;
	}
	return NULL;
}

bool code_file_follows_call(const struct code_file *file, uint64_t address)
{
	const unsigned char *b = bytes_before(file, address);

	if (!b)
		return false;
#if defined(__x86_64__)
	/* call rel32; call r/m with no, one-byte or four-byte displacement, with and without SIB */
	return b[3] == 0xe8 || (b[6] == 0xff && (b[7] & 0x38) == 0x10) ||
	       (b[5] == 0xff && (b[6] & 0x38) == 0x10) || (b[4] == 0xff && (b[5] & 0x38) == 0x10) ||
	       (b[2] == 0xff && (b[3] & 0x38) == 0x10) || (b[1] == 0xff && (b[2] & 0x38) == 0x10);
#elif defined(__aarch64__)
	/* bl; blr */
	return (b[7] & 0xfc) == 0x94 || (b[7] == 0xd6 && b[6] == 0x3f);
#endif
}
