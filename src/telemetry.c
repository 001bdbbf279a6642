/* SPDX-License-Identifier: MIT */
#include "src/telemetry.h"

#if HK_TELEMETRY
#include "src/classes.h"
#include "src/text.h"

struct hk_telemetry hk_telemetry;

static void line(const char *name, const uint64_t *counter)
{
	struct hk_text text = {0};

	hk_text_add(&text, "[TELEMETRY] ");
	hk_text_add(&text, name);
	hk_text_add(&text, "=");
	hk_text_number(&text, __atomic_load_n(counter, __ATOMIC_RELAXED));
	hk_text_print(&text);
}

static void misses(void)
{
	struct hk_text text = {0};

	for (unsigned class = 1; class < HK_CLASSES; class ++) {
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
	line("fast_mallocs", &hk_telemetry.fast_mallocs);
	line("fast_frees", &hk_telemetry.fast_frees);
	misses();
	line("stock_hits", &hk_telemetry.stock_hits);
	line("carves", &hk_telemetry.carves);
	line("lock_waits", &hk_telemetry.lock_waits);
	line("slab_frees", &hk_telemetry.slab_frees);
	line("slabs_emptied", &hk_telemetry.slabs_emptied);
	line("class7_frees", &hk_telemetry.class7_frees);
	line("mark_mismatches", &hk_telemetry.mark_mismatches);
	line("meta_mismatches", &hk_telemetry.meta_mismatches);
	line("bad_classes", &hk_telemetry.bad_classes);
}
#endif
