/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads an allocator's state from another process's memory. Called by soak/run/heap.c for
 * targets that were attached to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "collectors/debug_member.h"
#include "collectors/heap_outside.h"
#include "collectors/mapped_file.h"

#define ARENAS_MAX 4096

enum { GLIBC, MIMALLOC };

/* What of which variable is read. */
struct account {
	const char *allocator, *meaning;
	struct {
		const char *variable, *member;
		int address; /* of heap_outside.address: where the variable's is kept */
	} parts[3];
};

static const struct account accounts[] = {
	/* malloc/malloc.c: each arena's system_mem, in a ring; and what was mapped by itself */
	[GLIBC] = {"glibc",
		"glibc: in use is not told, committed arena + hblkhd, read from outside",
		{{"main_arena", "system_mem", 0}, {"main_arena", "next", 0},
			{"mp_", "mmapped_mem", 1}}},
	/* src/stats.c: what mi_process_info() calls current_commit */
	[MIMALLOC] = {"mimalloc",
		"mimalloc: in use is not told, committed current_commit, read from outside",
		{{"_mi_stats_main", "committed.current", 0}}},
};

#define ACCOUNTS ((int)(sizeof(accounts) / sizeof(*accounts)))

static int find_parts(
	struct heap_outside *heap, const struct account *account, struct debug_members *members)
{
	for (int p = 0; p < 3 && account->parts[p].variable; p++)
		if (debug_members_find(members, account->parts[p].variable,
			    account->parts[p].member, &heap->address[account->parts[p].address],
			    &heap->offset[p]))
			return p;
	return -1;
}

int heap_outside_open(
	struct heap_outside *heap, const char *name, const char *library, struct text *error)
{
	struct debug_members *members;
	int missing, kind = 0;

	*heap = (struct heap_outside){.committed_bytes = SAMPLE_NONE};
	while (kind < ACCOUNTS && strcmp(accounts[kind].allocator, name) != 0)
		kind++;
	if (kind == ACCOUNTS)
		return text_fail(error, -EOPNOTSUPP,
			"--allocator-stats: what %s holds cannot be read from outside exactly; run "
			"the program by soak run --allocator-stats",
			name);
	if (debug_members_open(library, &members))
		return text_fail(error, -EOPNOTSUPP,
			"--allocator-stats: %s has no debug information here to find %s by: "
			"install it%s, or run the program by soak run --allocator-stats",
			library, accounts[kind].parts[0].variable,
			kind == GLIBC ? " (Debian: libc6-dbg)" : "");
	missing = find_parts(heap, &accounts[kind], members);
	debug_members_close(members);
	if (missing >= 0)
		return text_fail(error, -EOPNOTSUPP,
			"--allocator-stats: the debug information of %s has no %s.%s: run the "
			"program by soak run --allocator-stats",
			library, accounts[kind].parts[missing].variable,
			accounts[kind].parts[missing].member);
	heap->kind = kind;
	heap->meaning = accounts[kind].meaning;
	snprintf(heap->library, sizeof(heap->library), "%s", library);
	return 0;
}

/* Is this line of maps the library's, by device and inode? overlayfs tells another device. */
static bool is_library(const struct stat *library, unsigned int device, uint64_t inode,
	const char *path, const char *wanted)
{
	return inode == library->st_ino &&
	       (device == mapped_file_device(library) || strcmp(path, wanted) == 0);
}

/* Where the library begins in the process, whose addresses are relative to that; 0: not in it. */
static uint64_t find_base(pid_t pid, const char *library)
{
	char path[64], line[PATH_MAX + 128];
	struct stat status;
	uint64_t base = 0;
	FILE *in;

	if (stat(library, &status))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	in = fopen(path, "re");
	while (in && !base && fgets(line, sizeof(line), in)) {
		unsigned long start, offset, inode;
		unsigned int major, minor;
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%*x %*s %lx %x:%x %lu %n", &start, &offset, &major, &minor,
			    &inode, &name) == 5 &&
			name && offset == 0 &&
			is_library(&status, major << 20 | minor, inode, line + name, library))
			base = start;
	}
	if (in)
		fclose(in);
	return base;
}

static uint64_t base_of(struct heap_outside *heap, const struct process *process)
{
	struct heap_outside_base *cached = &heap->cache[process->tgid % HEAP_OUTSIDE_CACHED];
	uint64_t image_ns = process->live ? process->live->image_ns : 0;

	if (cached->pid != process->tgid || cached->image_ns != image_ns || !cached->base)
		*cached = (struct heap_outside_base){
			process->tgid, image_ns, find_base(process->tgid, heap->library)};
	return cached->base;
}

static bool peek(pid_t pid, uint64_t address, uint64_t *ret_value)
{
	struct iovec here = {ret_value, sizeof(*ret_value)},
		     there = {(void *)(uintptr_t)address, sizeof(*ret_value)};

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(*ret_value);
}

/* An arena is filled in before the ring leads to it, and none is ever taken out. */
static int64_t read_glibc(const struct heap_outside *heap, pid_t pid, uint64_t base)
{
	uint64_t main_arena = base + heap->address[0], arena = main_arena;
	uint64_t sum, part;

	if (!peek(pid, base + heap->address[1] + heap->offset[2], &sum))
		return SAMPLE_NONE;
	for (int n = 0; n < ARENAS_MAX; n++) {
		if (!peek(pid, arena + heap->offset[0], &part) ||
			!peek(pid, arena + heap->offset[1], &arena))
			return SAMPLE_NONE;
		sum += part;
		if (arena == main_arena)
			return (int64_t)sum;
	}
	return SAMPLE_NONE;
}

static int64_t read_mimalloc(const struct heap_outside *heap, pid_t pid, uint64_t base)
{
	uint64_t committed;

	return peek(pid, base + heap->address[0] + heap->offset[0], &committed) ? (int64_t)committed
										: SAMPLE_NONE;
}

void heap_outside_read(struct heap_outside *heap, struct tree *tree)
{
	heap->committed_bytes = SAMPLE_NONE;
	for (size_t i = 0; i < tree_count(tree); i++) {
		const struct process *process = tree_process(tree, i);
		uint64_t base = base_of(heap, process);
		int64_t bytes = SAMPLE_NONE;

		if (base)
			bytes = heap->kind == GLIBC ? read_glibc(heap, process->tgid, base)
						    : read_mimalloc(heap, process->tgid, base);
		else if (!heap->untold)
			heap->untold = process->tgid;
		if (bytes == SAMPLE_NONE)
			continue;
		if (heap->committed_bytes == SAMPLE_NONE)
			heap->committed_bytes = 0;
		heap->committed_bytes += bytes;
	}
}
