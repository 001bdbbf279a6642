/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Counts each churn call under its call site. Call sites are described in callers.h.
 *
 * Deeper callers than the key's two words are told apart by looking again: a stack is sent with the
 * first call of a site and whenever its calls reach a power of two.
 */

const volatile bool tell_callers;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALLER_SITES);
	__type(key, struct caller_key);
	__type(value, __u32);
} site_lines SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CALLER_SITES);
	__type(key, __u32);
	__type(value, struct caller_site);
} sites SEC(".maps");

/* enum caller_words of each instruction. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CALLER_SITES);
	__type(key, struct caller_instruction);
	__type(value, __u32);
} site_words SEC(".maps");

__u64 free_sites; /* lines that were used and are free again: free_list.h */
__u32 free_sites_next[CALLER_SITES];
__u32 sites_used = 1; /* lines below this have been used */

static __always_inline __u32 take_line(void)
{
	__u32 line = free_list_take(&free_sites, free_sites_next, CALLER_SITES);

	if (line)
		return line;
	if (sites_used >= CALLER_SITES)
		return 0;
	line = __sync_fetch_and_add(&sites_used, 1);
	return line < CALLER_SITES ? line : 0;
}

/* Returns the line of a site that has none yet, or 0. */
static __always_inline __u32 enter_site(
	struct process_slot *slot, const struct caller_key *key, __u32 parent, __u32 looked_bytes)
{
	__u32 line = take_line(), *other;
	struct caller_site *site;

	if (!line) {
		__sync_fetch_and_add(&caller_losses.sites, 1);
		return 0;
	}
	site = bpf_map_lookup_elem(&sites, &line);
	if (site && bpf_map_update_elem(&site_lines, key, &line, BPF_NOEXIST) == 0) {
		site->key = *key;
		site->parent = parent;
		site->looked_bytes = looked_bytes;
		__builtin_memcpy(site->program, slot->comm, sizeof(site->program));
		site->next = __sync_lock_test_and_set(&slot->sites, line);
		return line;
	}
	/* Another thread was faster, or the kernel is out of memory. */
	free_list_give(&free_sites, free_sites_next, CALLER_SITES, line);
	other = bpf_map_lookup_elem(&site_lines, key);
	if (other)
		return *other;
	__sync_fetch_and_add(&caller_losses.sites, 1);
	return 0;
}

static long note_code(struct task_struct *task, struct vm_area_struct *vma, __u64 *is_code)
{
	*is_code = !!(vma->vm_flags & VM_EXEC);
	return 0;
}

/* Does this word point into code? WORDS_UNDECIDED if the mappings are being changed just now. */
__noinline int look_at_word(__u64 word)
{
	__u64 is_code = 0;
	long error;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		return WORDS_DO_NOT;
	error = bpf_find_vma(bpf_get_current_task_btf(), word, note_code, &is_code, 0);
	if (error == -16) /* EBUSY */
		return WORDS_UNDECIDED;
	return is_code ? WORDS_TELL : WORDS_DO_NOT;
}

/* Fills in the key's word, if it has one. Returns the line of a site that is known, or 0. */
static __always_inline __u32 find_line(struct caller_key *key, struct call_site *call)
{
	struct caller_instruction instruction = {key->image, 0, key->ip};
	__u32 *words = bpf_map_lookup_elem(&site_words, &instruction), *line, now;

	if (!words || *words != WORDS_DO_NOT)
		key->word = caller_of(call);
	line = bpf_map_lookup_elem(&site_lines, key);
	if (line || !key->word)
		return line ? *line : 0;
	now = look_at_word(key->word);
	if (now != WORDS_TELL)
		key->word = 0;
	if (now != WORDS_UNDECIDED)
		bpf_map_update_elem(&site_words, &instruction, &now, BPF_ANY);
	line = key->word ? 0 : bpf_map_lookup_elem(&site_lines, key);
	return line ? *line : 0;
}

/* Fibonacci hashing; never 0. */
static __always_inline __u64 mix(__u64 deep, __u64 word)
{
	return ((deep ^ word) * 0x9e3779b97f4a7c15) | 1;
}

/*
 * The line of this call at a site that has, or may have, several callers. A function of its own:
 * the verifier sees it once. Linux before 6.2 takes no map key through the pointer
 * argument of such a function, so the key is copied.
 */
__noinline int find_deeper_line(const struct caller_key *shallow, __u32 slot_index, __u32 line)
{
	struct process_slot *slot = bpf_map_lookup_elem(&slots, &slot_index);
	struct caller_key key;
	struct caller_site *site;
	__u64 word, before;
	__u32 *deeper;

	if (!shallow || !slot)
		return line;
	key = *shallow;
	for (int depth = 0; depth < CALLER_DEPTH; depth++) {
		site = bpf_map_lookup_elem(&sites, &line);
		if (!site || !site->deep_bytes)
			return line;
		before = key.deep;
		word = user_word_at(SYSCALL_SP(current_registers()) + site->deep_bytes) & code_bits;
		key.deep = mix(before, word);
		deeper = bpf_map_lookup_elem(&site_lines, &key);
		if (!deeper && look_at_word(word) != WORDS_TELL) {
			key.deep = mix(before, 0);
			deeper = bpf_map_lookup_elem(&site_lines, &key);
		}
		if (!deeper)
			return enter_site(slot, &key, line, site->deep_bytes) ?: line;
		line = *deeper;
	}
	return line;
}

/* The line of the call, looked up, and remembered for the next of its like. */
static __always_inline __u32 look_up_line(struct process_slot *slot, __u32 slot_index,
	struct call_site *call, struct caller_key *key, struct caller_recent *recent)
{
	__u32 line = find_line(key, call) ?: enter_site(slot, key, 0, 0), deeper;
	struct caller_site *site = bpf_map_lookup_elem(&sites, &line);
	__u32 deep_bytes = site ? site->deep_bytes : 0;

	recent->deep_bytes = deep_bytes;
	recent->line = line;
	if (!deep_bytes)
		return line;
	recent->deep_word = user_word_at(SYSCALL_SP(call->regs) + deep_bytes);
	deeper = find_deeper_line(key, slot_index, line);
	site = bpf_map_lookup_elem(&sites, &deeper);
	/* One word is remembered: of a site that more of them tell apart it proves nothing. */
	recent->line = site && site->parent == line ? deeper : 0;
	return deeper;
}

/* Is this line's site, where the thread last counted, that of the call? */
static __always_inline bool is_recent(const struct caller_recent *recent,
	const struct caller_site *site, const struct caller_key *key, struct call_site *call)
{
	if (site->key.ip != key->ip || site->key.kind != key->kind || site->key.image != key->image)
		return false;
	if (site->key.word && site->key.word != caller_of(call))
		return false;
	return !recent->deep_bytes ||
	       recent->deep_word == user_word_at(SYSCALL_SP(call->regs) + recent->deep_bytes);
}

static __always_inline void caller_count(struct process_slot *slot, struct mark *mark,
	struct call_site *call, __u32 kind, const struct churn_cell *cell)
{
	struct caller_key key = {slot->image, kind, call->ip, 0, 0};
	struct caller_recent *recent = &mark->recent[kind % CALLER_RECENT];
	struct caller_site *site;
	__u32 line = recent->line;
	__u64 before;

	if (!tell_callers || !key.image)
		return;
	site = bpf_map_lookup_elem(&sites, &line);
	if (!site || site->deep_bytes || !is_recent(recent, site, &key, call)) {
		line = look_up_line(slot, mark->slot, call, &key, recent);
		site = bpf_map_lookup_elem(&sites, &line);
	}
	if (!line || !site)
		return;
	before = __sync_fetch_and_add(&site->calls, 1);
	if (cell->calls)
		__sync_fetch_and_add(&site->bytes, cell->bytes);
	else
		__sync_fetch_and_add(&site->errors, 1);
	if (cell->ns)
		__sync_fetch_and_add(&site->ns, cell->ns);
	if (!(before & (before + 1)))
		send_stack(line, key.image, mark->slot, wanted_bytes(slot, site));
}

/*
 * Forgets a site on which nothing can count any more, and makes its line free again. free_list.h
 * says why this is a program and not a system call on the maps.
 */
SEC("syscall")
int callers_forget_site(const __u32 *ctx)
{
	__u32 line = *ctx;
	struct caller_site *site = bpf_map_lookup_elem(&sites, &line);
	struct caller_instruction instruction;
	struct caller_key key;

	if (!site || !line)
		return 0;
	key = site->key;
	instruction = (struct caller_instruction){key.image, 0, key.ip};
	bpf_map_delete_elem(&site_words, &instruction);
	bpf_map_delete_elem(&site_lines, &key);
	__builtin_memset(site, 0, sizeof(*site));
	free_list_give(&free_sites, free_sites_next, CALLER_SITES, line);
	return 0;
}
