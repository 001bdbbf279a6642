/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this kernel can load, and which of two ways it is hooked. Called by probes.c. */
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/memory.h"
#include "collectors/churn.h"
#include "collectors/code_bits.h"
#include "collectors/preempt.h"
#include "collectors/probes_state.h"
#include "collectors/rights.h"
#include "collectors/tracefs.h"

static bool libbpf_verbose;

__attribute__((format(printf, 2, 0))) static int print_libbpf(
	enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (!libbpf_verbose || level > LIBBPF_INFO)
		return 0;
	return vfprintf(stderr, format, arguments);
}

const char *probe_feature_name(enum probe_feature feature)
{
	static const char *const names[] = {
		[PROBE_TREE] = "process tree",
		[PROBE_CHURN] = "churn calls",
		[PROBE_LATENCY] = "latency of churn calls",
		[PROBE_CALLERS] = "callers of churn calls",
		[PROBE_FAULTS] = "page faults by mode",
		[PROBE_MEMORY] = "exact memory on demand",
		[PROBE_SPEED] = "speed of the target's CPUs",
		[PROBE_RINGS] = "madvise through io_uring",
		[PROBE_COMPAT] = "32-bit entry (int 0x80)",
	};

	return names[feature];
}

enum probe_feature probes_feature_of(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	if (strncmp(name, "faults_", 7) == 0)
		return PROBE_FAULTS;
	if (strncmp(name, "memory_", 7) == 0)
		return PROBE_MEMORY;
	if (strncmp(name, "speed_", 6) == 0)
		return PROBE_SPEED;
	if (strncmp(name, "rings_", 6) == 0)
		return PROBE_RINGS;
	if (strncmp(name, "compat_", 7) == 0)
		return PROBE_COMPAT;
	if (strcmp(name, "churn_enter") == 0 || strcmp(name, "churn_begin") == 0)
		return PROBE_LATENCY;
	if (strcmp(name, "churn_exit") == 0 || strcmp(name, "churn_return") == 0)
		return PROBE_CHURN;
	return PROBE_TREE;
}

void probes_set_absent(struct probes *probes, enum probe_feature feature, const char *why)
{
	if (!probes->absent[feature])
		probes->absent[feature] = why;
}

/* Since 6.2, and the per-CPU counters that memory_read sums. */
static bool has_memory_functions(const struct btf *btf)
{
	static const char *const functions[] = {"bpf_task_from_pid", "bpf_task_release",
		"bpf_rcu_read_lock", "bpf_rcu_read_unlock"};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (btf__find_by_name_kind(btf, functions[i], BTF_KIND_FUNC) < 0)
			return false;
	return true;
}

static bool has_helper(const struct btf *btf, const char *name)
{
	const struct btf_type *type;
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, id);
	for (int i = 0; i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(btf, btf_enum(type)[i].name_off), name) == 0)
			return true;
	return false;
}

/* The arguments of a tracepoint's probe, its own context first; NULL: there is none. */
static const struct btf_type *arguments_of(const struct btf *btf, const char *tracepoint)
{
	int id = btf__find_by_name_kind(btf, tracepoint, BTF_KIND_TYPEDEF);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	while (type && (btf_is_typedef(type) || btf_is_ptr(type)))
		type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) ? type : NULL;
}

/* Of io_uring_submit_sqe's arguments the one that is a byte and no bool; 0: none is. */
static int find_opcode(const struct btf *btf, const struct btf_type *arguments)
{
	for (int i = 1; i < btf_vlen(arguments); i++) {
		int id = btf__resolve_type(btf, btf_params(arguments)[i].type);
		const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

		if (type && btf_is_int(type) && type->size == 1 &&
			btf_int_encoding(type) != BTF_INT_BOOL)
			return i - 1;
	}
	return 0;
}

/* How this kernel tells of requests to an io_uring, if it has any. */
static void find_rings(struct probes *probes, const struct btf *btf)
{
	const struct btf_type *entry = arguments_of(btf, "btf_trace_io_uring_submit_sqe");

	probes->sees_requests = arguments_of(btf, "btf_trace_io_uring_submit_req") != NULL;
	probes->sees_entries = entry && btf_vlen(entry) == 3;
	if (entry && !probes->sees_entries)
		probes->ring_opcode_at = find_opcode(btf, entry);
	if (!probes->sees_requests && !probes->sees_entries && probes->ring_opcode_at != 2 &&
		probes->ring_opcode_at != 3 &&
		btf__find_by_name_kind(btf, "io_ring_ctx", BTF_KIND_STRUCT) >= 0)
		probes_set_absent(
			probes, PROBE_RINGS, "the kernel has no tracepoint that tells of them");
}

/* Looks for what each optional feature needs, in the kernel's BTF: never at a version number. */
static void find_features(struct probes *probes, const struct probes_options *options)
{
	struct btf *btf = btf__load_vmlinux_btf();

	for (int f = 0; f < PROBE_FEATURE_COUNT; f++)
		if (options->off[f])
			probes_set_absent(probes, f, "switched off");
	if (!btf) {
		probes->has_registers = true; /* the loader will say what is wrong */
		return;
	}
	probes->has_registers = has_helper(btf, "BPF_FUNC_task_pt_regs");
	probes->memory_by_iterator = !has_memory_functions(btf);
	if (btf__find_by_name_kind(btf, "btf_trace_page_fault_user", BTF_KIND_TYPEDEF) < 0)
		probes_set_absent(
			probes, PROBE_FAULTS, "the kernel has no tracepoint page_fault_user");
	/* Since 6.1. A kernel before warns of maps that probes allocate from. */
	probes->allocates = btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT) >= 0;
	/* Since 6.10; probes cannot be preempted in kernels before. */
	probes->may_be_preempted =
		btf__find_by_name_kind(btf, "bpf_preempt_disable", BTF_KIND_FUNC) >= 0;
	probes->sees_exec_begin =
		btf__find_by_name_kind(btf, "btf_trace_sched_prepare_exec", BTF_KIND_TYPEDEF) >= 0;
	find_rings(probes, btf);
	btf__free(btf);
}

static void choose_hooks(struct probes *probes, enum probe_hooks hooks)
{
	bool try = hooks == HOOKS_AUTO && probes->may_be_preempted;
	int tracefs = try ? tracefs_open() : -1;

	probes->at_functions =
		hooks == HOOKS_FUNCTIONS || (tracefs >= 0 && preempt_try(tracefs) == 1);
	if (tracefs >= 0)
		close(tracefs);
}

static void name_calls(struct observer_bpf *skeleton)
{
#define X(name) skeleton->rodata->churn_number[CHURN_##name] = SYS_##name;
	CHURN_SYSCALLS(X)
#undef X
}

static void choose_programs(const struct probes *probes)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, probes->skeleton->obj)
	{
		bool at_return = strstr(bpf_program__section_name(program), "probe.multi");
		bool at_tracepoint = strcmp(bpf_program__section_name(program), "tp") == 0 ||
				     program == probes->skeleton->progs.tree_exit;

		bpf_program__set_autoload(
			program, !probes->absent[probes_feature_of(program)] &&
					 !(probes->at_functions ? at_tracepoint : at_return));
	}
	bpf_program__set_autoload(probes->skeleton->progs.exec_prepare, probes->sees_exec_begin);
	if (probes->memory_by_iterator) {
		bpf_program__set_autoload(probes->skeleton->progs.memory_read, false);
		bpf_program__set_autoload(probes->skeleton->progs.memory_measure_cpus, false);
	} else {
		bpf_program__set_autoload(probes->skeleton->progs.memory_task, false);
		bpf_program__set_autoload(probes->skeleton->progs.memory_sharers, false);
	}
	bpf_program__set_autoload(probes->skeleton->progs.rings_request, probes->sees_requests);
	bpf_program__set_autoload(probes->skeleton->progs.rings_entry, probes->sees_entries);
	bpf_program__set_autoload(probes->skeleton->progs.rings_opcode, probes->ring_opcode_at > 0);
}

static int load(struct probes *probes)
{
	enum probe_feature suspect = !probes->absent[PROBE_SPEED] ? PROBE_SPEED : PROBE_MEMORY;
	int error;

	probes->skeleton = observer_bpf__open();
	if (!probes->skeleton)
		return -errno;
	if (probes->cpus > MEMORY_MAX_CPUS)
		probes_set_absent(probes, PROBE_MEMORY, "more CPUs than the probe can sum over");
	probes->skeleton->rodata->possible_cpus = probes->cpus;
	probes->skeleton->rodata->measure_latency = !probes->absent[PROBE_LATENCY];
	probes->skeleton->rodata->tell_callers = !probes->absent[PROBE_CALLERS];
	probes->skeleton->rodata->code_bits = code_bits();
	probes->skeleton->rodata->ring_opcode_at = (__u32)probes->ring_opcode_at;
	probes->skeleton->rodata->page_bytes = (__u32)sysconf(_SC_PAGESIZE);
	name_calls(probes->skeleton);
	choose_programs(probes);
	if (!probes->allocates) {
		bpf_map__set_map_flags(probes->skeleton->maps.site_lines, 0);
		bpf_map__set_map_flags(probes->skeleton->maps.site_words, 0);
	}
	error = observer_bpf__load(probes->skeleton);
	if (!error || probes->absent[suspect])
		return error;
	/* These two ask the most of a kernel: once more without the one, then without both. */
	observer_bpf__destroy(probes->skeleton);
	probes->skeleton = NULL;
	probes_set_absent(probes, suspect, "the kernel's verifier refused the program");
	return load(probes);
}

static void explain_load(int code, struct text *error)
{
	scoped_text why = {0};

	rights_explain(&why);
	/* Without a right some programs are refused for the helpers that they may not call. */
	if (code == -EPERM || !rights_have(RIGHT_BPF) || !rights_have(RIGHT_PERFMON))
		text_set(error, "no right to load BPF programs: %s", text_of(&why));
	else if (code == -EACCES)
		text_set(error,
			"the kernel's verifier refused a probe: soak run --verbose shows its log");
	else
		text_set(error,
			"the kernel refused the probes: %s; soak run --verbose shows the log",
			strerror(-code));
}

int probes_load(struct probes *probes, const struct probes_options *options, struct text *error)
{
	int code;

	libbpf_verbose = options->verbose;
	libbpf_set_print(print_libbpf);
	find_features(probes, options);
	if (!probes->has_registers)
		return text_fail(error, -ENOTSUP,
			"the kernel has no bpf_task_pt_regs: Linux 5.15 or later is needed");
	choose_hooks(probes, options->hooks);
	code = load(probes);
	if (code)
		explain_load(code, error);
	return code;
}
