/* SPDX-License-Identifier: MIT */
/*
 * Sums up where the heap's memory is, under all locks. Called by info.c for malloc_stats() and
 * malloc_info().
 */
#include "src/statistics.h"
#include "src/counters.h"
#include "src/idle.h"
#include "src/life.h"
#include "src/stock.h"
#include "src/superslab.h"

#include <stddef.h>

/* ---- adding up ------------------------------------------------------------------------------- */

static uint64_t slab_bytes(const struct hk_superslab *superslab)
{
	uint64_t bytes = 0;

	for (unsigned granule = 0; superslab->slabs && granule < HK_GRANULES; granule++) {
		unsigned class = hk_map_class(hk_granule_at(superslab, granule));
		const struct hk_slab *slab = &superslab->slabs->slab[granule];

		if (class > 0 && class < HK_CLASSES)
			bytes += (uint64_t)(hk_classes[class].blocks - slab->free) *
				 hk_classes[class].size;
	}
	return bytes;
}

static uint64_t stocked_bytes(void)
{
	uint64_t bytes = 0;

	for (unsigned class = 1; class < HK_CLASSES; ++class)
		bytes += (uint64_t)hk_stock_blocks(class) * hk_classes[class].size;
	return bytes;
}

/* The heap's granules in use are slabs, headers, and what large blocks have. */
static void add_up(struct hk_statistics *s)
{
	uint64_t slabs = 0, headers = 0, in_slabs = 0;
	uint64_t clean = __atomic_load_n(&hk_heap.clean_pages, __ATOMIC_RELAXED) * HK_PAGE;
	uint64_t descriptors = hk_heap.descriptor_bytes, given;

	for (const struct hk_superslab *at = hk_heap.all; at; at = at->next) {
		slabs += at->slab_count;
		headers += at->slabs != NULL;
		in_slabs += slab_bytes(at);
		s->huge += at->huge_halves * (HK_SUPERSLAB / 2);
	}
	given = in_slabs + ((hk_heap.in_use - slabs - headers) << HK_GRANULE_SHIFT);
	s->stocked = stocked_bytes();
	s->cached = hk_counter(&hak_counters.cached_bytes);
	if (s->cached > given - s->stocked)
		s->cached = given - s->stocked;
	s->used = given - s->stocked - s->cached;
	s->slab_free = (slabs << HK_GRANULE_SHIFT) - in_slabs - clean;
	s->metadata = (headers << HK_GRANULE_SHIFT) + descriptors;
	s->retained = hk_heap.retained << HK_GRANULE_SHIFT;
	s->committed = (hk_heap.dirty << HK_GRANULE_SHIFT) - clean + descriptors;
	s->mapped = (hk_heap.mapped << HK_GRANULE_SHIFT) + descriptors;
	s->returned = s->mapped - s->committed;
}

void hk_statistics_get(struct hk_statistics *ret_statistics)
{
	*ret_statistics = (struct hk_statistics){0};
	hk_idle_count_cached();
	hk_lock_all();
	add_up(ret_statistics);
	hk_unlock_all();
}

/* ---- printing -------------------------------------------------------------------------------- */

static const struct part {
	const char *sign, *name, *meaning;
	size_t offset;
} parts[] = {
#define PART(sign, field, meaning)                                                                 \
	{                                                                                          \
		sign, #field, meaning, offsetof(struct hk_statistics, field)                       \
	}
	PART("  ", used, "in use by the program"),
	PART("+ ", cached, "in thread caches"),
	PART("+ ", stocked, "in depots, between threads"),
	PART("+ ", slab_free, "free in slabs"),
	PART("+ ", metadata, "metadata"),
	PART("+ ", retained, "in the page heap: free, and kept for reuse"),
	PART("= ", committed, "committed: may be resident"),
	PART("+ ", returned, "returned to the OS, or never touched"),
	PART("= ", mapped, "mapped"),
	PART("  ", huge, "of it in huge pages, by what hakmem asked for and got"),
#undef PART
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static uint64_t value(const struct hk_statistics *statistics, const struct part *part)
{
	return *(const uint64_t *)(const void *)((const char *)statistics + part->offset);
}

/* In thousandths. */
static uint64_t ratio(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((double)part / (double)whole * 1000) : 0;
}

/* What is committed beyond what is used, for each byte that is used. */
static uint64_t fragmentation(const struct hk_statistics *s)
{
	return ratio(s->committed - s->used, s->used);
}

static void add_percent(struct hk_text *text, uint64_t thousandths)
{
	hk_text_number(text, thousandths / 10);
	hk_text_add(text, ".");
	hk_text_number(text, thousandths % 10);
	hk_text_add(text, " %");
}

static void add_ratios(const struct hk_statistics *s, struct hk_text *text)
{
	hk_text_add(text, "hakmem: fragmentation realised (committed beyond use / use): ");
	add_percent(text, fragmentation(s));
	hk_text_add(text, "; huge-page coverage: ");
	add_percent(text, ratio(s->huge, s->mapped));
}

bool hk_statistics_line(const struct hk_statistics *statistics, unsigned n, struct hk_text *text)
{
	uint64_t bytes;

	if (n >= PARTS) {
		if (n == PARTS)
			add_ratios(statistics, text);
		return n == PARTS;
	}
	bytes = value(statistics, &parts[n]);
	hk_text_add(text, "hakmem: ");
	hk_text_add(text, parts[n].sign);
	hk_text_column(text, bytes, 15);
	hk_text_add(text, " (");
	hk_text_column(text, bytes >> 20, 8);
	hk_text_add(text, ".");
	hk_text_number(text, (bytes & ((1 << 20) - 1)) * 10 >> 20);
	hk_text_add(text, " MiB) ");
	hk_text_add(text, parts[n].meaning);
	return true;
}

static void add_element(struct hk_text *text, const char *start, const char *type, uint64_t size)
{
	hk_text_add(text, start);
	hk_text_add(text, type);
	hk_text_add(text, "\" size=\"");
	hk_text_number(text, size);
	hk_text_add(text, "\"/>");
}

/* Two elements are glibc's, whose readers know them. */
bool hk_statistics_xml(const struct hk_statistics *statistics, unsigned n, struct hk_text *text)
{
	if (n == 0)
		hk_text_add(text, "<malloc version=\"hakmem-1\">");
	else if (n <= PARTS)
		add_element(text, "<bytes type=\"", parts[n - 1].name,
			value(statistics, &parts[n - 1]));
	else if (n == PARTS + 1)
		add_element(text, "<system type=\"", "current", statistics->committed);
	else if (n == PARTS + 2)
		add_element(text, "<aspace type=\"", "total", statistics->mapped);
	else if (n == PARTS + 3)
		hk_text_add(text, "</malloc>");
	return n <= PARTS + 3;
}
