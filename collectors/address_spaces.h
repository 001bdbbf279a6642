/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes share their address space (vfork, posix_spawn, CLONE_VM), so that each is counted
 * once. Called by the collector of memory, at each sample.
 */
#ifndef SOAK_ADDRESS_SPACES_H
#define SOAK_ADDRESS_SPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct address_spaces;

/* Room for so many. NULL without memory, which the others accept: then nothing is shared. */
struct address_spaces *address_spaces_new(size_t capacity);
void address_spaces_free(struct address_spaces *spaces);

/*
 * Enters that of a process; false: it is there already, by another process. `id` is the same for
 * the same address space; 0: it is not known, and kcmp(2) tells them apart. What cannot be compared
 * counts as its own.
 */
bool address_spaces_add(struct address_spaces *spaces, uint64_t id, pid_t tgid);

/* Can address spaces be compared without ids? */
bool address_spaces_comparable(void);

#endif
