/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Page-fault exceptions by the mode in which they were taken. min_flt and maj_flt remain the truth
 * about faults served: MAP_POPULATE and MADV_POPULATE_* raise no exception, and one exception may
 * be taken more than once. The tracepoints exist on x86 and, since 6.16, on RISC-V; elsewhere these
 * two counts are absent.
 */

static __always_inline int count_fault(bool user)
{
	struct mark *mark = current_mark();
	struct process_slot *slot;

	if (!mark)
		return 0;
	slot = slot_of(mark);
	if (slot)
		__sync_fetch_and_add(user ? &slot->fault_user : &slot->fault_kernel, 1);
	return 0;
}

SEC("raw_tp/page_fault_user")
int faults_user(void *ctx)
{
	return count_fault(true);
}

SEC("raw_tp/page_fault_kernel")
int faults_kernel(void *ctx)
{
	return count_fault(false);
}
