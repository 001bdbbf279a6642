/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which programs count none of their ops, and how many churn calls these made: uncounted.h.
 *
 * A program that never allocates has no ops to count, and the kernel sees no ops. It is told by
 * what it asks the kernel for: a program is entered with its first call that its dynamic loader did
 * not make. What a static program's start takes from the heap is set aside as well.
 */

/* What a static program's start takes: thread-local storage, and the first step of the heap. */
#define STATIC_START_BYTES 0x40000

#define AT_BASE 7
#define AUXV_PAIRS 24

struct ops_files ops_files;
struct uncounted_name uncounted_names[UNCOUNTED_NAMES];
__u32 uncounted_used;

struct seen_file {
	__u64 inode, device;
	char name[8];
	bool writable;
};

static long see_file(struct task_struct *task, struct vm_area_struct *vma, struct seen_file *seen)
{
	struct file *file = vma->vm_file;

	seen->writable = vma->vm_flags & 2 /* VM_WRITE */;
	if (!file)
		return 0;
	seen->inode = file->f_inode->i_ino;
	seen->device = file->f_inode->i_sb->s_dev;
	bpf_probe_read_kernel_str(
		seen->name, sizeof(seen->name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return 0;
}

static __always_inline void look_at_file(__u64 address, struct seen_file *seen)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(bpf_get_current_task_btf(), address, see_file, seen, 0);
}

/* musl's loader is its libc. */
static __always_inline bool is_libc(const struct seen_file *file)
{
	return (file->name[0] == 'l' && file->name[1] == 'i' && file->name[2] == 'b') ||
	       (file->name[0] == 'l' && file->name[1] == 'd' && file->name[3] == 'm');
}

static __always_inline bool in_budget(__u32 which)
{
	return which == CHURN_mmap || which == CHURN_munmap || which == CHURN_madvise ||
	       which == CHURN_process_madvise;
}

static __always_inline bool heap_has_grown(const struct process_slot *slot, __u64 bytes)
{
	return slot->brk > slot->uncounted.heap + bytes;
}

/* Does this call show that more than a loader is at work? */
static __always_inline bool is_own_call(
	const struct process_slot *slot, __u32 which, __u32 kind, __u64 ip)
{
	struct seen_file caller = {}, loader = {};
	bool start_aside = !slot->uncounted.loader;

	if (which == CHURN_mprotect)
		return false; /* of a loader's, or of the memory that another call mapped */
	if (slot->uncounted.loader) {
		look_at_file(ip, &caller);
		look_at_file(slot->uncounted.loader, &loader);
		if (loader.inode && caller.inode == loader.inode &&
			caller.device == loader.device) {
			if (!is_libc(&loader) || kind == CHURN_mmap_file ||
				kind == CHURN_mmap_fixed || kind == CHURN_mmap_reserve)
				return false;
			start_aside = true;
		}
	}
	return which != CHURN_brk || heap_has_grown(slot, start_aside ? STATIC_START_BYTES : 0);
}

/* The entry of programs of this name. Two may be made for one: readers add them up. */
static __always_inline __u32 find_entry(const char *comm)
{
	const __u64 *name = (const __u64 *)comm;
	__u32 used = uncounted_used, entry;

	for (entry = 1; entry < UNCOUNTED_NAMES && entry <= used; entry++) {
		const __u64 *known = (const __u64 *)uncounted_names[entry].name;

		if (known[0] == name[0] && known[1] == name[1])
			return entry;
	}
	entry = __sync_fetch_and_add(&uncounted_used, 1) + 1;
	if (entry >= UNCOUNTED_NAMES)
		return 0;
	__builtin_memcpy(uncounted_names[entry].name, comm, sizeof(uncounted_names[entry].name));
	return entry;
}

static __always_inline struct uncounted_name *entry_at(__u32 entry)
{
	return &uncounted_names[entry % UNCOUNTED_NAMES]; /* as the verifier wants it */
}

/* Its calls so far belong to a program that counts no ops. */
static __always_inline void enter(struct process_slot *slot)
{
	struct uncounted_calls *calls = &slot->uncounted;
	__u64 budget = calls->budget, churn = calls->churn;
	struct uncounted_name *entry;

	if (!budget && !churn)
		return;
	if (!calls->entry) {
		__u32 found = find_entry(slot->comm);

		/* of threads that call at once one is the first */
		if (__sync_val_compare_and_swap(&calls->entry, 0, found + 1) == 0)
			__sync_fetch_and_add(&entry_at(found)->programs, 1);
	}
	entry = entry_at(calls->entry - 1);
	__sync_fetch_and_add(&calls->budget, -budget);
	__sync_fetch_and_add(&calls->churn, -churn);
	__sync_fetch_and_add(&calls->entered_budget, budget);
	__sync_fetch_and_add(&calls->entered_churn, churn);
	__sync_fetch_and_add(&entry->budget, budget);
	__sync_fetch_and_add(&entry->churn, churn);
}

/* It counts from now on: what was entered was its start. */
static __always_inline void counts_now(struct uncounted_calls *calls)
{
	struct uncounted_name *entry;

	if (calls->entry) {
		entry = entry_at(calls->entry - 1);
		if (!calls->inherited)
			__sync_fetch_and_add(&entry->programs, -1);
		__sync_fetch_and_add(&entry->budget, -calls->entered_budget);
		__sync_fetch_and_add(&entry->churn, -calls->entered_churn);
	}
	calls->entry = calls->budget = calls->churn = 0;
	calls->entered_budget = calls->entered_churn = 0;
	calls->state = OPS_COUNTED;
}

/*
 * A file was mapped: the ops page, or the library that is going to map it? True: it was an ops
 * page, this or another, which is not the program's own call.
 */
static __always_inline bool see_mapping(struct uncounted_calls *calls, __u64 address, __u64 bytes)
{
	struct seen_file file = {};

	look_at_file(address, &file);
	if (file.inode == ops_files.page_inode && bytes == ops_files.page_bytes) {
		if (file.writable)
			counts_now(calls);
		else /* libsoakops.so: another's malloc serves this program */
			calls->state = OPS_UNCOUNTED;
	} else if (file.inode == ops_files.library_inode && calls->state == OPS_UNKNOWN) {
		calls->state = OPS_LOADED;
	}
	return bytes == ops_files.page_bytes;
}

/*
 * A churn call of a process that is not known to count its ops returns. `bytes` is 0 unless a file
 * was mapped. Its own function: the verifier sees it once.
 */
__noinline int uncounted_call(__u32 slot_index, __u32 kind, __u64 address, __u64 bytes, __u64 ip)
{
	struct process_slot *slot = bpf_map_lookup_elem(&slots, &slot_index);
	__u32 which = kind >> 16;

	if (!slot || slot_index == TREE_OVERFLOW_SLOT)
		return 0;
	if (bytes && see_mapping(&slot->uncounted, address, bytes))
		return 0;
	if (slot->uncounted.state == OPS_COUNTED ||
		(!slot->uncounted.entry && !is_own_call(slot, which, kind & 0xffff, ip)))
		return 0;
	__sync_fetch_and_add(
		in_budget(which) ? &slot->uncounted.budget : &slot->uncounted.churn, 1);
	if (slot->uncounted.state == OPS_LOADED)
		return 0;
	slot->uncounted.state = OPS_UNCOUNTED;
	enter(slot);
	return 0;
}

static __always_inline bool counts_no_ops(const struct process_slot *slot)
{
	return ops_files.page_inode && slot->uncounted.state != OPS_COUNTED;
}

/* The last call of the program that the process ran. */
static __always_inline void uncounted_end(struct process_slot *slot)
{
	if (counts_no_ops(slot))
		enter(slot);
}

/* What runs already when it is taken in counts, until the observer finds that it does not. */
static __always_inline void uncounted_begin(
	struct process_slot *slot, const struct task_struct *parent, bool adopted)
{
	struct mark *mark = bpf_task_storage_get(&marks, (struct task_struct *)parent, 0, 0);
	struct process_slot *from = mark ? slot_of(mark) : NULL;

	__builtin_memset(&slot->uncounted, 0, sizeof(slot->uncounted));
	if (adopted || !from || mark->slot == TREE_OVERFLOW_SLOT) {
		slot->uncounted.state = OPS_COUNTED;
		return;
	}
	slot->uncounted.state = from->uncounted.state;
	slot->uncounted.loader = from->uncounted.loader;
	slot->uncounted.heap = from->uncounted.heap;
	slot->uncounted.entry = from->uncounted.entry;
	slot->uncounted.inherited = from->uncounted.entry != 0;
}

/* Its memory is that of the new program; its name is still the old one's. */
static __always_inline void uncounted_exec(struct process_slot *slot, struct task_struct *task)
{
	struct uncounted_calls *calls = &slot->uncounted;
	const void *auxv = __builtin_preserve_access_index(&task->mm->saved_auxv);
	__u64 pair[2];

	uncounted_end(slot);
	__builtin_memset(calls, 0, sizeof(*calls));
	calls->heap = task->mm->brk;
	for (int i = 0; i < AUXV_PAIRS; i++) {
		if (bpf_probe_read_kernel(pair, sizeof(pair), auxv + i * sizeof(pair)) || !pair[0])
			break;
		if (pair[0] == AT_BASE)
			calls->loader = pair[1];
	}
}
