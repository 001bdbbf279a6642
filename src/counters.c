/* SPDX-License-Identifier: MIT */
/* The exported counters, and the line that shows the kernel's part of them. */
#include "src/counters.h"
#include "src/text.h"

#include <stddef.h>
#include <string.h>

__attribute__((visibility("default"))) struct hak_counters hak_counters = {
	.version = HAK_COUNTERS_VERSION,
	.size = sizeof(struct hak_counters),
};

void hk_counters_forget_calls(void)
{
	uint64_t *const calls[] = {&hak_counters.alloc, &hak_counters.free, &hak_counters.madvise,
		&hak_counters.mmap_total, &hak_counters.fallback_mmap, &hak_counters.huge_alloc,
		&hak_counters.mremap, &hak_counters.purges, &hak_counters.purged_bytes};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		hk_counter_set(calls[i], 0);
}

void hk_counters_print(void)
{
	struct hk_text text = {0};

	hk_text_add(&text, "[SS_OS_STATS] alloc=");
	hk_text_number(&text, hk_counter(&hak_counters.alloc));
	hk_text_add(&text, " free=");
	hk_text_number(&text, hk_counter(&hak_counters.free));
	hk_text_add(&text, " madvise=");
	hk_text_number(&text, hk_counter(&hak_counters.madvise));
	hk_text_add(&text, " madvise_disabled=");
	hk_text_number(&text, hk_counter(&hak_counters.madvise_disabled));
	hk_text_add(&text, " mmap_total=");
	hk_text_number(&text, hk_counter(&hak_counters.mmap_total));
	hk_text_add(&text, " fallback_mmap=");
	hk_text_number(&text, hk_counter(&hak_counters.fallback_mmap));
	hk_text_add(&text, " huge_alloc=");
	hk_text_number(&text, hk_counter(&hak_counters.huge_alloc));
	hk_text_print(&text);
}
