/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes gnuplot's data and runs it. Called by plot.c. */
#include "soak/report/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_GNUPLOT "gnuplot is not installed: apt-get install gnuplot-nox"

enum { TEXT_MAX = 600 };

/* Always with an exponent: gnuplot divides 7 by 2 as whole numbers do. */
void gnuplot_put_number(FILE *script, const char *name, const char *part, double v)
{
	if (isfinite(v))
		fprintf(script, "%s%s = %.12e\n", name, part, v);
	else
		fprintf(script, "%s%s = NaN\n", name, part);
}

void gnuplot_put_row(FILE *script, size_t n, const double *cells)
{
	for (size_t i = 0; i < n; i++) {
		if (isfinite(cells[i]))
			fprintf(script, "%s%.9g", i > 0 ? "," : "", cells[i]);
		else
			fprintf(script, "%sNaN", i > 0 ? "," : "");
	}
	fputc('\n', script);
}

/* Length of the well-formed UTF-8 character at `s` that is fit for XML and a terminal, or 0. */
static size_t printable(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (length == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0; /* control characters */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0))
		return 0; /* overlong, surrogates */
	if ((s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe) || s[0] > 0xf4)
		return 0; /* not characters */
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

/*
 * In octal, a character is seen by none of gnuplot's quoting, backquotes and other substitutions.
 * gnuplot reads on through all digits that follow, so these have to be in octal too.
 */
void gnuplot_put_text(FILE *script, const char *name, const char *part, const char *text)
{
	const unsigned char *s = (const unsigned char *)(text ? text : "");
	const unsigned char *start = s;
	bool octal = false;

	fprintf(script, "%s%s = \"", name, part);
	while (*s && s - start < TEXT_MAX) {
		size_t length = printable(s);
		unsigned char c = length > 0 ? *s : *s < 0x20 ? ' ' : '?';

		octal = length <= 1 && c != ' ' && !isalpha(c) && (octal || !isdigit(c));
		if (octal)
			fprintf(script, "\\%03o", c);
		else if (length > 1)
			fwrite(s, 1, length, script);
		else
			fputc(c, script);
		s += length > 0 ? length : 1;
	}
	fputs("\"\n", script);
}

/* The line of gnuplot's messages that holds `word`. */
static bool first_line_about(const char *said, const char *word, struct text *error)
{
	const char *at = strstr(said, word);

	while (at && at > said && at[-1] != '\n')
		at--;
	if (at)
		text_set(error, "gnuplot: %.*s", (int)strcspn(at, "\n"), at);
	return at != NULL;
}

static int hear_gnuplot(int status, int said_fd, struct text *error)
{
	char said[4096];
	ssize_t n = pread(said_fd, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (!strstr(said, "no valid points")) /* a table without rows */
			first_line_about(said, "warning: ", error);
		return 0;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return text_fail(error, -ENOPKG, NO_GNUPLOT);
	if (!first_line_about(said, " line ", error))
		text_fail(error, 0, "gnuplot failed: %.*s", (int)strcspn(said, "\n"), said);
	return -EIO;
}

/*
 * The environment with a locale that knows UTF-8: in another gnuplot cannot convert the text, and
 * warns. C.UTF-8 is part of glibc since 2.35, of Debian for longer. The caller frees the array.
 */
static char **utf8_environment(void)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t n = 0, kept = 0;
	char **variables;

	while (environ[n])
		n++;
	variables = calloc(n + 2, sizeof(*variables));
	for (size_t i = 0; variables && i < n; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			variables[kept++] = environ[i];
	if (variables)
		variables[kept] = locale;
	return variables;
}

int gnuplot_run(FILE *script, int picture_fd, struct text *error)
{
	char program[] = "gnuplot", no_user_settings[] = "-d";
	char *argv[] = {program, no_user_settings, NULL};
	int said_fd = memfd_create("gnuplot-said", MFD_CLOEXEC), status = 0, r;
	char **variables = utf8_environment();
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (!variables || said_fd < 0 || fflush(script) != 0 ||
		lseek(fileno(script), 0, SEEK_SET) < 0) {
		r = text_fail(error, -errno, "cannot start gnuplot: %m");
		close(said_fd);
		free(variables);
		return r;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, picture_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, said_fd, STDERR_FILENO);
	r = -posix_spawnp(&pid, argv[0], &actions, NULL, argv, variables);
	posix_spawn_file_actions_destroy(&actions);
	free(variables);
	if (r == -ENOENT)
		r = text_fail(error, -ENOPKG, NO_GNUPLOT);
	else if (r < 0)
		text_fail(error, r, "cannot start gnuplot: %s", strerror(-r));
	while (r == 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			r = text_fail(error, -errno, "lost gnuplot: %m");
	}
	if (r == 0)
		r = hear_gnuplot(status, said_fd, error);
	close(said_fd);
	return r;
}

/* In characters; gnuplot starts each picture with a form feed, which a terminal has no use for. */
int gnuplot_print(int picture_fd)
{
	char block[4096];
	ssize_t n;

	lseek(picture_fd, 0, SEEK_SET);
	while ((n = read(picture_fd, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (block[i] != '\f')
				putchar(block[i]);
		}
	}
	return n < 0 || fflush(stdout) != 0 ? -errno : 0;
}
