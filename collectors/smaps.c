/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads smaps_rollup at an interval that adapts to its cost. Called by the session. */
#include "collectors/clock.h"
#include "collectors/procfs.h"
#include "collectors/smaps.h"

#define SHORTEST_INTERVAL_NS 1000000000ull

static void add_kib(struct sample *sample, enum metric metric, const char *text, const char *key)
{
	int64_t kib = procfs_field(text, key);

	if (kib >= 0)
		sample_add(sample, metric, kib * 1024);
}

void smaps_fill(struct smaps *smaps, struct tree *tree, uint64_t now_ns, struct sample *sample)
{
	uint64_t begin, cost, interval;

	if (now_ns < smaps->due_ns)
		return;
	begin = clock_ns();
	for (size_t i = 0; i < tree_count(tree); i++) {
		struct process *process = tree_process(tree, i);
		char text[4096];

		if (process->borrows ||
			procfs_read(process->tgid, "smaps_rollup", text, sizeof(text)) <= 0)
			continue;
		add_kib(sample, METRIC_pss_bytes, text, "Pss");
		add_kib(sample, METRIC_lazyfree_bytes, text, "LazyFree");
		add_kib(sample, METRIC_anon_huge_bytes, text, "AnonHugePages");
	}
	cost = clock_ns() - begin;
	sample->v[METRIC_smaps_cost_ns] = cost;
	interval = cost * SMAPS_COST_TO_INTERVAL;
	smaps->due_ns =
		now_ns + (interval > SHORTEST_INTERVAL_NS ? interval : SHORTEST_INTERVAL_NS);
}
