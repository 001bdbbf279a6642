/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes profile.proto: the few messages of Protocol Buffers that it takes are varints and
 * length-prefixed bytes. Called by soak audit --pprof.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "soak/report/heap_pprof.h"

/* Field numbers of profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_DURATION_NS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_DEFAULT_TYPE = 14
};
enum { TYPE_TYPE = 1, TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2 };
enum {
	MAPPING_ID = 1,
	MAPPING_LIMIT = 3,
	MAPPING_FILE = 5,
	MAPPING_BUILD = 6,
	MAPPING_HAS_FUNCTIONS = 7
};
enum { LOCATION_ID = 1, LOCATION_MAPPING = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4 };
enum { LINE_FUNCTION = 1 };
enum { FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3 };

struct message {
	char *bytes;
	size_t length, room;
	bool failed;
};

static void put_bytes(struct message *message, const void *bytes, size_t length)
{
	size_t room = message->room;
	char *grown;

	if (message->failed || !length)
		return;
	while (message->length + length > room)
		room = 2 * room + 256;
	if (room != message->room) {
		grown = realloc(message->bytes, room);
		if (!grown) {
			message->failed = true;
			return;
		}
		message->bytes = grown;
		message->room = room;
	}
	memcpy(message->bytes + message->length, bytes, length);
	message->length += length;
}

static void put_varint(struct message *message, uint64_t value)
{
	unsigned char bytes[10];
	size_t n = 0;

	for (; value >= 128; value >>= 7)
		bytes[n++] = (unsigned char)(value | 128);
	bytes[n++] = (unsigned char)value;
	put_bytes(message, bytes, n);
}

static void put_number(struct message *message, int field, uint64_t value)
{
	if (!value)
		return;
	put_varint(message, (uint64_t)field << 3);
	put_varint(message, value);
}

static void put_text(struct message *message, int field, const void *text, size_t length)
{
	put_varint(message, (uint64_t)field << 3 | 2);
	put_varint(message, length);
	put_bytes(message, text, length);
}

/* Puts the inner message, and releases it. */
static void put_message(struct message *message, int field, struct message *inner)
{
	if (inner->failed)
		message->failed = true;
	else
		put_text(message, field, inner->bytes, inner->length);
	free(inner->bytes);
	*inner = (struct message){0};
}

/* ---- the profile ----------------------------------------------------------------------------- */

struct profile {
	struct message all;
	const struct run_heap *heap;
	uint64_t strings; /* in the table so far */
};

/* Its index in the table of strings. */
static uint64_t string(struct profile *profile, const char *text)
{
	put_text(&profile->all, PROFILE_STRING, text, strlen(text));
	return profile->strings++;
}

static void put_type(struct profile *profile, int field, uint64_t type, uint64_t unit)
{
	struct message message = {0};

	put_number(&message, TYPE_TYPE, type);
	put_number(&message, TYPE_UNIT, unit);
	put_message(&profile->all, field, &message);
}

static void put_types(struct profile *profile, double mean)
{
	uint64_t count = string(profile, "count"), bytes = string(profile, "bytes"), in_use;

	put_type(profile, PROFILE_SAMPLE_TYPE, string(profile, "alloc_objects"), count);
	put_type(profile, PROFILE_SAMPLE_TYPE, string(profile, "alloc_space"), bytes);
	put_type(profile, PROFILE_SAMPLE_TYPE, string(profile, "inuse_objects"), count);
	in_use = string(profile, "inuse_space");
	put_type(profile, PROFILE_SAMPLE_TYPE, in_use, bytes);
	put_type(profile, PROFILE_PERIOD_TYPE, string(profile, "space"), bytes);
	put_number(&profile->all, PROFILE_PERIOD, (uint64_t)mean);
	put_number(&profile->all, PROFILE_DEFAULT_TYPE, in_use);
}

/* The first frame of the same file stands for it: a mapping has its number. */
static uint64_t mapping_of(const struct run_heap *heap, size_t frame)
{
	const char *module = heap->frames[frame].module;

	for (size_t f = 1; module && f < frame; f++)
		if (heap->frames[f].module && strcmp(heap->frames[f].module, module) == 0)
			return f;
	return module ? frame : 0;
}

static void put_mapping(struct profile *profile, size_t frame)
{
	const struct run_heap_frame *from = &profile->heap->frames[frame];
	struct message message = {0};

	put_number(&message, MAPPING_ID, frame);
	put_number(&message, MAPPING_LIMIT, UINT64_MAX >> 1);
	put_number(&message, MAPPING_FILE, string(profile, from->module));
	put_number(&message, MAPPING_BUILD, string(profile, from->build_id ? from->build_id : ""));
	put_number(&message, MAPPING_HAS_FUNCTIONS, 1);
	put_message(&profile->all, PROFILE_MAPPING, &message);
}

static void put_function(struct profile *profile, size_t frame)
{
	const struct run_heap_frame *from = &profile->heap->frames[frame];
	uint64_t name = string(profile, from->function ? from->function : "[unknown]");
	struct message message = {0};

	put_number(&message, FUNCTION_ID, frame);
	put_number(&message, FUNCTION_NAME, name);
	put_number(&message, FUNCTION_SYSTEM_NAME, name);
	put_message(&profile->all, PROFILE_FUNCTION, &message);
}

static void put_location(struct profile *profile, size_t frame)
{
	struct message message = {0}, line = {0};

	put_number(&message, LOCATION_ID, frame);
	put_number(&message, LOCATION_MAPPING, mapping_of(profile->heap, frame));
	put_number(&message, LOCATION_ADDRESS, profile->heap->frames[frame].address);
	put_number(&line, LINE_FUNCTION, frame);
	put_message(&message, LOCATION_LINE, &line);
	put_message(&profile->all, PROFILE_LOCATION, &message);
}

static void put_sample(struct profile *profile, const struct heap_part *part)
{
	const struct run_heap_site *site = &profile->heap->sites[part->index];
	const double values[] = {part->to.allocated_blocks - part->from.allocated_blocks,
		part->to.allocated - part->from.allocated,
		part->to.live_blocks - part->from.live_blocks, part->to.live - part->from.live};
	struct message message = {0}, packed = {0};

	for (size_t i = 0; i < site->count; i++)
		put_varint(&packed, site->frames[i]);
	put_message(&message, SAMPLE_LOCATION, &packed);
	for (int i = 0; i < 4; i++)
		put_varint(&packed, (uint64_t)llround(values[i]));
	put_message(&message, SAMPLE_VALUE, &packed);
	put_message(&profile->all, PROFILE_SAMPLE, &message);
}

static void put_all(struct profile *profile, const struct heap_account *account)
{
	string(profile, "");
	put_types(profile, account->heap.mean);
	for (size_t f = 1; f < account->heap.nframes; f++) {
		if (mapping_of(&account->heap, f) == f)
			put_mapping(profile, f);
		put_function(profile, f);
		put_location(profile, f);
	}
	for (size_t i = 0; i < account->count; i++)
		put_sample(profile, &account->parts[i]);
	put_number(&profile->all, PROFILE_DURATION_NS,
		(uint64_t)((account->to_s - account->from_s) * 1e9));
}

static int write_gzipped(int fd, const struct message *message)
{
	int copy = dup(fd);
	gzFile out = copy < 0 ? NULL : gzdopen(copy, "wb");
	bool written;

	if (!out) {
		if (copy >= 0)
			close(copy);
		return -ENOMEM;
	}
	written = gzfwrite(message->bytes, 1, message->length, out) == message->length;
	return gzclose(out) == Z_OK && written ? 0 : -EIO;
}

int heap_pprof_write(int fd, const struct heap_account *account)
{
	struct profile profile = {.heap = &account->heap};
	int code;

	put_all(&profile, account);
	code = profile.all.failed ? -ENOMEM : write_gzipped(fd, &profile.all);
	free(profile.all.bytes);
	return code;
}
