/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of known allocators, where their libraries lie, and which one a process has mapped.
 * Called by the verbs that take --allocator, and by the session.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <gnu/libc-version.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/elf_file.h"
#include "collectors/ops/allocators.h"
#include "collectors/procfs.h"
#include "soak/run/allocator.h"
#include "soak/run/served.h"
#include "soak/words/choice.h"

static const struct {
	const char *name, *package;
	const char *files[4]; /* none: the C library's own */
} known[] = {
#define X(id, name, package, symbol, reader, meaning, untold, ...) {name, package, {__VA_ARGS__}},
	ALLOCATORS(X)
#undef X
};

#define KNOWN (sizeof(known) / sizeof(*known))

int allocator_own_file(
	const char *in_tree, const char *installed, const char *file, char ret_path[PATH_MAX])
{
	char self[PATH_MAX], path[2 * PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length > 0) {
		self[length] = 0;
		snprintf(path, sizeof(path), "%s/%s/%s", dirname(self), in_tree, file);
		if (realpath(path, ret_path))
			return 0;
	}
	snprintf(path, sizeof(path), "%s/%s", installed, file);
	return realpath(path, ret_path) ? 0 : -ENOENT;
}

/* Looks among our own libraries first, then where the loader would. */
static int find_file(const char *file, char ret_path[PATH_MAX])
{
	static const char *const directories[] = {"/usr/local/lib", "/usr/lib/x86_64-linux-gnu",
		"/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib64", "/lib"};
	char path[PATH_MAX];

	if (allocator_own_file("../lib", SOAK_LIBDIR, file, ret_path) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		snprintf(path, sizeof(path), "%s/%s", directories[i], file);
		if (realpath(path, ret_path))
			return 0;
	}
	return -ENOENT;
}

/* The C library that we run on ourselves is the target's too, unless it is statically linked. */
static int find_libc(struct allocator *allocator)
{
	Dl_info info;

	snprintf(allocator->name, sizeof(allocator->name), "glibc");
	snprintf(allocator->version, sizeof(allocator->version), "%s", gnu_get_libc_version());
	if (!dladdr((void *)(uintptr_t)gnu_get_libc_version, &info) ||
		!realpath(info.dli_fname, allocator->path))
		return -ENOENT;
	return 0;
}

static int find_known(size_t index, struct allocator *allocator, struct text *error)
{
	if (!known[index].files[0])
		return find_libc(allocator);
	for (int f = 0; known[index].files[f]; f++)
		if (find_file(known[index].files[f], allocator->path) == 0)
			return 0;
	if (known[index].package)
		text_set(error, "%s is not installed (apt-get install %s), or give a path",
			known[index].files[0], known[index].package);
	else
		text_set(error, "%s is not built or installed; give a path", known[index].files[0]);
	return -ENOENT;
}

/* Is it a shared object that this machine's loader would take? */
static int check_elf(struct allocator *allocator, struct text *error)
{
	int fd = open(allocator->path, O_RDONLY | O_CLOEXEC), own = -1, code = 0;
	GElf_Ehdr header, mine;
	Elf *elf, *self;

	if (fd < 0)
		return text_fail(
			error, -errno, "cannot read %s: %s", allocator->path, strerror(errno));
	elf_version(EV_CURRENT);
	own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	self = elf_begin(own, ELF_C_READ, NULL);
	if (!elf || !gelf_getehdr(elf, &header) || header.e_type != ET_DYN) {
		text_set(error, "%s is not a shared library", allocator->path);
		code = -ENOEXEC;
	} else if (self && gelf_getehdr(self, &mine) && header.e_machine != mine.e_machine) {
		text_set(error, "%s is for another machine", allocator->path);
		code = -ENOEXEC;
	} else {
		elf_file_build_id(elf, allocator->build_id);
	}
	elf_end(elf);
	elf_end(self);
	close(fd);
	if (own >= 0)
		close(own);
	return code;
}

static void version_from_name(struct allocator *allocator)
{
	const char *so = strstr(allocator->path, ".so.");

	snprintf(allocator->version, sizeof(allocator->version), "%s", so ? so + 4 : "");
}

static void say_unknown(const char *name, struct text *error)
{
	const char *names[KNOWN + 3] = {NULL};

	for (size_t i = 0; i < KNOWN; i++)
		names[i] = known[i].name;
	names[KNOWN] = "own";
	names[KNOWN + 1] = "/a/path.so";
	choice_unknown(error, "allocator", name, names, NULL);
}

static int find_path(const char *name, struct allocator *allocator, struct text *error)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(name, known[i].name) == 0)
			return find_known(i, allocator, error);
	if (!strchr(name, '/')) {
		say_unknown(name, error);
		return -EINVAL;
	}
	if (realpath(name, allocator->path))
		return 0;
	return text_fail(error, -errno, "cannot read %s: %s", name, strerror(errno));
}

int allocator_find(const char *name, struct allocator *ret_allocator, struct text *error)
{
	struct allocator allocator = {0};
	const char *slash = strrchr(name, '/');
	int code;

	snprintf(allocator.name, sizeof(allocator.name), "%s", slash ? slash + 1 : name);
	code = find_path(name, &allocator, error);
	if (!code)
		code = check_elf(&allocator, error);
	if (code)
		return code;
	if (!allocator.version[0])
		version_from_name(&allocator);
	*ret_allocator = allocator;
	return 0;
}

int allocator_find_counter(char ret_path[PATH_MAX], struct text *error)
{
	if (find_file("libsoakops.so", ret_path) == 0)
		return 0;
	return text_fail(
		error, -ENOENT, "libsoakops.so is neither beside soak nor in %s", SOAK_LIBDIR);
}

/* Does it map the file that we find there, and not one of the same path in its own namespace? */
static bool maps_our_file(pid_t pid, const char *path)
{
	char theirs[PATH_MAX + 32];
	struct stat a, b;

	procfs_path_of(pid, path, theirs, sizeof(theirs));
	return stat(theirs, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

int allocator_detect(pid_t pid, struct allocator *ret_allocator)
{
	struct allocator allocator = {0};
	char part[32];

	for (size_t i = 0; i < KNOWN; i++) {
		snprintf(part, sizeof(part), "/lib%s", known[i].name);
		if (!known[i].files[0] ||
			procfs_maps_path(pid, part, allocator.path, sizeof(allocator.path)) != 0)
			continue;
		snprintf(allocator.name, sizeof(allocator.name), "%s", known[i].name);
		version_from_name(&allocator);
		*ret_allocator = allocator;
		return 0;
	}
	/* Libraries call what a program exports, not libc's. */
	if (served_by_itself(pid) || find_libc(&allocator) ||
		procfs_maps_file(pid, allocator.path) != 1)
		return -ENOENT;
	if (!maps_our_file(pid, allocator.path))
		allocator.version[0] = 0;
	*ret_allocator = allocator;
	return 0;
}
