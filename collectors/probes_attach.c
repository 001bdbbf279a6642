/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which program goes to which event. Called by probes.c. */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/churn.h"
#include "collectors/probes_state.h"
#include "collectors/tracefs.h"

static int attach_event(struct probes *probes, const struct bpf_program *program,
	struct perf_event_attr *attr, int cpu)
{
	struct bpf_link *link;
	int fd, code;

	attr->size = sizeof(*attr);
	fd = syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link) {
		code = -errno;
		close(fd);
		return code;
	}
	probes->links[probes->nlinks++] = link;
	return 0;
}

/* One program at the tracepoints of all churn calls. A perf event on any one CPU attaches it; it
 * then runs on all (libbpf does the same). */
static int attach_calls(
	struct probes *probes, const struct bpf_program *program, int tracefs, const char *prefix)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	char event[64];
	int id, code = 0;

	for (int c = 0; c < CHURN_SYSCALL_COUNT && !code; c++) {
		snprintf(event, sizeof(event), "syscalls/%s%s", prefix, churn_syscall_name(c));
		id = tracefs_event_id(tracefs, event);
		attr.config = id;
		code = id < 0 ? id : attach_event(probes, program, &attr, 0);
	}
	return code;
}

/* The kernel's name of the function behind a system call: SYSCALL_DEFINEx of each architecture. */
#if defined(__x86_64__)
#define FUNCTION_PREFIX "__x64_sys_"
#elif defined(__aarch64__)
#define FUNCTION_PREFIX "__arm64_sys_"
#elif defined(__riscv)
#define FUNCTION_PREFIX "__riscv_sys_"
#elif defined(__s390x__)
#define FUNCTION_PREFIX "__s390x_sys_"
#else
#define FUNCTION_PREFIX "sys_"
#endif

static int attach_functions(struct probes *probes, const struct bpf_program *program)
{
	static const char *const functions[CHURN_SYSCALL_COUNT] = {
#define X(name) FUNCTION_PREFIX #name,
		CHURN_SYSCALLS(X)
#undef X
	};
	static const __u64 numbers[CHURN_SYSCALL_COUNT] = {
#define X(name) SYS_##name,
		CHURN_SYSCALLS(X)
#undef X
	};
	LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .syms = (const char **)functions,
		.cookies = numbers, .cnt = CHURN_SYSCALL_COUNT,
		.retprobe = probes_feature_of(program) == PROBE_CHURN);
	struct bpf_link *link = bpf_program__attach_kprobe_multi_opts(program, NULL, &options);

	if (!link)
		return -errno;
	probes->links[probes->nlinks++] = link;
	return 0;
}

/*
 * The functions behind the 32-bit entry (arch/x86/entry/syscalls/syscall_32.tbl). Where that is not
 * built in they are not there. Elsewhere than on x86-64 no 64-bit program reaches the entry.
 */
static int attach_compat(struct probes *probes, const struct bpf_program *program)
{
	static const char *const functions[] = {
#if defined(__x86_64__)
		"__ia32_compat_sys_ia32_mmap",
		"__ia32_sys_mmap_pgoff",
		"__ia32_sys_munmap",
		"__ia32_sys_madvise",
		"__ia32_sys_mremap",
		"__ia32_sys_brk",
		"__ia32_sys_mprotect",
		"__ia32_sys_process_madvise",
#endif
		NULL
	};

	/* libbpf would go on by files of tracefs, which stay behind. */
	if (functions[0] && access("/sys/bus/event_source/devices/kprobe", F_OK))
		return -ENOTSUP;
	for (size_t i = 0; functions[i]; i++) {
		struct bpf_link *link = bpf_program__attach_kprobe(program, false, functions[i]);

		if (link)
			probes->links[probes->nlinks++] = link;
		else if (errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* A clock on each CPU that is there, whatever runs on it. */
static int attach_clocks(struct probes *probes, const struct bpf_program *program)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = SPEED_PERIOD_NS};
	int code = 0;

	for (int cpu = 0; cpu < probes->cpus && (!code || code == -ENODEV); cpu++)
		code = attach_event(probes, program, &attr, cpu);
	return code == -ENODEV ? 0 : code;
}

static int attach_program(struct probes *probes, struct bpf_program *program, int tracefs)
{
	const char *section = bpf_program__section_name(program);
	struct bpf_link *link;

	if (!bpf_program__autoload(program) || strcmp(section, "syscall") == 0 ||
		probes_feature_of(program) == PROBE_MEMORY)
		return 0; /* runs when asked */
	if (probes_feature_of(program) == PROBE_SPEED)
		return attach_clocks(probes, program);
	if (probes_feature_of(program) == PROBE_COMPAT)
		return attach_compat(probes, program);
	if (strcmp(section, "tp") == 0)
		return attach_calls(probes, program, tracefs,
			probes_feature_of(program) == PROBE_CHURN ? "sys_exit_" : "sys_enter_");
	if (strstr(section, "probe.multi") && !strchr(section, '/'))
		return attach_functions(probes, program);
	link = bpf_program__attach(program);
	if (!link)
		return -errno;
	if (strncmp(section, "iter/", 5) == 0)
		probes->mark_link = link;
	else
		probes->links[probes->nlinks++] = link;
	return 0;
}

static bool can_do_without(enum probe_feature feature)
{
	return feature == PROBE_FAULTS || feature == PROBE_SPEED || feature == PROBE_RINGS ||
	       feature == PROBE_COMPAT;
}

int probes_attach(struct probes *probes, struct text *error)
{
	int tracefs = tracefs_open();
	struct bpf_program *program;
	int failed = 0;

	if (tracefs < 0) {
		tracefs_explain(tracefs, error);
		return tracefs;
	}
	bpf_object__for_each_program(program, probes->skeleton->obj)
	{
		failed = attach_program(probes, program, tracefs);
		if (failed && can_do_without(probes_feature_of(program))) {
			probes_set_absent(probes, probes_feature_of(program),
				failed == -ENOTSUP ? "the kernel has no kprobes"
						   : "the event cannot be attached to");
			failed = 0;
		}
		if (failed) {
			text_set(error, "cannot attach %s: %s", bpf_program__name(program),
				strerror(-failed));
			/* Of all that attaching does, the id's file alone says that. */
			if (failed == -EACCES)
				tracefs_explain(failed, error);
			break;
		}
	}
	close(tracefs);
	return failed;
}
