/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue as data, for code that walks over all metrics: the recorder, the exports, the
 * documentation. */
#include "collectors/metrics.h"

const struct metric_info metric_info[METRIC_COUNT] = {
#define X(name_, unit_, kind_, rate_, source_, meaning_)                                           \
	{.name = #name_,                                                                           \
		.unit = UNIT_##unit_,                                                              \
		.kind = KIND_##kind_,                                                              \
		.rate = RATE_##rate_,                                                              \
		.source = source_,                                                                 \
		.meaning = meaning_},
	METRICS(X)
#undef X
};

const char *metric_unit_name(enum metric_unit unit)
{
	static const char *const names[] = {
		[UNIT_NS] = "ns", [UNIT_US] = "us", [UNIT_BYTES] = "bytes", [UNIT_COUNT] = "count"};

	return names[unit];
}
