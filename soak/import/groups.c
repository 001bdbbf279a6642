/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose a row is: processes and containers, found by what their key columns say. See points.h.
 * Called by points.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "soak/import/points.h"

static size_t hash_columns(const struct table *table, const struct table_row *row,
	const size_t *columns, size_t n, size_t hash)
{
	for (size_t i = 0; i < n; i++)
		for (const char *c = table_at(table, row, columns[i]);; c++) {
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
			if (!*c)
				break;
		}
	return hash;
}

/* "PID=17, COMMAND=app" */
static void say_columns(const struct table *table, const struct table_row *row,
	const size_t *columns, size_t n, struct text *text)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = table_at(table, row, columns[i]);

		if (*value)
			text_item(text, ", ", "%s=%.120s", table_name_of(table, columns[i]), value);
	}
}

static int grow_slots(struct points *points)
{
	size_t n = points->nslots ? 2 * points->nslots : 256, *slots = calloc(n, sizeof(*slots));
	struct group *groups = reallocarray(points->groups, n, sizeof(*groups));

	if (groups)
		points->groups = groups;
	if (!slots || !groups) {
		free(slots);
		return -ENOMEM;
	}
	for (size_t g = 0; g < points->ngroups; g++) {
		size_t slot = points->groups[g].hash % n;

		while (slots[slot])
			slot = (slot + 1) % n;
		slots[slot] = g + 1;
	}
	free(points->slots);
	points->slots = slots;
	points->nslots = n;
	return 0;
}

static int add_group(struct points *points, const struct table *table,
	const struct columns *columns, const struct table_row *row, size_t hash)
{
	struct group *group = &points->groups[points->ngroups++];

	*group = (struct group){
		.hash = hash, .round = (size_t)-1, .first_ns = INT64_MAX, .last_ns = INT64_MIN};
	say_columns(table, row, columns->ids, columns->nids, &group->name);
	group->id_length = group->name.length;
	say_columns(table, row, columns->names, columns->nnames, &group->name);
	if (group->id_length && group->name.length > group->id_length)
		group->id_length += 2; /* the comma */
	group->program =
		columns->nids ? hash_columns(table, row, columns->names, columns->nnames, 7) : hash;
	return 0;
}

int points_group(struct points *points, const struct table *table, const struct columns *columns,
	const struct table_row *row, size_t *ret_group)
{
	/* An id says it all: a process may change its name. */
	size_t hash = columns->nids ? hash_columns(table, row, columns->ids, columns->nids,
					      14695981039346656037u)
				    : hash_columns(table, row, columns->names, columns->nnames,
					      14695981039346656037u);
	size_t slot;

	if (2 * points->ngroups >= points->nslots && grow_slots(points))
		return -ENOMEM;
	slot = hash % points->nslots;
	while (points->slots[slot] && points->groups[points->slots[slot] - 1].hash != hash)
		slot = (slot + 1) % points->nslots;
	if (!points->slots[slot]) {
		if (add_group(points, table, columns, row, hash))
			return -ENOMEM;
		points->slots[slot] = points->ngroups;
	}
	*ret_group = points->slots[slot] - 1;
	return 0;
}
