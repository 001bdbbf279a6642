/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bpf/callers.h"
#include "bpf/memory.h"
#include "collectors/churn.h"
#include "collectors/probes_state.h"

_Static_assert(sizeof(struct process_slot) == 4096, "a slot is a page");

static bool libbpf_verbose;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
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
	if (strcmp(name, "churn_enter") == 0)
		return PROBE_LATENCY;
	if (strcmp(name, "churn_exit") == 0)
		return PROBE_CHURN;
	return PROBE_TREE;
}

void probes_set_absent(struct probes *probes, enum probe_feature feature, const char *why)
{
	if (!probes->absent[feature][0])
		snprintf(probes->absent[feature], sizeof(probes->absent[feature]), "%s", why);
}

/* Looks for what each optional feature needs, in the kernel's BTF: never at a version number. */
static void find_features(struct probes *probes, const struct probes_options *options)
{
	static const char *const kfuncs[] = {"bpf_task_from_pid", "bpf_task_release",
		"bpf_rcu_read_lock", "bpf_rcu_read_unlock"};
	struct btf *btf = btf__load_vmlinux_btf();

	for (int f = 0; f < PROBE_FEATURE_COUNT; f++)
		if (options->off[f])
			probes_set_absent(probes, f, "switched off");
	if (!btf) {
		probes_set_absent(probes, PROBE_MEMORY, "the kernel has no BTF");
		return;
	}
	for (size_t i = 0; i < sizeof(kfuncs) / sizeof(*kfuncs); i++)
		if (btf__find_by_name_kind(btf, kfuncs[i], BTF_KIND_FUNC) < 0)
			probes_set_absent(
				probes, PROBE_MEMORY, "the kernel has no bpf_task_from_pid (6.2)");
	if (btf__find_by_name_kind(btf, "btf_trace_page_fault_user", BTF_KIND_TYPEDEF) < 0)
		probes_set_absent(
			probes, PROBE_FAULTS, "the kernel has no tracepoint page_fault_user");
	probes->sees_exec_begin =
		btf__find_by_name_kind(btf, "btf_trace_sched_prepare_exec", BTF_KIND_TYPEDEF) >= 0;
	btf__free(btf);
}

static void name_calls(struct observer_bpf *skeleton)
{
#define X(name) skeleton->rodata->churn_number[CHURN_##name] = SYS_##name;
	CHURN_SYSCALLS(X)
#undef X
}

static int load(struct probes *probes, const struct probes_options *options)
{
	struct bpf_program *program;
	enum probe_feature suspect = !probes->absent[PROBE_SPEED][0] ? PROBE_SPEED : PROBE_MEMORY;
	int error;

	probes->skeleton = observer_bpf__open();
	if (!probes->skeleton)
		return -errno;
	if (probes->cpus > MEMORY_MAX_CPUS)
		probes_set_absent(probes, PROBE_MEMORY, "more CPUs than the probe can sum over");
	probes->skeleton->rodata->possible_cpus = probes->cpus;
	probes->skeleton->rodata->measure_latency = !probes->absent[PROBE_LATENCY][0];
	probes->skeleton->rodata->tell_callers = !probes->absent[PROBE_CALLERS][0];
	name_calls(probes->skeleton);
	bpf_object__for_each_program(program, probes->skeleton->obj)
		bpf_program__set_autoload(program, !probes->absent[probes_feature_of(program)][0]);
	bpf_program__set_autoload(probes->skeleton->progs.exec_prepare, probes->sees_exec_begin);
	error = observer_bpf__load(probes->skeleton);
	if (!error || probes->absent[suspect][0])
		return error;
	/* These two ask the most of a kernel: once more without the one, then without both. */
	observer_bpf__destroy(probes->skeleton);
	probes->skeleton = NULL;
	probes_set_absent(probes, suspect, "the kernel's verifier refused the program");
	return load(probes, options);
}

/* `size` bytes of a memory-mapped array. NULL, with errno set, if that fails. */
static void *map_array(const struct bpf_map *map, size_t size, off_t offset)
{
	void *array =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), offset);

	return array == MAP_FAILED ? NULL : array;
}

static int prepare_maps(struct probes *probes)
{
	size_t size = sizeof(struct process_slot) * TREE_SLOTS;

	probes->slots = map_array(probes->skeleton->maps.slots, size, 0);
	if (!probes->slots)
		return -errno;
	for (unsigned int slot = 1; slot < TREE_SLOTS; slot++) {
		int error = probes_slot_free(probes, slot);

		if (error)
			return error;
	}
	probes->slots[TREE_OVERFLOW_SLOT].state = TREE_ALIVE;
	return 0;
}

static void measure_cpus(struct probes *probes)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (probes->absent[PROBE_MEMORY][0])
		return;
	if (bpf_prog_test_run_opts(
		    bpf_program__fd(probes->skeleton->progs.memory_measure_cpus), &options))
		probes_set_absent(probes, PROBE_MEMORY, "the per-CPU offsets cannot be measured");
}

static void explain_load(int code, char *error, size_t error_size)
{
	if (code == -EPERM || code == -EACCES)
		snprintf(error, error_size,
			"no right to load BPF programs: run as root, or give CAP_BPF and "
			"CAP_PERFMON");
	else
		snprintf(error, error_size, "the kernel refused the probes: %s (try soak doctor)",
			strerror(-code));
}

int probes_open(const struct probes_options *options, struct probes **ret_probes, char *error,
	size_t error_size)
{
	struct probes *probes = calloc(1, sizeof(*probes));
	int code;

	if (!probes)
		return -ENOMEM;
	probes->cpus = libbpf_num_possible_cpus();
	probes->links =
		calloc(LINKS + (probes->cpus > 0 ? probes->cpus : 0), sizeof(*probes->links));
	if (!probes->links) {
		free(probes);
		return -ENOMEM;
	}
	libbpf_verbose = options->verbose;
	libbpf_set_print(print_libbpf);
	find_features(probes, options);
	code = load(probes, options);
	if (code) {
		explain_load(code, error, error_size);
		goto failed;
	}
	code = prepare_maps(probes);
	if (code) {
		snprintf(error, error_size, "cannot map the probes' counters: %s", strerror(-code));
		goto failed;
	}
	measure_cpus(probes);
	code = probes_attach(probes, error, error_size);
	if (code)
		goto failed;
	malloc_trim(0); /* loading took some MB of BTF that nobody needs any more */
	*ret_probes = probes;
	return 0;
failed:
	probes_close(probes);
	return code;
}

void probes_close(struct probes *probes)
{
	if (!probes)
		return;
	for (size_t i = 0; i < probes->nlinks; i++)
		bpf_link__destroy(probes->links[i]);
	bpf_link__destroy(probes->mark_link);
	free(probes->links);
	if (probes->slots)
		munmap(probes->slots, sizeof(struct process_slot) * TREE_SLOTS);
	for (size_t i = 0; i < CALLER_SITES / SITES_MAPPED; i++)
		if (probes->sites[i])
			munmap(probes->sites[i], sizeof(struct caller_site) * SITES_MAPPED);
	observer_bpf__destroy(probes->skeleton);
	free(probes);
}

const char *probes_absent(const struct probes *probes, enum probe_feature feature)
{
	return probes->absent[feature][0] ? probes->absent[feature] : NULL;
}

struct process_slot *probes_slots(const struct probes *probes)
{
	return probes->slots;
}

const volatile struct tree_losses *probes_losses(const struct probes *probes)
{
	return &probes->skeleton->bss->losses;
}

const volatile struct speed_counts *probes_speed(const struct probes *probes)
{
	return &probes->skeleton->bss->speed;
}

int probes_events_fd(const struct probes *probes)
{
	return bpf_map__fd(probes->skeleton->maps.events);
}

int probes_callers_fd(const struct probes *probes)
{
	return bpf_map__fd(probes->skeleton->maps.caller_events);
}

struct caller_site *probes_site(struct probes *probes, uint32_t line)
{
	struct caller_site **part = &probes->sites[line / SITES_MAPPED];
	size_t size = sizeof(struct caller_site) * SITES_MAPPED;

	if (!*part)
		*part = map_array(probes->skeleton->maps.sites, size, line / SITES_MAPPED * size);
	return *part ? *part + line % SITES_MAPPED : NULL;
}

const volatile struct caller_losses *probes_caller_losses(const struct probes *probes)
{
	return &probes->skeleton->bss->caller_losses;
}

void probes_site_free(struct probes *probes, uint32_t line)
{
	struct caller_site *site = probes_site(probes, line);
	struct caller_instruction instruction;

	if (!site)
		return;
	instruction = (struct caller_instruction){site->key.image, 0, site->key.ip};
	bpf_map_delete_elem(bpf_map__fd(probes->skeleton->maps.site_words), &instruction);
	bpf_map_delete_elem(bpf_map__fd(probes->skeleton->maps.site_lines), &site->key);
	memset(site, 0, sizeof(*site));
	bpf_map_update_elem(bpf_map__fd(probes->skeleton->maps.free_sites), NULL, &line, BPF_ANY);
}

int probes_memory_fd(const struct probes *probes)
{
	return bpf_program__fd(probes->skeleton->progs.memory_read);
}

void probes_watch_library(const struct probes *probes, const struct allocator_library *library)
{
	struct allocator_library *live = &probes->skeleton->bss->library;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	*live = *library;
	live->known = 0;
	live->since_ns = t.tv_sec * 1000000000ull + t.tv_nsec;
	__atomic_store_n(&live->known, 1, __ATOMIC_RELEASE);
}

int probes_slot_free(const struct probes *probes, unsigned int slot)
{
	int fd = bpf_map__fd(probes->skeleton->maps.free_slots);

	return bpf_map_update_elem(fd, NULL, &slot, BPF_ANY) ? -errno : 0;
}

/* One pass over all tasks of the system. */
static int run_mark_pass(const struct probes *probes)
{
	int fd = bpf_iter_create(bpf_link__fd(probes->mark_link));
	char sink[64];
	ssize_t length;

	if (fd < 0)
		return -errno;
	do
		length = read(fd, sink, sizeof(sink));
	while (length > 0 || (length < 0 && errno == EAGAIN));
	length = length < 0 ? -errno : 0;
	close(fd);
	return length;
}

int probes_mark(const struct probes *probes, int tgid)
{
	volatile __u64 *marked = (volatile __u64 *)&probes->skeleton->bss->newly_marked;
	int wanted = bpf_map__fd(probes->skeleton->maps.wanted);
	__u32 key = tgid, slot = TREE_OVERFLOW_SLOT;
	__u64 before;
	int error;

	if (bpf_map_update_elem(wanted, &key, &slot, BPF_ANY))
		return -errno;
	do {
		before = *marked;
		error = run_mark_pass(probes);
	} while (!error && *marked != before);
	if (!error && bpf_map_lookup_elem(wanted, &key, &slot))
		error = -errno;
	bpf_map_delete_elem(wanted, &key);
	if (error)
		return error;
	return slot == TREE_OVERFLOW_SLOT ? -ESRCH : (int)slot;
}
