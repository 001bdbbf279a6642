/* SPDX-License-Identifier: MIT */
#include "src/sparse.h"
#include "src/counters.h"
#include "src/depot.h"
#include "src/os.h"
#include "src/purge.h"
#include "src/superslab.h"

#define PAGES (HK_GRANULE / HK_PAGE)

/* Fallow bytes at which slabs are looked through again; 0: at the limit. */
static uint64_t look_again;

static uint64_t fallow_bytes(void)
{
	uint64_t all = hk_counter(&hak_counters.committed_bytes);
	uint64_t wanted =
		hk_counter(&hak_counters.in_use_bytes) + hk_counter(&hak_counters.retained_bytes);

	return all > wanted ? all - wanted : 0;
}

static bool is_free(const uint64_t *bits, unsigned block)
{
	return bits[block / 64] >> block % 64 & 1;
}

/* The pages of a slab that may have memory behind them, and no block in use. */
static uint16_t fallow_pages(const struct hk_slab *slab, const uint64_t *bits)
{
	size_t size = hk_classes[slab->class].size, end = slab->touched * size;
	uint16_t pages = 0;

	for (unsigned page = 0; page * HK_PAGE < end; page++) {
		unsigned block = (unsigned)(page * HK_PAGE / size);
		bool fallow = true;

		while (fallow && block < slab->touched && block * size < (page + 1) * HK_PAGE)
			fallow = is_free(bits, block++);
		pages |= (uint16_t)(fallow << page);
	}
	return (uint16_t)(pages & ~slab->clean);
}

static size_t purge_slab(struct hk_slab *slab)
{
	struct hk_superslab *superslab = hk_superslab_of_slab(slab);
	unsigned granule = hk_granule_of_slab(slab);
	unsigned rest = fallow_pages(slab, superslab->bits[granule]);
	size_t bytes = 0;

	if (rest) {
		hk_lock(&hk_heap.lock);
		hk_superslab_fragment(superslab);
		hk_unlock(&hk_heap.lock);
	}
	while (rest) {
		unsigned page = (unsigned)__builtin_ctz(rest);
		unsigned count = (unsigned)__builtin_ctz(~(rest >> page));
		unsigned run = ((1u << count) - 1) << page;
		char *start = (char *)hk_granule_at(superslab, granule) + page * HK_PAGE;

		rest &= ~run;
		if (!hk_os_advise(start, count * HK_PAGE, HK_OS_PURGE))
			break;
		slab->clean |= (uint16_t)run;
		bytes += count * HK_PAGE;
	}
	hk_heap_count_clean((long)(bytes / HK_PAGE));
	return bytes;
}

/* At least `part` eighths of a slab's blocks must be free. */
static size_t purge(unsigned part)
{
	size_t bytes = 0;

	for (unsigned class = 1; class < HK_CLASSES; class ++) {
		hk_lock(&hk_depots[class].lock);
		for (struct hk_slab *slab = hk_depots[class].slabs; slab; slab = slab->next)
			if (slab->free * 8u >= hk_classes[class].blocks * part)
				bytes += purge_slab(slab);
		hk_unlock(&hk_depots[class].lock);
	}
	if (bytes > 0) {
		hk_count(&hak_counters.purges, 1);
		hk_count(&hak_counters.purged_bytes, bytes);
	}
	return bytes;
}

void hk_sparse_check(void)
{
	uint64_t limit = hk_purge_limit() / 2, fallow = fallow_bytes();
	uint64_t at = __atomic_load_n(&look_again, __ATOMIC_RELAXED);

	if (fallow <= limit || fallow <= at) {
		if (fallow + limit < at)
			__atomic_store_n(&look_again, fallow + limit, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&look_again, UINT64_MAX, __ATOMIC_RELAXED); /* one thread is enough */
	purge(7);
	__atomic_store_n(&look_again, fallow_bytes() + limit, __ATOMIC_RELAXED);
}

size_t hk_sparse_purge_all(void)
{
	return purge(0);
}
