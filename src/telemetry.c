/* SPDX-License-Identifier: MIT */
/*
 * Counters of the observing build, and the table that it prints at exit. Empty in an ordinary
 * build.
 */
#include "src/telemetry.h"

#if HK_TELEMETRY
#include "src/classes.h"
#include "src/text.h"

struct hk_telemetry hk_telemetry;

static void misses(void)
{
	struct hk_text text = {0};

	for (unsigned class = 1; class < HK_CLASSES; ++class) {
		uint64_t count = __atomic_load_n(&hk_telemetry.misses[class], __ATOMIC_RELAXED);

		if (count == 0)
			continue;
		hk_text_add(&text, "[TELEMETRY] cache_misses size=");
		hk_text_number(&text, hk_classes[class].size);
		hk_text_add(&text, " count=");
		hk_text_number(&text, count);
		hk_text_print(&text);
	}
}

void hk_telemetry_log_mismatch(const void *p)
{
	struct hk_text text = {0};

	HK_TELEMETRY_ADD(mark_mismatches, 1);
	hk_text_add(&text, "[TELEMETRY] marked like a free block, and was not free: ");
	hk_text_pointer(&text, p);
	hk_text_print(&text);
}

void hk_telemetry_print(void)
{
	hk_text_counter("[TELEMETRY] fast_mallocs=", &hk_telemetry.fast_mallocs);
	hk_text_counter("[TELEMETRY] fast_frees=", &hk_telemetry.fast_frees);
	misses();
	hk_text_counter("[TELEMETRY] stock_hits=", &hk_telemetry.stock_hits);
	hk_text_counter("[TELEMETRY] carves=", &hk_telemetry.carves);
	hk_text_counter("[TELEMETRY] lock_waits=", &hk_telemetry.lock_waits);
	hk_text_counter("[TELEMETRY] slab_frees=", &hk_telemetry.slab_frees);
	hk_text_counter("[TELEMETRY] slabs_emptied=", &hk_telemetry.slabs_emptied);
	hk_text_counter("[TELEMETRY] class7_frees=", &hk_telemetry.class7_frees);
	hk_text_counter("[TELEMETRY] mark_mismatches=", &hk_telemetry.mark_mismatches);
	hk_text_counter("[TELEMETRY] meta_mismatches=", &hk_telemetry.meta_mismatches);
	hk_text_counter("[TELEMETRY] bad_classes=", &hk_telemetry.bad_classes);
}
#endif
