/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The speed of the CPUs on which the target runs. A hypervisor charges as steal what it took, but
 * not what a neighbour on the sibling hyperthread, or a lower clock, costs; the same work takes
 * longer then. So a clock event of each CPU does it, if it interrupts a thread of the target.
 *
 * The work is like an allocator's: four chains that do not wait for each other, arithmetic and
 * loads from the first-level cache. It is done three times: first to bring code and data into the
 * caches. Of the other two the shorter counts, as what interrupts one of them takes several times
 * as long. All three take some 8 to 15 us every 47 ms: 0.03 % of the CPU at most.
 */
#define SPEED_ROUNDS 1000
#define SPEED_WORDS 256 /* of 8 bytes: 2 KiB of the cache */
/* Longer than so many times the shortest, the CPU was away: that is steal, and charged as such. */
#define SPEED_AWAY 8

struct speed_counts speed;
__u64 speed_words[SPEED_WORDS];
__u64 speed_result; /* wanted by nobody, so that the work is done */
__u64 speed_shortest_ns;

static __always_inline __u64 speed_work(void)
{
	__u64 a = 1, b = 2, c = 3, d = 5, start = bpf_ktime_get_ns();

#pragma clang loop unroll(disable)
	for (int i = 0; i < SPEED_ROUNDS; i++) {
		a = a * 25 + speed_words[a >> 7 & (SPEED_WORDS - 1)];
		b = (b ^ b << 7) + speed_words[b & (SPEED_WORDS - 1)];
		c += speed_words[c & (SPEED_WORDS - 1)] ^ i;
		d = d * 9 + speed_words[d >> 5 & (SPEED_WORDS - 1)];
	}
	speed_result = a + b + c + d;
	return bpf_ktime_get_ns() - start;
}

SEC("perf_event")
int speed_measure(void *ctx)
{
	__u64 ns, again;

	if (!current_mark())
		return 0;
	speed_work();
	ns = speed_work();
	again = speed_work();
	if (again < ns)
		ns = again;
	if (!speed_shortest_ns || ns < speed_shortest_ns)
		speed_shortest_ns = ns;
	if (ns > SPEED_AWAY * speed_shortest_ns)
		return 0;
	__sync_fetch_and_add(&speed.runs, 1);
	__sync_fetch_and_add(&speed.ns, ns);
	return 0;
}
