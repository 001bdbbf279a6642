/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mutated COUNT FILE...: gives soak import COUNT inputs, each a FILE with some bytes changed,
 * removed, repeated or taken from another FILE. tests/import_formats.t builds it with sanitizers.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soak/import/import.h"

#define FILES_MAX 200
#define SIZE_MAX_BYTES 4096

struct bytes {
	char bytes[2 * SIZE_MAX_BYTES];
	size_t size;
};

static struct bytes files[FILES_MAX];
static size_t nfiles;
static uint64_t state = 88172645463325252u;

static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? (size_t)(state % limit) : 0;
}

static void mutate(struct bytes *text)
{
	static const char odd[] = "\n\r\t ,;|\"'#:-+.eE/%0917aPMKkgi{}[]\\\xef\xff";
	size_t at = below(text->size), length = below(40);

	if (at + length > text->size)
		length = text->size - at;
	switch (below(5)) {
	case 0:
		text->bytes[at] = odd[below(sizeof(odd))];
		break;
	case 1:
		text->bytes[at] = (char)below(256);
		break;
	case 2:
		memmove(text->bytes + at, text->bytes + at + length, text->size - at - length);
		text->size -= length;
		break;
	case 3:
		if (text->size + length > sizeof(text->bytes))
			break;
		memmove(text->bytes + at + length, text->bytes + at, text->size - at);
		text->size += length;
		break;
	default: {
		const struct bytes *other = &files[below(nfiles)];
		size_t from = below(other->size);

		if (from + length > other->size)
			length = other->size - from;
		memcpy(text->bytes + at, other->bytes + from,
			at + length > text->size ? text->size - at : length);
	}
	}
}

static void import(const char *path, bool varied)
{
	static const char *const key[] = {"Name=one"};
	struct import_options options = {.max_wait_ns = 10000000000};
	struct import_set set;
	scoped_text error = {0};

	if (varied) {
		options.interval_ns = below(2) ? 1000000000 : 0;
		options.each = below(2);
		options.sum = !options.each && below(2);
		options.keys = key;
		options.nkeys = below(4) == 0;
		options.rss_unit = below(2) ? "KiB" : NULL;
	}
	if (import_read(path, &options, &set, &error) &&
		(!error.length || strchr(text_of(&error), '\n'))) {
		fprintf(stderr, "an error without one line: \"%s\"\n", text_of(&error));
		abort();
	}
	import_set_release(&set);
}

static void load(const char *path)
{
	FILE *in = fopen(path, "re");

	if (!in || nfiles == FILES_MAX)
		abort();
	files[nfiles].size = fread(files[nfiles].bytes, 1, SIZE_MAX_BYTES, in);
	fclose(in);
	nfiles++;
}

int main(int argc, char **argv)
{
	int fd = memfd_create("mutated", 0), count = argc > 2 ? atoi(argv[1]) : 0;
	char path[64];

	for (int i = 2; i < argc; i++)
		load(argv[i]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < count; i++) {
		struct bytes text = files[(size_t)i % nfiles];

		for (size_t n = 1 + below(8); n && text.size; n--)
			mutate(&text);
		if (ftruncate(fd, 0) || pwrite(fd, text.bytes, text.size, 0) != (ssize_t)text.size)
			abort();
		import(path, i % 2);
	}
	printf("%d inputs\n", count);
	return 0;
}
