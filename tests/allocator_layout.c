/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* What the observer takes hakmem's counters for is what they are: field by field, by place. */
#include <stddef.h>

#include "bpf/allocator.h"
#include "src/hakmem.h"
#include "tests/tap.h"

#define SAME(field)                                                                                \
	tap_near(offsetof(struct allocator_counters, field), offsetof(struct hak_counters, field), \
		0, #field)

#define FOLLOWS(field)                                                                             \
	tap_near(sizeof(struct allocator_counters) + offsetof(struct allocator_figures, field),    \
		offsetof(struct hak_counters, field), 0, #field)

int main(void)
{
	tap_near(ALLOCATOR_VERSION, HAK_COUNTERS_VERSION, 0, "version of the layout");
	SAME(version);
	SAME(size);
	SAME(alloc);
	SAME(free);
	SAME(madvise);
	SAME(madvise_disabled);
	SAME(mmap_total);
	SAME(fallback_mmap);
	SAME(huge_alloc);
	SAME(mremap);
	SAME(in_use_bytes);
	SAME(committed_bytes);
	FOLLOWS(retained_bytes);
	FOLLOWS(in_use_peak);
	FOLLOWS(superslabs);
	FOLLOWS(huge_blocks);
	FOLLOWS(threads);
	FOLLOWS(purges);
	FOLLOWS(purged_bytes);
	FOLLOWS(regretted_bytes);
	FOLLOWS(refaulted_bytes);
	FOLLOWS(retained_peak);
	FOLLOWS(cached_bytes);
	tap_near(ALLOCATOR_MPROTECT, offsetof(struct hak_counters, mprotect), 0, "mprotect");
	return tap_done();
}
