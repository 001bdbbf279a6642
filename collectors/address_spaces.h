/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds processes that share an address space (vfork, posix_spawn, CLONE_VM), so that each address
 * space is counted once. Called by the collector of memory at each sample. Not thread-safe.
 */
#ifndef SOAK_ADDRESS_SPACES_H
#define SOAK_ADDRESS_SPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct address_spaces;

/* Room for `capacity` of them. NULL: out of memory; the others accept NULL: nothing is shared. */
struct address_spaces *address_spaces_new(size_t capacity);
void address_spaces_free(struct address_spaces *spaces);

/*
 * Enters the address space of a process. False: another process has entered it already. Processes
 * that share an address space have the same `id`; if `id` is 0 (unknown), kcmp(2) compares them.
 * An address space that cannot be compared counts as a separate one.
 */
bool address_spaces_add(struct address_spaces *spaces, uint64_t id, pid_t tgid);

/* Can address spaces be compared without ids? */
bool address_spaces_comparable(void);

#endif
