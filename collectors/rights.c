/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the capabilities of this process. Called when the probes do not load, and by soak
 * doctor.
 */
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "collectors/rights.h"

#define INITIAL_USER_NAMESPACE 0xeffffffdul /* its inode: include/linux/proc_ns.h */

static const struct {
	const char *name;
	unsigned int capability, wider;
} rights[RIGHT_COUNT] = {
	[RIGHT_BPF] = {"CAP_BPF", CAP_BPF, CAP_SYS_ADMIN},
	[RIGHT_PERFMON] = {"CAP_PERFMON", CAP_PERFMON, CAP_SYS_ADMIN},
	[RIGHT_READ_SEARCH] = {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE},
	[RIGHT_PTRACE] = {"CAP_SYS_PTRACE", CAP_SYS_PTRACE, CAP_SYS_PTRACE},
	[RIGHT_MAP_FILES] = {"CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN},
};

const char *right_name(enum right right)
{
	return rights[right].name;
}

/* A line of /proc/self/status, as a number of this base; 0 if it is not there. */
static uint64_t status_number(const char *key, int base)
{
	char text[4096], *line;

	if (procfs_read(getpid(), "status", text, sizeof(text)) <= 0)
		return 0;
	line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, base) : 0;
}

bool rights_have(enum right right)
{
	uint64_t effective = status_number("\nCapEff:", 16);

	return effective & (1ull << rights[right].capability | 1ull << rights[right].wider);
}

const char *rights_cure(void)
{
	/* Root without them: in a container, or after capsh. */
	return geteuid() == 0 ? "a container takes --cap-add BPF,PERFMON"
			      : "run as root, or give the capability (setpriv, capsh)";
}

bool rights_are_in_vain(void)
{
	struct stat status;

	return stat("/proc/self/ns/user", &status) == 0 && status.st_ino != INITIAL_USER_NAMESPACE;
}

void rights_explain(struct text *text)
{
	bool bpf = rights_have(RIGHT_BPF), perfmon = rights_have(RIGHT_PERFMON);

	if (rights_are_in_vain())
		text_set(text, "the capabilities of a user namespace (a rootless container) "
			       "do not count: start soak or the container as root of the "
			       "host");
	else if (!bpf || !perfmon)
		text_set(text, "%s%s%s missing: %s", bpf ? "" : "CAP_BPF",
			bpf || perfmon ? "" : " and ",
			perfmon ? " is"
			: bpf   ? "CAP_PERFMON is"
				: "CAP_PERFMON are",
			rights_cure());
	else if (status_number("\nSeccomp:", 10))
		text_set(text, "CAP_BPF and CAP_PERFMON are present, but so is a seccomp "
			       "filter: a container needs --security-opt seccomp=unconfined");
	else
		text_set(text, "CAP_BPF and CAP_PERFMON are present, so the cause is the "
			       "kernel's lockdown or a security module");
}
