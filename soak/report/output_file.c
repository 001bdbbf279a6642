/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a finished picture or page: see output_file.h. Called by plot.c and page.c. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "soak/report/output_file.h"

static int copy(int to, int from)
{
	off_t size = lseek(from, 0, SEEK_END), at = 0;

	if (size <= 0)
		return size < 0 ? -errno : -ENODATA;
	while (at < size) {
		if (sendfile(to, from, &at, (size_t)(size - at)) <= 0)
			return errno ? -errno : -EIO;
	}
	return 0;
}

int output_file_keep(int from, const char *output, struct text *error)
{
	char part[PATH_MAX];
	int fd, r;

	if (snprintf(part, sizeof(part), "%s.part-%d", output, getpid()) >= (int)sizeof(part))
		return text_fail(error, -ENAMETOOLONG, "%s: %s", output, strerror(ENAMETOOLONG));
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return text_fail(error, -errno, "%s: %m", output);
	r = copy(fd, from);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(part, output) < 0)
		r = -errno;
	if (r < 0) {
		unlink(part);
		text_fail(error, r, "%s: %s", output, strerror(-r));
	}
	return r;
}
