/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads which programs counted no ops. Called by the session at each sample and at the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/probes_state.h"
#include "collectors/uncounted.h"

#define MOST_NAMED 5

int uncounted_watch(struct probes *probes, int page_fd, const char *library)
{
	struct ops_files *files = &probes->skeleton->bss->ops_files;
	struct stat page, file = {0};

	if (fstat(page_fd, &page) || (library[0] && stat(library, &file)))
		return -errno;
	files->library_inode = file.st_ino;
	files->page_bytes = page.st_size;
	__atomic_store_n(&files->page_inode, page.st_ino, __ATOMIC_RELEASE);
	return 0;
}

void uncounted_adopt(struct probes *probes, uint32_t slot, bool maps_page)
{
	struct uncounted_calls *calls = &probes->slots[slot].uncounted;

	/* If it has executed another program meanwhile, the probes know better. */
	if (!maps_page && !probes->slots[slot].execs)
		calls->state = OPS_UNCOUNTED;
}

static const struct uncounted_name *entries(const struct probes *probes)
{
	return probes->skeleton->bss->ops_files.page_inode ? probes->skeleton->bss->uncounted_names
							   : NULL;
}

void uncounted_fill(const struct probes *probes, struct sample *sample)
{
	const volatile struct uncounted_name *entry = probes ? entries(probes) : NULL;
	int64_t programs = 0, budget = 0, churn = 0;

	if (!entry)
		return;
	for (int e = 0; e < UNCOUNTED_NAMES; e++) {
		programs += entry[e].programs;
		budget += entry[e].budget;
		churn += entry[e].churn;
	}
	sample->v[METRIC_uncounted_programs] = programs;
	sample->v[METRIC_uncounted_calls] = budget;
	sample->v[METRIC_uncounted_churn] = churn;
}

/* More calls first; then more programs. */
static int by_weight(const void *a, const void *b)
{
	const struct uncounted_name *x = a, *y = b;
	__u64 calls_x = x->budget + x->churn, calls_y = y->budget + y->churn;

	if (calls_x != calls_y)
		return calls_x < calls_y ? 1 : -1;
	return x->programs < y->programs ? 1 : x->programs > y->programs ? -1 : 0;
}

/* A copy with one entry for each name; those without a name come to `ret_others`. */
static size_t merge(const struct uncounted_name *entry, struct uncounted_name *merged,
	unsigned long long *ret_others)
{
	size_t n = 0, m;

	*ret_others = entry[0].programs;
	for (int e = 1; e < UNCOUNTED_NAMES; e++) {
		if (!entry[e].programs)
			continue;
		for (m = 0; m < n && strncmp(merged[m].name, entry[e].name, 16) != 0; m++)
			;
		if (m == n) {
			merged[n++] = entry[e];
			continue;
		}
		merged[m].programs += entry[e].programs;
		merged[m].budget += entry[e].budget;
		merged[m].churn += entry[e].churn;
	}
	qsort(merged, n, sizeof(*merged), by_weight);
	return n;
}

void uncounted_names(const struct probes *probes, struct text *ret_names)
{
	const struct uncounted_name *entry = probes ? entries(probes) : NULL;
	struct uncounted_name merged[UNCOUNTED_NAMES];
	unsigned long long others;
	size_t n;

	text_release(ret_names);
	if (!entry)
		return;
	n = merge(entry, merged, &others);
	for (size_t m = 0; m < n; m++) {
		if (m >= MOST_NAMED) {
			others += merged[m].programs;
			continue;
		}
		text_item(ret_names, ", ", "%.16s", merged[m].name);
		if (merged[m].programs > 1)
			text_add(ret_names, " (%llu)", (unsigned long long)merged[m].programs);
	}
	if (others)
		text_item(ret_names, " and ", "%llu other%s", others, others > 1 ? "s" : "");
}
