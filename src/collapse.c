/* SPDX-License-Identifier: MIT */
/* Asks the kernel for huge pages under full SuperSlabs. Called by the purge tick (purge.c). */
#include "src/collapse.h"
#include "src/counters.h"
#include "src/map.h"
#include "src/os.h"
#include "src/settled.h"
#include "src/superslab.h"

#define HALF (HK_SUPERSLAB / 2) /* what is copied at a time, while the program waits */
#define LOOKS 256               /* at SuperSlabs that are not collapsed */
#define DENSE_PART 32

static bool wanted;

/* The depots' locks are not held: a count that changes meanwhile does no harm. */
static bool is_dense(const struct hk_superslab *superslab)
{
	size_t untouched = 0;

	if (superslab->free || !superslab->slabs)
		return false;
	for (unsigned granule = 0; granule < HK_GRANULES; granule++) {
		const struct hk_slab *slab = &superslab->slabs->slab[granule];
		unsigned class = hk_map_class(hk_granule_at(superslab, granule));

		if (class == HK_HEADER) {
			untouched += HK_GRANULE - sizeof(struct hk_slabs);
			continue;
		}
		if (class == 0 || class >= HK_CLASSES) /* what a large block touches is not known */
			return false;
		untouched += HK_GRANULE - __atomic_load_n(&slab->touched, __ATOMIC_RELAXED) *
						  (size_t)hk_classes[class].size;
	}
	return untouched <= HK_SUPERSLAB / DENSE_PART;
}

static void collapse(struct hk_superslab *superslab)
{
	char *half = superslab->start + superslab->huge_halves * HALF;

	if (!hk_os_advise(half, HALF, HK_OS_WANT_HUGE) || !hk_os_advise(half, HALF, HK_OS_COLLAPSE))
		superslab->fragmented = true;
	else if (++superslab->huge_halves == 2)
		hk_count(&hak_counters.huge_alloc, 1);
}

void hk_collapse_init(void)
{
	wanted = hk_settled.options.huge_pages && hk_os_wants_huge_pages();
}

void hk_collapse_dense(void)
{
	unsigned looks = 0;

	HK_ASSERT(hk_holds(&hk_heap.lock));
	if (!wanted)
		return;
	for (struct hk_superslab *s = hk_heap.all; s; s = s->next) {
		if (s->free || s->huge_halves == 2 || s->fragmented)
			continue;
		if (++looks > LOOKS)
			return;
		if (!is_dense(s))
			continue;
		collapse(s);
		return;
	}
}
