/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function does for its caller, by its symbol's name, mangled or not. Pure function. */
#ifndef SOAK_CODE_NAMES_H
#define SOAK_CODE_NAMES_H

enum code_part {
	CODE_OWN,       /* anything else: may be a caller */
	CODE_SYSTEM,    /* makes a system call for its caller, as tcmalloc's mmap() does */
	CODE_ALLOCATES, /* an allocator's: malloc, operator new, __rust_alloc, known internals */
	CODE_RUNTIME    /* of C++'s or Rust's standard library: allocates for its caller */
};

enum code_part code_part_of(const char *symbol);

#endif
