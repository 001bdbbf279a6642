/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The call frame information of a file, for libdw. libdw finds a frame by the sorted table in
 * .eh_frame_hdr, so of a large file only that table and the requested frames are read.
 */
#ifndef SOAK_CODE_FRAMES_H
#define SOAK_CODE_FRAMES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/elf_image.h"

struct code_frames {
	struct elf_image *image;
	Dwarf_CFI *cfi;                  /* NULL: there is none */
	bool whole;                      /* all of it is loaded */
	uint64_t offset, address, bytes; /* of .eh_frame: in the file, in its own addresses */
	uint64_t table, entries, table_address; /* of .eh_frame_hdr */
};

/* Loads all frames if they take at most `most_bytes`, otherwise only the table. */
void code_frames_open(struct code_frames *frames, struct elf_image *image, uint64_t most_bytes);
void code_frames_close(struct code_frames *frames);

/*
 * The rules to unwind the frame at an address of the file; the caller frees them with free(). NULL:
 * there are none.
 */
Dwarf_Frame *code_frames_rules(struct code_frames *frames, uint64_t address);

#endif
