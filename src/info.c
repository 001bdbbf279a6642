/* SPDX-License-Identifier: MIT */
/* The entry points that ask or tell, rather than allocate. */
#include "src/check.h"
#include "src/counters.h"
#include "src/entry.h"
#include "src/heap.h"
#include "src/libc.h"
#include "src/life.h"
#include "src/options.h"
#include "src/purge.h"
#include "src/statistics.h"
#include "src/text.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>

ENTRY size_t NAME(malloc_usable_size)(void *p)
{
	if (!p)
		return 0;
	if (hk_mode() == HK_LIBC)
		return hk_libc_usable_size(p);
	return hk_mode() == HK_CHECK ? hk_check_size(p) : hk_usable_size(p);
}

/* `pad`, what to keep at the top of glibc's heap, has no counterpart here. */
ENTRY int NAME(malloc_trim)(size_t pad)
{
	return hk_mode() == HK_LIBC ? hk_libc_trim(pad) : hk_trim() > 0;
}

ENTRY struct mallinfo2 NAME(mallinfo2)(void)
{
	struct mallinfo2 info = {0};

	if (hk_mode() == HK_LIBC)
		return hk_libc_mallinfo2();
	info.arena = hk_counter(&hak_counters.committed_bytes);
	info.uordblks = hk_counter(&hak_counters.in_use_bytes);
	info.fordblks = info.arena > info.uordblks ? info.arena - info.uordblks : 0;
	info.hblks = hk_counter(&hak_counters.huge_blocks);
	info.keepcost = hk_counter(&hak_counters.retained_bytes);
	return info;
}

/* The older one, whose fields are too small for today's heaps and stop at their largest value. */
ENTRY struct mallinfo NAME(mallinfo)(void)
{
	struct mallinfo2 all = NAME(mallinfo2)();
	struct mallinfo info = {0};

#define FIELD(name) info.name = all.name < INT32_MAX ? (int)all.name : INT32_MAX
	FIELD(arena);
	FIELD(uordblks);
	FIELD(fordblks);
	FIELD(hblks);
	FIELD(keepcost);
#undef FIELD
	return info;
}

ENTRY void NAME(malloc_stats)(void)
{
	struct hk_statistics statistics;
	struct hk_text text = {0};

	if (hk_mode() == HK_LIBC) {
		hk_libc_stats();
		return;
	}
	hk_statistics_get(&statistics);
	for (unsigned n = 0; hk_statistics_line(&statistics, n, &text); n++)
		hk_text_print(&text);
	hk_text_counter("hakmem: SuperSlabs      = ", &hak_counters.superslabs);
	hk_text_counter("hakmem: huge blocks     = ", &hak_counters.huge_blocks);
	hk_text_counter("hakmem: threads         = ", &hak_counters.threads);
	hk_text_counter("hakmem: purges          = ", &hak_counters.purges);
	hk_text_counter("hakmem: purged bytes    = ", &hak_counters.purged_bytes);
	hk_text_counter("hakmem: regretted bytes = ", &hak_counters.regretted_bytes);
	hk_text_counter("hakmem: refaulted bytes = ", &hak_counters.refaulted_bytes);
	hk_text_counter("hakmem: retained, most  = ", &hak_counters.retained_peak);
	hk_counters_print();
}

/* No lock is held while it writes: a stream may allocate. */
ENTRY int NAME(malloc_info)(int options, FILE *stream)
{
	struct hk_statistics statistics;
	struct hk_text text = {0};

	if (hk_mode() == HK_LIBC)
		return hk_libc_info(options, stream);
	if (options != 0)
		return EINVAL;
	hk_statistics_get(&statistics);
	for (unsigned n = 0; hk_statistics_xml(&statistics, n, &text); n++) {
		hk_text_add(&text, "\n");
		fwrite(text.line, 1, text.length, stream);
		text.length = 0;
	}
	return 0;
}

/*
 * Of glibc's parameters only the trim threshold has a counterpart: free memory that may stay. Those
 * that tune what hakmem does otherwise by itself are accepted and do nothing; others are refused.
 */
ENTRY int NAME(mallopt)(int parameter, int value)
{
	if (hk_mode() == HK_LIBC)
		return hk_libc_mallopt(parameter, value);
	switch (parameter) {
	case M_TRIM_THRESHOLD:
		if (value >= 0)
			hk_purge_keep((size_t)value);
		return value >= 0;
	case M_MXFAST:
	case M_TOP_PAD:
	case M_MMAP_THRESHOLD:
	case M_MMAP_MAX:
	case M_ARENA_TEST:
	case M_ARENA_MAX:
	case M_CHECK_ACTION:
		return 1;
	default:
		return 0;
	}
}
