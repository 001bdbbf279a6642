/* SPDX-License-Identifier: MIT */
/* The exported counters, and the line that shows the kernel's part of them. */
#include "src/counters.h"
#include "src/text.h"

#include <stddef.h>

__attribute__((visibility("default"))) struct hak_counters hak_counters = {
	.version = HAK_COUNTERS_VERSION,
	.size = sizeof(struct hak_counters),
};

void hk_counters_forget_calls(void)
{
	uint64_t *const calls[] = {&hak_counters.alloc, &hak_counters.free, &hak_counters.madvise,
		&hak_counters.mmap_total, &hak_counters.fallback_mmap, &hak_counters.huge_alloc,
		&hak_counters.mremap, &hak_counters.mprotect, &hak_counters.purges,
		&hak_counters.purged_bytes, &hak_counters.regretted_bytes,
		&hak_counters.refaulted_bytes};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		hk_counter_set(calls[i], 0);
}

void hk_counters_print(void)
{
	static const struct {
		const char *name;
		const uint64_t *counter;
	} fields[] = {
		{" alloc=", &hak_counters.alloc},
		{" free=", &hak_counters.free},
		{" madvise=", &hak_counters.madvise},
		{" madvise_disabled=", &hak_counters.madvise_disabled},
		{" mmap_total=", &hak_counters.mmap_total},
		{" fallback_mmap=", &hak_counters.fallback_mmap},
		{" huge_alloc=", &hak_counters.huge_alloc},
	};
	struct hk_text text = {0};

	hk_text_add(&text, "[SS_OS_STATS]");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		hk_text_add(&text, fields[i].name);
		hk_text_number(&text, hk_counter(fields[i].counter));
	}
	hk_text_print(&text);
}
