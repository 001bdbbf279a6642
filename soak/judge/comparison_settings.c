/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison demands: see comparison.h. Called by soak compare. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/comparison.h"
#include "soak/words/choice.h"

#define NAME_MOST 63

/* What may be required, and by how much per cent it may be worse. */
static const char *const names[COMPARED_COUNT + 1] = {[COMPARED_SPEED] = "speed",
	[COMPARED_RSS_MEAN] = "rss",
	[COMPARED_RSS_PEAK] = "rss_peak",
	[COMPARED_MEMORY] = "memory",
	[COMPARED_FAULTS] = "faults",
	[COMPARED_CHURN] = "churn"};

static const double margins_pct[COMPARED_COUNT] = {[COMPARED_RSS_MEAN] = 5,
	[COMPARED_RSS_PEAK] = 5,
	[COMPARED_MEMORY] = 5,
	[COMPARED_FAULTS] = 10,
	[COMPARED_CHURN] = 10};

void comparison_settings_init(struct comparison_settings *settings, double band_pct)
{
	*settings = (struct comparison_settings){.confidence = 0.95};
	memcpy(settings->margin_pct, margins_pct, sizeof(margins_pct));
	settings->margin_pct[COMPARED_SPEED] = band_pct;
	settings->decides[COMPARED_SPEED] = true;
}

static int find(const char *name)
{
	for (int f = 0; names[f]; f++)
		if (strcmp(name, names[f]) == 0)
			return f;
	return -1;
}

/* FIGURE, FIGURE=PERCENT or FIGURE=off. */
static int require_one(struct comparison_settings *settings, char *demand, struct text *error)
{
	char *equals = strchr(demand, '='), *end;
	double margin;
	int figure;

	if (equals)
		*equals = 0;
	figure = find(demand);
	if (figure < 0) {
		choice_not(error, "figure", demand, names);
		return -EINVAL;
	}
	settings->decides[figure] = !equals || strcmp(equals + 1, "off") != 0;
	if (!equals || !settings->decides[figure])
		return 0;
	margin = strtod(equals + 1, &end);
	if (end == equals + 1 || *end || !(margin >= 0.0) || !isfinite(margin))
		return text_fail(error, -EINVAL,
			"\"%s=%s\" should be %s=PERCENT, 0 or more, or %s=off", demand, equals + 1,
			demand, demand);
	settings->margin_pct[figure] = margin;
	return 0;
}

int comparison_require(struct comparison_settings *settings, const char *list, struct text *error)
{
	const char *at = list;
	char demand[NAME_MOST + 1];

	for (;;) {
		size_t length = strcspn(at, ",");
		int code;

		snprintf(demand, sizeof(demand), "%.*s",
			length < NAME_MOST ? (int)length : NAME_MOST, at);
		code = require_one(settings, demand, error);
		if (code || !at[length])
			return code;
		at += length + 1;
	}
}
