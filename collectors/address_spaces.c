/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups processes that share an mm. Called by memory.c at each sample, and by soak/run/facts.c
 * for peaks.
 */
#include <linux/kcmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/address_spaces.h"

struct address_space {
	uint64_t id;
	pid_t tgid;
};

struct address_spaces {
	size_t count, capacity;
	struct address_space sorted[]; /* by id, or in the order that kcmp() makes up */
};

enum order { SAME, LESS, MORE, UNKNOWN }; /* 0, 1 and 2 as kcmp(2) returns them */

struct address_spaces *address_spaces_new(size_t capacity)
{
	struct address_spaces *spaces =
		malloc(sizeof(*spaces) + capacity * sizeof(spaces->sorted[0]));

	if (spaces)
		*spaces = (struct address_spaces){.capacity = capacity};
	return spaces;
}

void address_spaces_free(struct address_spaces *spaces)
{
	free(spaces);
}

static enum order ask_kernel(pid_t a, pid_t b)
{
	long order = syscall(SYS_kcmp, a, b, KCMP_VM, 0UL, 0UL);

	return order >= 0 && order < UNKNOWN ? (enum order)order : UNKNOWN;
}

static enum order compare(const struct address_space *a, const struct address_space *b)
{
	if (!a->id || !b->id)
		return ask_kernel(a->tgid, b->tgid);
	return a->id == b->id ? SAME : a->id < b->id ? LESS : MORE;
}

static void remove_at(struct address_spaces *spaces, size_t at)
{
	memmove(&spaces->sorted[at], &spaces->sorted[at + 1],
		(--spaces->count - at) * sizeof(spaces->sorted[0]));
}

static void insert_at(struct address_spaces *spaces, size_t at, const struct address_space *space)
{
	if (spaces->count == spaces->capacity)
		return;
	memmove(&spaces->sorted[at + 1], &spaces->sorted[at],
		(spaces->count++ - at) * sizeof(spaces->sorted[0]));
	spaces->sorted[at] = *space;
}

bool address_spaces_add(struct address_spaces *spaces, uint64_t id, pid_t tgid)
{
	struct address_space space = {id, tgid};
	size_t low = 0, high = spaces ? spaces->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		switch (compare(&space, &spaces->sorted[middle])) {
		case SAME:
			return false;
		case LESS:
			high = middle;
			break;
		case MORE:
			low = middle + 1;
			break;
		case UNKNOWN:
			/* One of the two has ended meanwhile, or may not be looked at. */
			if (kill(spaces->sorted[middle].tgid, 0) == 0)
				return true;
			remove_at(spaces, middle);
			high--;
			break;
		}
	}
	if (spaces)
		insert_at(spaces, low, &space);
	return true;
}

bool address_spaces_comparable(void)
{
	return ask_kernel(getpid(), getpid()) == SAME;
}
