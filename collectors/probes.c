/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens and closes the probes and hands out their maps. Called by the session; loading and
 * attaching are in probes_load.c and probes_attach.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/callers.h"
#include "bpf/free_list.h"
#include "bpf/memory.h"
#include "collectors/clock.h"
#include "collectors/probes_state.h"

_Static_assert(sizeof(struct process_slot) == 4096, "a slot is a page");

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
	for (unsigned int slot = TREE_SLOTS - 1; slot > TREE_OVERFLOW_SLOT; slot--)
		probes_slot_free(probes, slot);
	probes->slots[TREE_OVERFLOW_SLOT].state = TREE_ALIVE;
	return 0;
}

/* Both the probes' and user space's: which PID and time namespaces we are in. */
static int find_here(const struct probes *probes)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(bpf_program__fd(probes->skeleton->progs.here_find), &options)
		       ? -errno
		       : 0;
}

static int run_memory_read(const struct probes *probes, struct memory_request *request)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request));

	if (bpf_prog_test_run_opts(bpf_program__fd(probes->skeleton->progs.memory_read), &options))
		return -errno;
	return request->status;
}

/* Reads an iterator to its end: what it prints is nothing. */
static int drain(int fd)
{
	char sink[64];
	ssize_t length;

	if (fd < 0)
		return -errno;
	do
		length = read(fd, sink, sizeof(sink));
	while (length > 0 || (length < 0 && errno == EAGAIN));
	length = length < 0 ? -errno : 0;
	close(fd);
	return (int)length;
}

/* `process` NULL: over all tasks. */
static int iterate(const struct bpf_program *program, union bpf_iter_link_info *process)
{
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = process,
		.link_info_len = process ? sizeof(*process) : 0);
	struct bpf_link *link = bpf_program__attach_iter(program, &options);
	int code;

	if (!link)
		return -errno;
	code = drain(bpf_iter_create(bpf_link__fd(link)));
	bpf_link__destroy(link);
	return code;
}

static int run_memory_task(const struct probes *probes, pid_t tgid, struct memory_request *request)
{
	struct memory_request *walked = &probes->skeleton->bss->memory_walked;
	union bpf_iter_link_info process = {.task.pid = tgid};
	int code;

	memset(walked, 0, sizeof(*walked));
	code = iterate(probes->skeleton->progs.memory_task, &process);
	if (!code && walked->sharers > 0)
		code = iterate(probes->skeleton->progs.memory_sharers, NULL);
	*request = *walked;
	return code ? code : walked->mm ? 0 : -ESRCH;
}

/* What reading memory needs to know first, or whether it works at all. */
static void prepare_memory(struct probes *probes)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	struct memory_request ours;

	if (probes->absent[PROBE_MEMORY])
		return;
	if (probes->memory_by_iterator && run_memory_task(probes, getpid(), &ours))
		probes_set_absent(probes, PROBE_MEMORY,
			"the kernel iterates over no single process (Linux 6.1); procfs may lag "
			"by 64 pages a thread");
	else if (!probes->memory_by_iterator &&
		 bpf_prog_test_run_opts(
			 bpf_program__fd(probes->skeleton->progs.memory_measure_cpus), &options))
		probes_set_absent(probes, PROBE_MEMORY, "the per-CPU offsets cannot be measured");
}

/* `ret_at_functions` tells also of a failure. */
static int open_once(const struct probes_options *options, struct probes **ret_probes,
	bool *ret_at_functions, struct text *error)
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
	if (options->note)
		text_set(&probes->note, "%s", options->note);
	code = probes_load(probes, options, error);
	if (code)
		goto failed;
	code = prepare_maps(probes);
	if (code) {
		text_set(error, "cannot map the probes' counters: %s", strerror(-code));
		goto failed;
	}
	prepare_memory(probes);
	code = find_here(probes);
	if (code) {
		text_set(error, "cannot find our own namespaces: %s", strerror(-code));
		goto failed;
	}
	code = probes_attach(probes, error);
	if (code)
		goto failed;
	malloc_trim(0); /* loading took some MB of BTF that nobody needs any more */
	*ret_probes = probes;
	return 0;
failed:
	*ret_at_functions = probes->at_functions;
	probes_close(probes);
	return code;
}

/* A kernel whose functions cannot be hooked: what is skipped at its tracepoints is counted. */
int probes_open(
	const struct probes_options *options, struct probes **ret_probes, struct text *error)
{
	struct probes_options tracepoints = *options;
	bool at_functions = false;
	int code = open_once(options, ret_probes, &at_functions, error);

	if (!code || !at_functions || options->hooks != HOOKS_AUTO)
		return code;
	tracepoints.hooks = HOOKS_TRACEPOINTS;
	tracepoints.note = text_of(error);
	return open_once(&tracepoints, ret_probes, &at_functions, error);
}

void probes_close(struct probes *probes)
{
	if (!probes)
		return;
	for (size_t i = 0; i < probes->nlinks; i++)
		bpf_link__destroy(probes->links[i]);
	bpf_link__destroy(probes->mark_link);
	free(probes->links);
	text_release(&probes->note);
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
	return probes->absent[feature];
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

const char *probes_note(const struct probes *probes)
{
	return text_of(&probes->note);
}

const char *probes_hooks(const struct probes *probes)
{
	return probes->at_functions ? "functions" : "tracepoints";
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
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &line, .ctx_size_in = sizeof(line));

	bpf_prog_test_run_opts(
		bpf_program__fd(probes->skeleton->progs.callers_forget_site), &options);
}

int probes_read_memory(const struct probes *probes, pid_t tgid, struct memory_request *request)
{
	return probes->memory_by_iterator ? run_memory_task(probes, tgid, request)
					  : run_memory_read(probes, request);
}

void probes_watch_library(const struct probes *probes, const struct allocator_library *library)
{
	struct allocator_library *live = &probes->skeleton->bss->library;

	*live = *library;
	live->known = 0;
	live->since_ns = clock_ns();
	__atomic_store_n(&live->known, 1, __ATOMIC_RELEASE);
}

void probes_slot_free(const struct probes *probes, unsigned int slot)
{
	struct observer_bpf__bss *shared = probes->skeleton->bss;

	while (!free_list_give(&shared->free_slots, shared->free_slots_next, TREE_SLOTS, slot))
		;
}

/*
 * How often the kernel has not run this program where it should have. Programs that run on demand
 * have no such figure.
 */
static uint64_t skips_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(program);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.recursion_misses : 0;
}

uint64_t probes_skipped(const struct probes *probes, struct text *ret_which)
{
	struct bpf_program *program;
	uint64_t sum = 0, skips;

	text_release(ret_which);
	bpf_object__for_each_program(program, probes->skeleton->obj)
	{
		if (probes_feature_of(program) == PROBE_SPEED)
			continue; /* a sample less: nothing is counted there */
		skips = skips_of(program);
		sum += skips;
		if (skips)
			text_item(ret_which, ", ", "%s %llu", bpf_program__name(program),
				(unsigned long long)skips);
	}
	return sum;
}
