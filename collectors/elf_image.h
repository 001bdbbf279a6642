/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An ELF file in memory. Only the requested parts are loaded, so a file of a gigabyte costs no more
 * than these.
 *
 * The file is read, not mapped: if a mapped file were truncated, SIGBUS would end soak, and if it
 * were overwritten, its contents would change. Parts that were not loaded read as zeros. Not
 * thread-safe.
 */
#ifndef SOAK_ELF_IMAGE_H
#define SOAK_ELF_IMAGE_H

#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct elf_image {
	unsigned char *bytes;
	uint64_t size;
	uint64_t *loaded;   /* a bit for each page that is loaded */
	int fd;             /* -1 after elf_image_settle() */
	const char *path;   /* to open it again; owned by the caller */
	struct stat status; /* as it was when it was opened */
	Elf *elf;           /* with its headers and names of sections */
};

/*
 * Opens the file at `open_path`; at `path` it may be opened again later. Returns 0 or a negative
 * errno: -ENOEXEC if it is not an ELF file.
 */
int elf_image_open(const char *open_path, const char *path, struct elf_image **ret_image);
void elf_image_close(struct elf_image *image); /* accepts NULL */

/*
 * Loads these bytes. False: they cannot be read any more, because the file is gone or has changed
 * since it was opened.
 */
bool elf_image_load(struct elf_image *image, uint64_t offset, uint64_t bytes);

/* Loads the section, and the one that it is linked to. */
bool elf_image_load_section(struct elf_image *image, const GElf_Shdr *header);

/* Gives the memory of these bytes back. Pointers into them stay valid, and read zeros. */
void elf_image_drop(struct elf_image *image, uint64_t offset, uint64_t bytes);

/*
 * Closes the descriptor, which would keep the file system from being unmounted. Later loads open
 * the path, if it still leads to the same file.
 */
void elf_image_settle(struct elf_image *image);

/* A descriptor of the unchanged file, which the caller closes; or -1. */
int elf_image_reopen(const struct elf_image *image);

#endif
