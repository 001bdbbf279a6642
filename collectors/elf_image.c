/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads an ELF file into memory as far as it is asked for. Called by code_file.c and
 * code_frames.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collectors/elf_image.h"

#define PAGE 4096ull
#define MOST_SECTIONS 65536

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool is_unchanged(const struct elf_image *image, int fd)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_ino == image->status.st_ino &&
	       now.st_dev == image->status.st_dev && now.st_size == image->status.st_size &&
	       now.st_mtim.tv_sec == image->status.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == image->status.st_mtim.tv_nsec;
}

int elf_image_reopen(const struct elf_image *image)
{
	int fd = image->fd >= 0 ? fcntl(image->fd, F_DUPFD_CLOEXEC, 0)
				: open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && !is_unchanged(image, fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_loaded(const struct elf_image *image, uint64_t page)
{
	return image->loaded[page / 64] >> (page % 64) & 1;
}

static bool read_pages(struct elf_image *image, int fd, uint64_t first, uint64_t end)
{
	uint64_t at = first * PAGE, to = end * PAGE < image->size ? end * PAGE : image->size;

	while (at < to) {
		ssize_t n = pread(fd, image->bytes + at, to - at, at);

		if (n <= 0)
			return false;
		at += n;
	}
	for (uint64_t page = first; page < end; page++)
		image->loaded[page / 64] |= 1ull << (page % 64);
	return true;
}

bool elf_image_load(struct elf_image *image, uint64_t offset, uint64_t bytes)
{
	uint64_t first = offset / PAGE, end, missing;
	bool ok = true;
	int fd = -1;

	if (offset > image->size || bytes > image->size - offset)
		return false;
	end = (offset + bytes + PAGE - 1) / PAGE;
	while (ok && first < end) {
		if (is_loaded(image, first)) {
			first++;
			continue;
		}
		for (missing = first + 1; missing < end && !is_loaded(image, missing);)
			missing++;
		if (fd < 0)
			fd = elf_image_reopen(image);
		ok = fd >= 0 && read_pages(image, fd, first, missing);
		first = missing;
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

void elf_image_drop(struct elf_image *image, uint64_t offset, uint64_t bytes)
{
	uint64_t first = (offset + PAGE - 1) / PAGE, end = (offset + bytes) / PAGE;

	if (first >= end || end > image->size / PAGE)
		return;
	madvise(image->bytes + first * PAGE, (end - first) * PAGE, MADV_DONTNEED);
	for (uint64_t page = first; page < end; page++)
		image->loaded[page / 64] &= ~(1ull << (page % 64));
}

void elf_image_settle(struct elf_image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	image->fd = -1;
}

/* ---- what libelf needs to begin -------------------------------------------------------------- */

struct tables {
	uint64_t segments, sections; /* offsets of the headers in the file */
	uint64_t segment_bytes, section_bytes, section_count;
};

static bool read_header(const unsigned char *bytes, struct tables *ret)
{
	const Elf64_Ehdr *wide = (const void *)bytes;
	const Elf32_Ehdr *narrow = (const void *)bytes;

	if (memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return false;
	if (bytes[EI_CLASS] == ELFCLASS64)
		*ret = (struct tables){wide->e_phoff, wide->e_shoff,
			(uint64_t)wide->e_phnum * wide->e_phentsize, wide->e_shentsize,
			wide->e_shnum};
	else
		*ret = (struct tables){narrow->e_phoff, narrow->e_shoff,
			(uint64_t)narrow->e_phnum * narrow->e_phentsize, narrow->e_shentsize,
			narrow->e_shnum};
	return true;
}

/* With more than 65279 sections their number is the first one's size (elf(5)). */
static uint64_t count_sections(const unsigned char *first, const struct tables *tables)
{
	uint64_t count;

	if (tables->section_count)
		return tables->section_count;
	count = tables->section_bytes == sizeof(Elf64_Shdr)
			? ((const Elf64_Shdr *)(const void *)first)->sh_size
			: ((const Elf32_Shdr *)(const void *)first)->sh_size;
	return count < MOST_SECTIONS ? count : 0;
}

static bool load_headers(struct elf_image *image)
{
	struct tables tables;

	if (image->size < sizeof(Elf64_Ehdr) || !elf_image_load(image, 0, sizeof(Elf64_Ehdr)) ||
		!read_header(image->bytes, &tables) ||
		!elf_image_load(image, tables.segments, tables.segment_bytes))
		return false;
	if (!tables.sections || !elf_image_load(image, tables.sections, tables.section_bytes))
		return true;
	elf_image_load(image, tables.sections,
		tables.section_bytes * count_sections(image->bytes + tables.sections, &tables));
	return true;
}

bool elf_image_load_section(struct elf_image *image, const GElf_Shdr *header)
{
	GElf_Shdr linked;

	if (header->sh_type == SHT_NOBITS ||
		!elf_image_load(image, header->sh_offset, header->sh_size))
		return false;
	if (header->sh_type != SHT_DYNSYM && header->sh_type != SHT_SYMTAB)
		return true;
	return gelf_getshdr(elf_getscn(image->elf, header->sh_link), &linked) &&
	       elf_image_load(image, linked.sh_offset, linked.sh_size);
}

static bool begin(struct elf_image *image)
{
	GElf_Shdr names;
	size_t index;

	if (!load_headers(image))
		return false;
	elf_version(EV_CURRENT);
	image->elf = elf_memory((char *)image->bytes, image->size);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF)
		return false;
	if (elf_getshdrstrndx(image->elf, &index) == 0 && index &&
		gelf_getshdr(elf_getscn(image->elf, index), &names))
		elf_image_load_section(image, &names);
	return true;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int reserve(struct elf_image *image)
{
	void *bytes;

	if (fstat(image->fd, &image->status) < 0)
		return -errno;
	if (!S_ISREG(image->status.st_mode) || image->status.st_size == 0)
		return -ENOEXEC;
	image->size = image->status.st_size;
	image->loaded = calloc(image->size / PAGE / 64 + 1, sizeof(*image->loaded));
	bytes = mmap(NULL, image->size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	image->bytes = bytes == MAP_FAILED ? NULL : bytes;
	return image->bytes && image->loaded ? 0 : -ENOMEM;
}

int elf_image_open(const char *open_path, const char *path, struct elf_image **ret_image)
{
	struct elf_image *image = calloc(1, sizeof(*image));
	int code;

	if (!image)
		return -ENOMEM;
	image->path = path;
	image->fd = open(open_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	code = image->fd < 0 ? -errno : reserve(image);
	if (!code && !begin(image))
		code = -ENOEXEC;
	if (code)
		elf_image_close(image);
	else
		*ret_image = image;
	return code;
}

void elf_image_close(struct elf_image *image)
{
	if (!image)
		return;
	elf_end(image->elf);
	elf_image_settle(image);
	if (image->bytes)
		munmap(image->bytes, image->size);
	free(image->loaded);
	free(image);
}
