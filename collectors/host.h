/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host: steal and busy time, pressure (PSI) where the kernel has it, and facts about the
 * machine.
 */
#ifndef SOAK_HOST_H
#define SOAK_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/sample.h"

struct host {
	int stat_fd, psi_cpu_fd, psi_memory_fd; /* -1: this host does not have it */
	int64_t base[4];                        /* at the start: steal, busy, psi cpu, psi memory */
	int64_t oom_kills;                      /* at the start */
};

void host_init(struct host *host);
void host_release(struct host *host);

/* Fills steal, busy and pressure since host_init(). */
void host_fill(struct host *host, struct sample *sample);

/* Processes that the OOM killer has ended since the host started; -1: unknown. */
int64_t host_oom_kills(void);

/* Facts for the run file; an empty string if the host does not tell. */
void host_cpu_model(char *ret_text, size_t size);
void host_thp_mode(char *ret_text, size_t size); /* "always", "madvise" or "never" */

#endif
