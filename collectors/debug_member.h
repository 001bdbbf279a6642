/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a library keeps a variable of its own, and where in it a member lies, by DWARF: in the file
 * or in separate debug information, found by build id or debug link. An allocator's state has no
 * exported name, and its layout changes from version to version: neither is guessed.
 */
#ifndef SOAK_DEBUG_MEMBER_H
#define SOAK_DEBUG_MEMBER_H

#include <stdint.h>

struct debug_members;

/* Returns 0; -ENOENT: the file has no debug information here; or another negative errno. */
int debug_members_open(const char *path, struct debug_members **ret_members);
void debug_members_close(struct debug_members *members); /* accepts NULL */

/*
 * The variable at the top level of one of the file's units, at the file's own address; and its
 * member, of 8 bytes, by "name" or "name.name". Returns 0 or -ENOENT.
 */
int debug_members_find(struct debug_members *members, const char *variable, const char *member,
	uint64_t *ret_address, uint64_t *ret_offset);

#endif
