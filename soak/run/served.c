/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tells whether a process's malloc is the preloaded library's. Called by verify.c while a run
 * begins.
 */
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/elf_file.h"
#include "collectors/procfs.h"
#include "soak/run/served.h"

/* Of an ELF file. */
struct image {
	dev_t device;
	ino_t inode;
	bool is_elf, has_loader, has_malloc;
};

static void note_malloc(void *context, const char *name, const GElf_Sym *symbol)
{
	(void)symbol;
	if (strcmp(name, "malloc") == 0)
		*(bool *)context = true;
}

static bool asks_for_loader(Elf *elf)
{
	size_t count = 0;
	GElf_Phdr header;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, i, &header) && header.p_type == PT_INTERP)
			return true;
	return false;
}

typedef void symbols_fn(Elf *elf, elf_symbol_fn *see, void *context);

/* The last one is remembered: a process is looked at several times, and files can be large. */
static struct image examine(const char *path, symbols_fn *symbols)
{
	static struct image last;
	struct image image = {.is_elf = false};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	Elf *elf;

	if (fd < 0)
		return image;
	if (fstat(fd, &st) == 0 && last.is_elf && st.st_ino == last.inode &&
		st.st_dev == last.device) {
		close(fd);
		return last;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		image = (struct image){st.st_dev, st.st_ino, true, asks_for_loader(elf), false};
		symbols(elf, note_malloc, &image.has_malloc);
		last = image;
	}
	elf_end(elf);
	close(fd);
	return image;
}

static struct image program_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", procfs_speaker(pid));
	return examine(path, elf_file_symbols);
}

bool served_by_itself(pid_t pid)
{
	return program_of(pid).has_malloc;
}

bool served_has_malloc(const char *library)
{
	return examine(library, elf_file_exports).has_malloc;
}

/* What the loader saw; NULL if there was none. */
static char *preload_of(char *environment, size_t length)
{
	static const char name[] = "LD_PRELOAD=";

	for (size_t i = 0; i < length; i += strlen(environment + i) + 1)
		if (strncmp(environment + i, name, sizeof(name) - 1) == 0)
			return environment + i + sizeof(name) - 1;
	return NULL;
}

/* One entry of LD_PRELOAD, as the process sees it. */
static bool entry_file(pid_t pid, const char *entry, char ret_path[PATH_MAX])
{
	char part[PATH_MAX], mapped[PATH_MAX], theirs[PATH_MAX + 32];

	if (strchr(entry, '/')) {
		snprintf(mapped, sizeof(mapped), "%s", entry);
	} else {
		snprintf(part, sizeof(part), "/%s", entry);
		if (procfs_maps_path(pid, part, mapped, sizeof(mapped)))
			return false;
	}
	procfs_path_of(pid, mapped, theirs, sizeof(theirs));
	return realpath(theirs, ret_path);
}

/* Does another malloc stand in LD_PRELOAD before the library's: `LD_PRELOAD=other:$LD_PRELOAD`? */
static bool comes_second(pid_t pid, const char *library, char ret_first[PATH_MAX])
{
	const size_t most = 1 << 20;
	char *environment = malloc(most), *rest = NULL, *entry;
	ssize_t length = environment ? procfs_read(pid, "environ", environment, most) : -1;
	bool second = false;

	if (length > 0)
		rest = preload_of(environment, length);
	while (!second && (entry = strsep(&rest, " :"))) {
		if (!*entry || !entry_file(pid, entry, ret_first))
			continue;
		if (strcmp(ret_first, library) == 0)
			break;
		/* libsoakops.so passes the calls on */
		second = !strstr(ret_first, "/libsoakops.so") && served_has_malloc(ret_first);
	}
	free(environment);
	return second;
}

/* glibc's loader maps what is preloaded first, and libc among the last. */
static bool loader_passed_over(pid_t pid, const char *library)
{
	char libc[PATH_MAX];

	return procfs_maps_path(pid, "/libc.so.6", libc, sizeof(libc)) == 0 &&
	       strcmp(libc, library) != 0 && procfs_maps_file(pid, library) == 0;
}

enum served served_by(pid_t pid, const char *library, struct text *ret_why)
{
	struct image program = program_of(pid);
	char name[32], first[PATH_MAX];

	if (!program.is_elf)
		return SERVED_UNKNOWN;
	procfs_comm(pid, name, sizeof(name));
	if (program.has_malloc && program.has_loader)
		text_set(ret_why, "%s has its own malloc linked in", name);
	else if (!program.has_loader)
		text_set(ret_why, "%s is statically linked", name);
	else if (loader_passed_over(pid, library))
		text_set(ret_why,
			"the loader of %s ignored it: is the program set-uid, or "
			"does something change LD_PRELOAD?",
			name);
	else if (procfs_maps_file(pid, library) != 1 || !served_has_malloc(library))
		return SERVED_UNKNOWN;
	else if (comes_second(pid, library, first))
		text_set(ret_why, "%s is preloaded into %s before it", first, name);
	else
		return SERVED;
	return SERVED_NOT;
}
