/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file with code of the target: its build id, its segments, its call frame information, and its
 * role in the search for a caller. Opened once for all processes that map it. The needed parts are
 * kept until code_file_close(), so that they can be used after the target has ended or the file was
 * replaced. In large files (CODE_FILE_KEEP_BYTES) they are read on demand, by a descriptor that
 * stays open. Not thread-safe.
 */
#ifndef SOAK_CODE_FILE_H
#define SOAK_CODE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/code_frames.h"
#include "collectors/code_names.h"
#include "collectors/elf_file.h"
#include "collectors/elf_image.h"

#define CODE_FILE_KEEP_BYTES (4ull << 20) /* of frames, of symbols, of code */

enum code_role {
	CODE_PROGRAM,   /* may be a caller: the program, its libraries, code without a file */
	CODE_LIBC,      /* makes calls for its callers */
	CODE_LOADER,    /* likewise */
	CODE_COUNTER,   /* libsoakops.so: forwards calls to the allocator */
	CODE_ALLOCATOR, /* a library that has its own malloc and free */
	CODE_LANGUAGE   /* the standard library of C++ or Rust */
};

struct code_segment {
	uint64_t offset_bytes, address, size_bytes; /* in the file, in its own addresses */
	bool is_code;
};

struct code_file {
	char *path; /* as the target maps it; "[anonymous]", "[vdso]"; never NULL */
	enum code_role role;
	char build_id[ELF_BUILD_ID_TEXT];
	/* In libc: from malloc.c's first function to its last, in the file's own addresses. */
	uint64_t malloc_start, malloc_end;

	/* Functions that are not CODE_OWN, sorted; as far as symbols tell. */
	struct code_range {
		uint64_t start, end;
		enum code_part part;
	} * range;
	size_t ranges;

	struct elf_image *image; /* NULL: cannot be read */
	struct code_frames *frames;
	struct code_segment segment[8];
	size_t segments;
};

/*
 * Opens the file at `open_path`, which may be a link in /proc; `path` is its name. A file that
 * cannot be read still gets a role. NULL: out of memory.
 */
struct code_file *code_file_open(const char *path, const char *open_path);
void code_file_close(struct code_file *file);

/* The file's own address for an offset in it. Without segments they are the same. */
uint64_t code_file_address(const struct code_file *file, uint64_t offset_bytes);

/* What the function at the file's own address does for its caller. */
enum code_part code_file_part(const struct code_file *file, uint64_t address);

/* Is there a call instruction before this address, as before a return address? */
bool code_file_follows_call(const struct code_file *file, uint64_t address);

#endif
