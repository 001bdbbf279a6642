/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The address of a library's own variable and the offset of a member in it, by DWARF: in the file,
 * or in separate debug information found by build id or debug link. An allocator's state is not
 * exported, and its layout changes from version to version; neither is guessed. Not thread-safe.
 */
#ifndef SOAK_DEBUG_MEMBER_H
#define SOAK_DEBUG_MEMBER_H

#include <stdint.h>

struct debug_members;

/* Returns 0; -ENOENT: the file has no debug information here; or another negative errno. */
int debug_members_open(const char *path, struct debug_members **ret_members);
void debug_members_close(struct debug_members *members); /* accepts NULL */

/*
 * Finds a variable at the top level of one of the file's units, by the file's own address, and the
 * offset of its member of 8 bytes, given as "name" or "name.name". Returns 0 or -ENOENT.
 */
int debug_members_find(struct debug_members *members, const char *variable, const char *member,
	uint64_t *ret_address, uint64_t *ret_offset);

#endif
