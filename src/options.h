/* SPDX-License-Identifier: MIT */
/* What can be set from the environment: options.c has the table, with names and help. */
#ifndef SRC_OPTIONS_H
#define SRC_OPTIONS_H

#include <stddef.h>

struct hk_options {
	size_t keep_bytes;
	size_t keep_percent;
	size_t purge_delay_ms;
	size_t cache_bytes;
	size_t huge_pages;
	size_t ss_os_stats;
	size_t force_libc;
	size_t check;
	size_t help;
};

/* Filled in before the first allocation, and read-only from then on. */
extern struct hk_options hk_options;

/* Reads the environment, but of a set-user-ID program; says on stderr what it does not know. */
void hk_options_read(void);

#endif
