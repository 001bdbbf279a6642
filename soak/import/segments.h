/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds restarts and gaps in a series. */
#ifndef SOAK_IMPORT_SEGMENTS_H
#define SOAK_IMPORT_SEGMENTS_H

#include "soak/import/points.h"

struct segments {
	const struct reader *reader;
	const struct points *points;
	bool begun, has_rss, gone; /* RSS was zero, and had not been */
	size_t group;
	int64_t gone_ns;
	int64_t ops, ops_before; /* the latest; what was counted before the restarts */
	bool has_ops;
};

/* Marks the row if a segment begins with it. After a restart, ops continue from the old count. */
int segments_take(struct segments *segments, const struct point *point, struct import_row *row);

/* Marks the gaps, and counts. */
int segments_end(struct imported *out);

#endif
