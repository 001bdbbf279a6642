/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
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
	return strcmp(name, "libsoakops.so") == 0 ? CODE_COUNTER : CODE_PROGRAM;
}

/* ---- reading it ------------------------------------------------------------------------------ */

static void read_segments(struct code_file *file)
{
	size_t count = 0;

	elf_getphdrnum(file->elf, &count);
	for (size_t i = 0; i < count && file->segments < 8; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(file->elf, i, &segment) && segment.p_type == PT_LOAD)
			file->segment[file->segments++] = (struct code_segment){
				segment.p_offset, segment.p_vaddr, segment.p_filesz};
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

	elf_file_exports(file->elf, widen_range, &range);
	elf_file_exports(file->elf, note_before, &range);
	file->malloc_start = range.before;
	file->malloc_end = range.end;
}

static void note_wrapper(void *context, const char *name, const GElf_Sym *symbol)
{
	static const char *const names[] = {"mmap", "mmap64", "munmap", "madvise", "mremap",
		"mprotect", "brk", "sbrk", "syscall"};
	struct code_file *file = context;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && file->wrappers < 12; i++)
		if (is_function(symbol) && strcmp(name, names[i]) == 0)
			file->wrapper[file->wrappers++] = (struct code_range){
				symbol->st_value, symbol->st_value + symbol->st_size};
}

/* A copy, without a descriptor: a mapped file that is cut short would end us by SIGBUS. */
static Elf *open_elf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf *elf;

	if (fd < 0)
		return NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && (elf_kind(elf) != ELF_K_ELF || elf_cntl(elf, ELF_C_FDREAD))) {
		elf_end(elf);
		elf = NULL;
	}
	if (elf)
		elf_cntl(elf, ELF_C_FDDONE);
	close(fd);
	return elf;
}

static void read_file(struct code_file *file, const char *path)
{
	file->elf = open_elf(path);
	if (!file->elf)
		return;
	read_segments(file);
	elf_file_build_id(file->elf, file->build_id);
	file->cfi = dwarf_getcfi_elf(file->elf);
	if (file->role == CODE_LIBC)
		find_malloc(file);
	if (file->role == CODE_PROGRAM)
		elf_file_exports(file->elf, note_wrapper, file);
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
	dwarf_cfi_end(file->cfi);
	elf_end(file->elf);
	free(file->path);
	free(file);
}

/* ---- its addresses --------------------------------------------------------------------------- */

/* Segments are mapped in whole pages: what lies before one in its first page belongs to it too. */
#define PAGE 4096

uint64_t code_file_address(const struct code_file *file, uint64_t offset_bytes)
{
	for (size_t i = 0; i < file->segments; i++) {
		const struct code_segment *segment = &file->segment[i];
		uint64_t first = segment->offset_bytes & -(uint64_t)PAGE;

		if (offset_bytes >= first &&
			offset_bytes < segment->offset_bytes + segment->size_bytes)
			return offset_bytes - segment->offset_bytes + segment->address;
	}
	return offset_bytes;
}

bool code_file_wraps(const struct code_file *file, uint64_t address)
{
	for (size_t i = 0; i < file->wrappers; i++)
		if (address >= file->wrapper[i].start && address < file->wrapper[i].end)
			return true;
	return false;
}

/* The eight bytes before an address; NULL if the file has none there. */
static const unsigned char *bytes_before(const struct code_file *file, uint64_t address)
{
	size_t size = 0;
	const char *bytes = file->elf ? elf_rawfile(file->elf, &size) : NULL;

	for (size_t i = 0; bytes && i < file->segments; i++) {
		const struct code_segment *segment = &file->segment[i];
		uint64_t offset = address - segment->address + segment->offset_bytes - 8;

		if (address >= segment->address + 8 &&
			address <= segment->address + segment->size_bytes && offset + 8 <= size)
			return (const unsigned char *)bytes + offset;
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
