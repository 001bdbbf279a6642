/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel allows this process. Probes and counters require capabilities in the initial user
 * namespace; capabilities in another user namespace, as in a rootless container, do not help.
 */
#ifndef SOAK_RIGHTS_H
#define SOAK_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "soak/words/text.h"

enum right {
	RIGHT_BPF,         /* CAP_BPF: maps and programs */
	RIGHT_PERFMON,     /* CAP_PERFMON: programs that trace, perf_event counters */
	RIGHT_READ_SEARCH, /* CAP_DAC_READ_SEARCH: tracefs, which only root may enter otherwise */
	RIGHT_PTRACE,      /* CAP_SYS_PTRACE: /proc of other users' processes */
	RIGHT_MAP_FILES,   /* CAP_CHECKPOINT_RESTORE: /proc/PID/map_files */
	RIGHT_COUNT
};

/* The capability's name, as capabilities(7) has it. */
const char *right_name(enum right right);

/* Is the right effective, directly or through CAP_SYS_ADMIN or CAP_DAC_OVERRIDE? */
bool rights_have(enum right right);

/* How this process gets a right that it lacks: a clause without a full stop. */
const char *rights_cure(void);

/* Does this process live in another user namespace than the initial one? */
bool rights_are_in_vain(void);

/* Why the kernel answers bpf(2) with EPERM, and what to do: a clause without a full stop. */
void rights_explain(struct text *text);

#endif
