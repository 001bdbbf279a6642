/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* Which of the 65 536 offsets into a slab free() takes for a block's, in every size class. */
#include "src/classes.h"
#include "src/slab.h"
#include "tests/tap.h"

struct mistakes {
	unsigned quick, odd, exact, index;
};

static void try_class(unsigned class, struct mistakes *mistakes)
{
	const struct hk_class *c = &hk_classes[class];
	uint32_t end = c->size * c->blocks;

	for (uint32_t offset = 0; offset < HK_GRANULE; offset++) {
		bool block = offset % c->size == 0 && offset < end, exact;
		bool quick = offset * c->inverse < c->inverse; /* as free() asks first */
		unsigned index;

		exact = hk_slab_index(class, (void *)(uintptr_t)offset, &index);
		mistakes->exact += exact != block;
		mistakes->index += exact && index != offset / c->size;
		if (quick != block)
			*(offset == end - 1 ? &mistakes->odd : &mistakes->quick) += 1;
	}
}

int main(void)
{
	struct mistakes mistakes = {0};

	for (unsigned class = 1; class < HK_CLASSES; ++class)
		try_class(class, &mistakes);
	tap_near(mistakes.quick, 0, 0, "offsets that the fast path mistakes");
	tap_between(mistakes.odd, 0, HK_CLASSES, "the byte before the end of the last block apart");
	tap_near(mistakes.exact, 0, 0, "offsets that hk_slab_index() mistakes");
	tap_near(mistakes.index, 0, 0, "wrong indices of blocks");
	return tap_done();
}
