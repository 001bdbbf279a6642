/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Code that is mapped while the process runs. Where it may have taken the place of other code, what
 * is known of call sites there is void.
 */

static long identify(struct task_struct *task, struct vm_area_struct *vma, __u64 *file)
{
	if (vma->vm_file)
		*file = mix(vma->vm_file->f_inode->i_ino,
			(__u64)vma->vm_file->f_inode->i_sb->s_dev << 32);
	return 0;
}

/*
 * A file's code is mapped. If it comes to lie where another's may have been, the process goes on as
 * a new image. The same file at the same place again, as when one library comes and goes, is no
 * news.
 */
__noinline int code_mapped(__u32 slot_index, __u64 start, __u64 length)
{
	struct process_slot *slot = bpf_map_lookup_elem(&slots, &slot_index);
	__u32 free = CALLER_CODE;
	__u64 file = 0;

	if (!slot || slot_index == TREE_OVERFLOW_SLOT)
		return 0;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(bpf_get_current_task_btf(), start, identify, &file, 0);
	for (__u32 i = 0; i < CALLER_CODE; i++) {
		if (slot->code[i].start == start && slot->code[i].file == file && file)
			return 0;
		if (!slot->code[i].start && free == CALLER_CODE)
			free = i;
	}
	if (start + length > slot->code_low) {
		slot->image = __sync_fetch_and_add(&images, 1) + 1;
		__builtin_memset(slot->code, 0, sizeof(slot->code));
		free = 0;
	}
	if (start < slot->code_low)
		slot->code_low = start;
	if (free < CALLER_CODE)
		slot->code[free] = (struct caller_code){start, file};
	return 0;
}
