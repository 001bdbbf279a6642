/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An ELF file in memory, as far as it was asked for: a file of a gigabyte costs what is read of it.
 *
 * It is read, not mapped: a mapped file that is cut short would end us by SIGBUS, and one that is
 * written over would change under us. What was not loaded reads as zeros. Not thread-safe.
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
	uint64_t *loaded;   /* a bit for each page of it */
	int fd;             /* -1 after elf_image_settle() */
	const char *path;   /* where else it may be opened; the caller's */
	struct stat status; /* as it was when it was opened */
	Elf *elf;           /* with its headers and names of sections */
};

/*
 * Opens what `open_path` leads to; `path` is where it may be opened again later. Returns 0 or a
 * negative errno: -ENOEXEC for what is no ELF file.
 */
int elf_image_open(const char *open_path, const char *path, struct elf_image **ret_image);
void elf_image_close(struct elf_image *image); /* accepts NULL */

/*
 * Makes these bytes be there. False if they cannot be read any more, as the file is gone, or not
 * what it was when it was opened.
 */
bool elf_image_load(struct elf_image *image, uint64_t offset, uint64_t bytes);

/* Loads the section, and the one that it is linked to. */
bool elf_image_load_section(struct elf_image *image, const GElf_Shdr *header);

/* Gives their memory back. Pointers into them stay good, and read zeros until they are loaded. */
void elf_image_drop(struct elf_image *image, uint64_t offset, uint64_t bytes);

/*
 * Closes the descriptor: as long as it is open, the file system that the file is on cannot be
 * unmounted. What is loaded from now on is read by the path, if that leads to the same file still.
 */
void elf_image_settle(struct elf_image *image);

/* A descriptor of the file as it was, to be closed by the caller; or -1. */
int elf_image_reopen(const struct elf_image *image);

#endif
