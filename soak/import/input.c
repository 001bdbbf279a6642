/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes a file into memory: never more than the limit, never waiting longer than that for a pipe,
 * and nothing but text. UTF-16 becomes UTF-8 by iconv; a byte order mark goes, and so do the
 * escapes by which docker stats moves the cursor.
 */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "soak/import/reader.h"

static bool begins(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Little-endian UTF-16 of mere ASCII, without a byte order mark. */
static bool is_bare_utf16(const struct reader *reader)
{
	size_t n = reader->size < 64 ? reader->size & ~(size_t)1 : 64;

	for (size_t i = 0; i < n; i += 2)
		if (!reader->text[i] || reader->text[i] & 0x80 || reader->text[i + 1])
			return false;
	return n >= 8;
}

static bool is_utf16(const struct reader *reader)
{
	return reader->size >= 2 &&
	       (memcmp(reader->text, "\xff\xfe", 2) == 0 ||
		       memcmp(reader->text, "\xfe\xff", 2) == 0 || is_bare_utf16(reader));
}

/* Once, of what came first: a device that delivers noise is not read up to the limit. */
static int check_text(const struct reader *reader)
{
	static const char *const packed[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd", "\xfd\x37zXZ", "BZh"};

	if (begins(reader->text, "SQLite format 3"))
		return reader_fail(reader, 0, "this is a run already: soak check judges it");
	for (size_t i = 0; i < sizeof(packed) / sizeof(*packed); i++)
		if (begins(reader->text, packed[i]))
			return reader_fail(reader, 0, "this is compressed: unpack it first");
	if (!is_utf16(reader) && memchr(reader->text, '\0', reader->size))
		return reader_fail(reader, 0, "this is not text: a byte of it is zero");
	return 0;
}

/* Waits until there is something to read. */
static int wait_for(const struct reader *reader, int fd, int64_t began_ns)
{
	const struct import_options *options = reader->options;
	int64_t wait = options->max_wait_ns ? options->max_wait_ns : IMPORT_MAX_WAIT_NS;
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	if (now_ns() - began_ns > 10 * wait)
		return reader_fail(reader, 0,
			"still growing after %.0f s: record into a file, and import that",
			10e-9 * (double)wait);
	if (poll(&poll_fd, 1, (int)(wait / 1000000)) == 0)
		return reader_fail(reader, 0,
			"nothing came for %.3g s: is its writer still running? (--max-wait)",
			1e-9 * (double)wait);
	return 0;
}

static int take_more(struct reader *reader, size_t *capacity, size_t limit)
{
	size_t larger = 2 * *capacity + 65536;
	char *grown;

	if (reader->size < *capacity)
		return 0;
	if (reader->size > limit)
		return reader_fail(reader, 0,
			"more than %zu MiB: cut it to what is of interest, or raise --max-size",
			limit >> 20);
	if (larger > limit + 1)
		larger = limit + 1;
	grown = realloc(reader->text, larger + 1); /* and a NUL */
	if (!grown)
		return -ENOMEM;
	reader->text = grown;
	*capacity = larger;
	return 0;
}

static int read_all(struct reader *reader, int fd)
{
	size_t limit = reader->options->max_bytes ? reader->options->max_bytes : IMPORT_MAX_BYTES;
	int64_t began_ns = now_ns();
	size_t capacity = 0;
	int code;

	for (;;) {
		ssize_t got;

		code = take_more(reader, &capacity, limit);
		if (!code)
			code = wait_for(reader, fd, began_ns);
		if (code)
			return code;
		got = read(fd, reader->text + reader->size, capacity - reader->size);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return text_fail(reader->error, -errno, "cannot read %s: %s", reader->path,
				strerror(errno));
		reader->text[reader->size += (size_t)got] = '\0';
		code = reader->size - (size_t)got < 4096 ? check_text(reader) : 0;
		if (!got || code)
			return code;
	}
}

static int from_utf16(struct reader *reader)
{
	size_t in_left = reader->size & ~(size_t)1, out_left = 2 * in_left;
	char *in = reader->text, *text = malloc(out_left + 1), *out = text;
	iconv_t converter = iconv_open("UTF-8", is_bare_utf16(reader) ? "UTF-16LE" : "UTF-16");

	if (!text || converter == (iconv_t)-1) {
		free(text);
		if (converter != (iconv_t)-1)
			iconv_close(converter);
		return text ? reader_fail(reader, 0, "this is UTF-16, which libc cannot read here")
			    : -ENOMEM;
	}
	/* What cannot be converted ends it: the row that it stands in is a short one then. */
	iconv(converter, &in, &in_left, &out, &out_left);
	iconv_close(converter);
	*out = '\0';
	free(reader->text);
	reader->text = text;
	reader->size = (size_t)(out - text);
	return 0;
}

/* ESC [ ... letter, byte order mark. */
static void drop_escapes(struct reader *reader)
{
	char *out = reader->text, *in = reader->text;

	if (begins(in, "\xef\xbb\xbf"))
		in += 3;
	while (*in) {
		if (in[0] == '\033' && in[1] == '[') {
			in += 2 + strspn(in + 2, "0123456789;?");
			in += *in != '\0';
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	reader->size = (size_t)(out - reader->text);
}

/* A named pipe that nobody writes to would hold up open() for ever: wait_for() waits instead. */
static int open_to_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int reader_load(struct reader *reader)
{
	bool standard_input = strcmp(reader->path, "-") == 0;
	int fd = standard_input ? STDIN_FILENO : open_to_read(reader->path);
	int code;

	if (fd < 0)
		return text_fail(reader->error, -errno, "cannot read %s: %m", reader->path);
	code = read_all(reader, fd);
	if (!standard_input)
		close(fd);
	if (!code && is_utf16(reader))
		code = from_utf16(reader);
	if (code)
		return code;
	if (memchr(reader->text, '\0', reader->size))
		return reader_fail(reader, 0, "this is not text: a byte of it is zero");
	drop_escapes(reader);
	if (!reader->text[strspn(reader->text, " \t\r\n")])
		return reader_fail(reader, 0, "the file is empty");
	return 0;
}
