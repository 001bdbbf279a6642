/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads PT_INTERP, and the first line of scripts. Called by preload.c. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "soak/run/interpreter.h"
#include "soak/run/program.h"

/* The kernel follows no longer chain of scripts (fs/exec.c, exec_binprm). */
#define SCRIPTS 5

/* The program after #!, or after env. False: not a script, or a more complicated line. */
static bool read_script(int fd, char name[PATH_MAX])
{
	char line[256] = "", *rest = line + 2, *word;
	ssize_t length = pread(fd, line, sizeof(line) - 1, 0);

	if (length < 2 || strncmp(line, "#!", 2) != 0)
		return false;
	line[strcspn(line, "\n")] = 0;
	word = strtok_r(NULL, " \t", &rest);
	if (!word)
		return false;
	snprintf(name, PATH_MAX, "%s", word);
	word = strrchr(word, '/');
	if (!word || strcmp(word, "/env") != 0)
		return true;
	word = strtok_r(NULL, " \t", &rest);
	if (word && word[0] != '-' && !strchr(word, '='))
		snprintf(name, PATH_MAX, "%s", word);
	return true;
}

static int read_loader(int fd, char ret_loader[PATH_MAX])
{
	size_t count = 0;
	GElf_Phdr header;
	int code = -ENOENT;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_getphdrnum(elf, &count))
		count = 0;
	for (size_t i = 0; i < count && code; i++) {
		if (!gelf_getphdr(elf, i, &header) || header.p_type != PT_INTERP ||
			header.p_filesz >= PATH_MAX)
			continue;
		memset(ret_loader, 0, PATH_MAX);
		if (pread(fd, ret_loader, header.p_filesz, header.p_offset) > 0)
			code = 0;
	}
	elf_end(elf);
	return code;
}

int interpreter_find(const char *name, char ret_loader[PATH_MAX], char ret_program[PATH_MAX])
{
	char wanted[PATH_MAX];
	int code = -ENOENT;
	bool script = true;

	snprintf(wanted, sizeof(wanted), "%s", name);
	for (int i = 0; i <= SCRIPTS && script; i++) {
		int fd;

		if (program_find(wanted, ret_program, NULL))
			return -ENOENT;
		fd = open(ret_program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return -ENOENT;
		script = read_script(fd, wanted);
		if (!script)
			code = read_loader(fd, ret_loader);
		close(fd);
	}
	return code;
}
