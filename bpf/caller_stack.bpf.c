/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What it takes to find the caller of a site: registers, the top of the stack, and the files that
 * words on it point into the code of. All of it is gathered here and now: the process may be gone
 * before user space has read the first byte.
 */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} caller_events SEC(".maps");

#define PLAIN_AREAS 4

/* An event is too large for the stack. */
struct caller_scratch {
	struct caller_event event; /* first: it is sent */
	/* Mappings without code that words pointed into: most do, into the stack or a heap. */
	__u64 plain_start[PLAIN_AREAS], plain_end[PLAIN_AREAS];
	__u32 plain_areas;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct caller_scratch);
} caller_scratch SEC(".maps");

struct caller_losses caller_losses;

const volatile __u32 page_bytes = 4096;

static __always_inline struct caller_scratch *scratch_event(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&caller_scratch, &zero);
}

static __always_inline bool is_known(const struct caller_scratch *scratch, __u64 word)
{
	const struct caller_event *event = &scratch->event;

	for (__u32 i = 0; i < PLAIN_AREAS; i++)
		if (word >= scratch->plain_start[i] && word < scratch->plain_end[i])
			return true;
	for (__u32 i = 0; i < CALLER_FILES; i++)
		if (i < event->files && word >= event->file[i].start && word < event->file[i].end)
			return true;
	return false;
}

#define VM_EXEC 4

static __always_inline void note_plain(
	struct caller_scratch *scratch, const struct vm_area_struct *vma)
{
	__u32 i = scratch->plain_areas++ % PLAIN_AREAS;

	scratch->plain_start[i] = vma->vm_start;
	scratch->plain_end[i] = vma->vm_end;
}

static long note_mapping(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
	struct caller_scratch *scratch = scratch_event();
	struct file *file = vma->vm_file;
	struct caller_event *event;
	struct caller_file *mapping;

	if (!scratch)
		return 0;
	event = &scratch->event;
	if (!(vma->vm_flags & VM_EXEC)) {
		note_plain(scratch, vma);
		return 0;
	}
	if (event->files >= CALLER_FILES)
		return 0;
	mapping = &event->file[event->files];
	mapping->start = vma->vm_start;
	mapping->end = vma->vm_end;
	mapping->offset_bytes = vma->vm_pgoff * page_bytes;
	mapping->inode = 0;
	mapping->device = 0;
	mapping->name[0] = 0;
	if (file) {
		mapping->inode = file->f_inode->i_ino;
		mapping->device = file->f_inode->i_sb->s_dev;
		bpf_probe_read_kernel_str(mapping->name, sizeof(mapping->name),
			BPF_CORE_READ(file, f_path.dentry, d_name.name));
	}
	event->files++;
	return 0;
}

/* Its own function: the verifier sees it once. */
__noinline int look_up(__u64 word)
{
	struct caller_scratch *scratch = scratch_event();
	__u64 unused = 0;

	if (!scratch || word < 4096 || word >> 56 || is_known(scratch, word))
		return 0;
	/* Here, too: a global function is verified even where nothing calls it. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(bpf_get_current_task_btf(), word, note_mapping, &unused, 0);
	return 0;
}

static long look_up_word(__u32 index, void *context)
{
	struct caller_scratch *scratch = scratch_event();

	if (!scratch || index >= CALLER_STACK_WORDS || scratch->event.files >= CALLER_FILES)
		return 1;
	look_up(scratch->event.stack[index] & code_bits);
	return 0;
}

/* As much of the stack as there is, in steps of 64 bytes, and from 512 on of 512. */
static __always_inline void copy_stack(struct caller_event *event, __u64 sp, __u32 wanted)
{
	__u32 step = CALLER_SHORT_STACK_BYTES / 8;

	event->stack_bytes = 0;
	for (int i = 0; i < 8; i++) {
		if (bpf_probe_read_user(&event->stack[i * step / 8], step, (void *)(sp + i * step)))
			return;
		event->stack_bytes = (i + 1) * step;
	}
	step = CALLER_SHORT_STACK_BYTES;
	for (int i = 1; i < CALLER_STACK_BYTES / CALLER_SHORT_STACK_BYTES; i++) {
		if (wanted <= step || bpf_probe_read_user(&event->stack[i * step / 8], step,
					      (void *)(sp + i * step)))
			return;
		event->stack_bytes = (i + 1) * step;
	}
}

/* All stacks of one site are as deep, to be compared. */
static __always_inline __u32 wanted_bytes(struct process_slot *slot, struct caller_site *site)
{
	if (!site->stack_bytes)
		site->stack_bytes = slot->deep_stacks++ < CALLER_DEEP_STACKS
					    ? CALLER_STACK_BYTES
					    : CALLER_SHORT_STACK_BYTES;
	return site->stack_bytes;
}

static __always_inline struct pt_regs *current_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* Sends what it takes to find the caller. Its own function: the verifier sees it once. */
__noinline int send_stack(__u32 line, __u32 image, __u32 slot, __u32 wanted)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = current_registers();
	struct caller_scratch *scratch = scratch_event();
	struct caller_event *event;
	__u32 bytes;

	if (!scratch)
		return 0;
	event = &scratch->event;
	event->line = line;
	event->image = image;
	event->slot = slot;
	event->tgid = tgid_here(task);
	event->files = 0;
	event->ip = SYSCALL_IP(regs);
	SYSCALL_REGISTERS(event->registers, regs);
	copy_stack(event, SYSCALL_SP(regs), wanted);
	__builtin_memset(scratch->plain_end, 0, sizeof(scratch->plain_end));
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma)) {
		look_up(SYSCALL_IP(regs));
		look_up(SYSCALL_LINK(regs) & code_bits);
		bpf_loop(event->stack_bytes / 8, look_up_word, NULL, 0);
	}
	bytes = event->stack_bytes;
	if (bytes > CALLER_STACK_BYTES)
		return 0;
	if (bpf_ringbuf_output(
		    &caller_events, event, offsetof(struct caller_event, stack) + bytes, 0))
		__sync_fetch_and_add(&caller_losses.stacks, 1);
	return 0;
}
