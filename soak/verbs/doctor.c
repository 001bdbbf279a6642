/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak doctor: what this machine allows, what is missing, how to get it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collectors/host.h"
#include "collectors/ops/allocators.h"
#include "collectors/perf_counters.h"
#include "collectors/probes.h"
#include "collectors/procfs.h"
#include "collectors/rights.h"
#include "collectors/tracefs.h"
#include "soak/record/schema.h"
#include "soak/run/allocator.h"
#include "soak/engines/selftest.h"
#include "soak/verbs/verbs.h"

struct doctor {
	bool selftest, catalogue;
	bool needed_missing; /* something without which nothing can be counted */
};

static void say(const char *what, bool good, const char *detail, const char *cure)
{
	printf("%-8s %-26s %s\n", good ? "ok" : "MISSING", what, detail);
	if (!good && cure)
		printf("%-8s %-26s -> %s\n", "", "", cure);
}

static void check_kernel(void)
{
	struct utsname names;
	char thp[32];

	uname(&names);
	host_thp_mode(thp, sizeof(thp));
	say("kernel", true, names.release, NULL);
	say("BTF", access("/sys/kernel/btf/vmlinux", R_OK) == 0, "/sys/kernel/btf/vmlinux",
		"use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
	say("transparent huge pages", thp[0], thp[0] ? thp : "not in this kernel", NULL);
	say("pressure (PSI)", access("/proc/pressure/memory", R_OK) == 0, "/proc/pressure",
		"boot with psi=1; without it only the columns psi_* stay "
		"empty");
}

/* CAP_DAC_READ_SEARCH is check_tracefs()'s: where tracefs can be read it is not needed. */
static void check_rights(struct doctor *doctor)
{
	static const struct {
		enum right right;
		bool needed;
		const char *use;
	} rows[] = {{RIGHT_BPF, true, "to load the probes"},
		{RIGHT_PERFMON, true, "to load the probes, and for perf_event counters"},
		{RIGHT_PTRACE, false, "to attach to processes of other users"},
		{RIGHT_MAP_FILES, false,
			"to name callers in files without a path: deleted, "
			"overmounted"}};
	char what[64];

	if (rights_are_in_vain()) {
		say("rights", false, "this is a user namespace of its own (a rootless container)",
			"start soak, or the container, as root of the host");
		doctor->needed_missing = true;
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool have = rights_have(rows[i].right);

		snprintf(what, sizeof(what), "right: %s", right_name(rows[i].right));
		if (have || rows[i].needed)
			say(what, have, rows[i].use, rights_cure());
		else
			printf("%-8s %-26s %s\n", "lacking", what, rows[i].use);
		doctor->needed_missing |= rows[i].needed && !have;
	}
}

#define INITIAL_PID_NAMESPACE 0xeffffffcul /* its inode: include/linux/proc_ns.h */

static void check_namespaces(struct doctor *doctor)
{
	bool ours = procfs_is_ours();
	struct stat status;
	bool initial =
		stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == INITIAL_PID_NAMESPACE;

	say("PID namespace", ours,
		!ours     ? "/proc belongs to another PID namespace"
		: initial ? "the initial one"
			  : "its own, as in a container: its processes can be observed",
		"mount -t proc proc /proc, as unshare --mount-proc does");
	doctor->needed_missing |= !ours;
}

static void check_tracefs(struct doctor *doctor)
{
	int fd = tracefs_open();
	int id = fd < 0 ? fd : tracefs_event_id(fd, "syscalls/sys_enter_mmap");
	scoped_text why = {0};

	tracefs_explain(id, &why);
	if (fd < 0 || id == -EACCES)
		say("tracefs", false, text_of(&why), NULL);
	else
		say("system call tracepoints", id >= 0,
			id >= 0 ? "syscalls/sys_enter_mmap" : strerror(-id),
			"use a kernel built with CONFIG_FTRACE_SYSCALLS=y");
	if (fd >= 0)
		close(fd);
	doctor->needed_missing |= id < 0;
}

/* Where the calls are seen, and whether the kernel has skipped a probe meanwhile. */
static void check_hooks(const struct probes *probes)
{
	scoped_text which = {0};
	uint64_t skipped = probes_skipped(probes, &which);

	say("hooks", !probes_note(probes)[0],
		probes_note(probes)[0] ? probes_note(probes) : probes_hooks(probes),
		"the kernel may skip probes here; a run that lost some says "
		"how many, and does not PASS");
	say("probes skipped", !skipped, skipped ? text_of(&which) : "none",
		"end other BPF programs on this machine; perf_event shows "
		"whether calls are lost");
}

static void check_probes(struct doctor *doctor)
{
	const struct probes_options options = {0};
	struct probes *probes;
	scoped_text error = {0};

	if (probes_open(&options, &probes, &error)) {
		say("kernel probes", false, text_of(&error),
			"until then calls are counted by perf_event, if it opens");
		doctor->needed_missing = true;
		return;
	}
	for (int f = 0; f < PROBE_FEATURE_COUNT; f++) {
		char what[64];
		const char *absent = probes_absent(probes, f);

		snprintf(what, sizeof(what), "probe: %s", probe_feature_name(f));
		if (absent && (f == PROBE_RINGS || f == PROBE_COMPAT))
			printf("%-8s %-26s %s: such calls are in no count, and not noticed\n",
				"lacking", what, absent);
		else
			say(what, !absent, absent ? absent : "loads and attaches", NULL);
	}
	check_hooks(probes);
	probes_close(probes);
}

static void check_perf(void)
{
	struct perf_counters *counters;
	scoped_text error = {0};
	int code = perf_counters_new(&counters, &error);

	if (code) {
		say("perf_event counters", false, text_of(&error), NULL);
		return;
	}
	code = perf_counters_add(counters, getpid(), 0);
	say("perf_event counters", code >= 0, code < 0 ? strerror(-code) : "open",
		"needs CAP_PERFMON or sysctl kernel.perf_event_paranoid=-1, "
		"and no seccomp filter that forbids it; otherwise no "
		"cross-check");
	perf_counters_free(counters);
}

static void check_allocators(void)
{
	static const char *const names[] = {ALLOCATORS(ALLOCATOR_NAME)};
	scoped_text error = {0};
	char path[PATH_MAX];
	struct allocator allocator;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char what[64];
		int code = allocator_find(names[i], &allocator, &error);

		snprintf(what, sizeof(what), "allocator: %s", names[i]);
		say(what, !code, code ? text_of(&error) : allocator.path, NULL);
	}
	say("libsoakops.so", allocator_find_counter(path, &error) == 0, path, "make install");
}

static void check_gnuplot(void)
{
	say("gnuplot", system("command -v gnuplot >/dev/null 2>&1") == 0, "for soak plot",
		"apt-get install gnuplot-nox");
}

static void show_check(const struct selftest_check *check)
{
	printf("%-6s %-44s planted %.10g, found %.10g\n", check->good ? "ok" : "WRONG", check->what,
		check->planted, check->found);
}

static enum exit_code test_self(void)
{
	scoped_text error = {0};
	bool passed;

	if (selftest_run(show_check, &passed, &error)) {
		fprintf(stderr, "soak: selftest: %s\n", text_of(&error));
		return EXIT_CANNOT_RUN;
	}
	puts(passed ? "selftest passed"
		    : "selftest failed: do not trust figures from this machine");
	return passed ? EXIT_PASS : EXIT_TARGET_FAILED;
}

static const struct option_row doctor_rows[] = {
	{"selftest", 0, NULL, "plant known calls and a known leak, and find each exactly", 0,
		option_flag, offsetof(struct doctor, selftest)},
	{"catalogue", 0, NULL, "print the tables of a run file as Markdown", 0, option_flag,
		offsetof(struct doctor, catalogue)},
	{0}};

static const struct option_set options[] = {{.rows = doctor_rows}, {0}};

static int cmd_doctor(int argc, char **argv)
{
	struct doctor doctor = {0};

	verb_parse(&verb_doctor, argc, argv, &doctor);
	if (doctor.catalogue) {
		schema_document(stdout);
		return EXIT_PASS;
	}
	if (doctor.selftest)
		return test_self();
	check_kernel();
	check_namespaces(&doctor);
	check_rights(&doctor);
	check_tracefs(&doctor);
	check_probes(&doctor);
	check_perf();
	check_allocators();
	check_gnuplot();
	return doctor.needed_missing ? EXIT_CANNOT_RUN : EXIT_PASS;
}

const struct verb verb_doctor = {.name = "doctor",
	.does = "show what this machine supports, and what is missing",
	.doc = "Show what this machine supports, what is missing and how to "
	       "get it.",
	.after = "Examples:\n"
		 "  sudo soak doctor\n"
		 "  sudo soak doctor --selftest\n"
		 "  setpriv --reuid=me --inh-caps=+bpf,+perfmon,+dac_read_search \\\n"
		 "    --ambient-caps=+bpf,+perfmon,+dac_read_search soak doctor\n\n"
		 "Exit status: 0 if everything that counting needs is "
		 "present, otherwise 4; with --selftest 1 if a planted call "
		 "or leak was not found.",
	.options = options,
	.run = cmd_doctor};
