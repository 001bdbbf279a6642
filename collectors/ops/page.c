/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making, finding and summing ops pages. Called by the runner and by the collector of ops. */
#include "collectors/ops/page.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Above what shells and daemons use for themselves, below the usual soft limit of 1024. */
#define HIGH_FD 300

static int move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

int ops_page_create(size_t more, struct soakops_page **ret_page, int *ret_fd)
{
	int fd = memfd_create(SOAKOPS_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t bytes = SOAKOPS_BYTES + more;
	struct soakops_page *page;
	int error;

	if (fd < 0)
		return -errno;
	fd = move_up(fd);
	if (ftruncate(fd, (off_t)bytes) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		goto fail;
	page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		goto fail;
	soakops_page_init(page);
	*ret_page = page;
	*ret_fd = fd;
	return 0;
fail:
	error = -errno;
	close(fd);
	return error;
}

int ops_page_open(int fd, const struct soakops_page **ret_page)
{
	struct soakops_page *page;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)SOAKOPS_BYTES)
		return -EINVAL;
	page = mmap(NULL, SOAKOPS_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (!soakops_page_valid(page)) {
		munmap(page, SOAKOPS_BYTES);
		return -EINVAL;
	}
	*ret_page = page;
	return 0;
}

void ops_page_close(const struct soakops_page *page)
{
	if (page)
		munmap((void *)page, SOAKOPS_BYTES);
}

int ops_page_variable(int fd, char *text, size_t size)
{
	struct stat st;
	int length;

	if (fstat(fd, &st) < 0)
		return -errno;
	length = snprintf(
		text, size, SOAKOPS_VARIABLE "=%d:%llu", fd, (unsigned long long)st.st_ino);
	return length < 0 || (size_t)length >= size ? -ENOSPC : 0;
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_ino == sb.st_ino &&
	       sa.st_dev == sb.st_dev;
}

/* Opens entry `name` of a /proc/PID/fd directory if it is an ops page; else returns -1. */
static int open_if_page(int dir, const char *name)
{
	static const char wanted[] = "/memfd:" SOAKOPS_NAME " (deleted)";
	char link[sizeof(wanted) + 1];
	ssize_t length = readlinkat(dir, name, link, sizeof(link));

	if (length != (ssize_t)sizeof(wanted) - 1 || memcmp(link, wanted, (size_t)length) != 0)
		return -1;
	return openat(dir, name, O_RDONLY | O_CLOEXEC);
}

int ops_page_find(pid_t pid, int *ret_fds, int max)
{
	char path[32];
	struct dirent *entry;
	int found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (found < max && (entry = readdir(dir))) {
		int fd = open_if_page(dirfd(dir), entry->d_name);
		int seen = 0;

		if (fd < 0)
			continue;
		while (seen < found && !same_file(fd, ret_fds[seen]))
			seen++;
		if (seen < found)
			close(fd);
		else
			ret_fds[found++] = fd;
	}
	closedir(dir);
	return found;
}

static void add_slot(const struct soakops_slot *slot, uint64_t *sum)
{
	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		sum[kind] += __atomic_load_n(&slot->count[kind], __ATOMIC_RELAXED);
}

void ops_page_sum(const struct soakops_page *page, enum soakops_source source,
	uint64_t ret_count[SOAKOPS_KINDS])
{
	uint32_t used = __atomic_load_n(&page->used, __ATOMIC_ACQUIRE);

	memset(ret_count, 0, SOAKOPS_KINDS * sizeof(*ret_count));
	add_slot(&page->overflow[source - 1], ret_count);
	if (used > SOAKOPS_SLOTS) /* the target can write anything here */
		used = SOAKOPS_SLOTS;
	for (uint32_t i = 0; i < used; i++) {
		const struct soakops_slot *slot = soakops_slot_at(page, i);

		if (__atomic_load_n(&slot->source, __ATOMIC_RELAXED) == (uint32_t)source)
			add_slot(slot, ret_count);
	}
}

uint64_t ops_page_marks(const struct soakops_page *page)
{
	return __atomic_load_n(&page->marks_made, __ATOMIC_ACQUIRE);
}

/* The slot of a mark; NULL: its program found none. */
static const struct soakops_mark_slot *mark_slot(const struct soakops_page *page, uint64_t before)
{
	uint32_t at = __atomic_load_n(&page->marks_at, __ATOMIC_ACQUIRE);

	if (!at || at > SOAKOPS_SLOTS - SOAKOPS_MARKS + 1) /* the target can write anything here */
		return NULL;
	return (const struct soakops_mark_slot *)soakops_slot_at(
		page, at - 1 + (uint32_t)(before % SOAKOPS_MARKS));
}

/* Copies it, unless another takes its place meanwhile. */
static bool copy_mark(
	const struct soakops_mark_slot *slot, uint64_t number, struct ops_mark *ret_mark)
{
	ret_mark->time_ns = slot->time_ns;
	memcpy(ret_mark->text, slot->text, sizeof(ret_mark->text));
	ret_mark->text[sizeof(ret_mark->text) - 1] = '\0';
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&slot->number, __ATOMIC_RELAXED) == number;
}

bool ops_page_next_mark(
	const struct soakops_page *page, uint64_t *seen, uint64_t *lost, struct ops_mark *ret_mark)
{
	uint64_t made = ops_page_marks(page);

	if (made > *seen && made - *seen > SOAKOPS_MARKS) {
		*lost += made - *seen - SOAKOPS_MARKS;
		*seen = made - SOAKOPS_MARKS;
	}
	for (; *seen < made; ++*seen, ++*lost) {
		const struct soakops_mark_slot *slot = mark_slot(page, *seen);
		uint64_t number = slot ? __atomic_load_n(&slot->number, __ATOMIC_ACQUIRE) : 0;

		if (slot && number <= *seen)
			return false;
		if (slot && number == *seen + 1 && copy_mark(slot, number, ret_mark)) {
			++*seen;
			return true;
		}
	}
	return false;
}
