/* SPDX-License-Identifier: MIT */
/* Options from the environment. options.c has the table of their names and help. */
#ifndef SRC_OPTIONS_H
#define SRC_OPTIONS_H

#include <stddef.h>

struct hk_options {
	size_t keep_bytes;
	size_t keep_percent;
	size_t purge_delay_ms;
	size_t cache_bytes;
	size_t huge_pages;
	size_t names;
	size_t ss_os_stats;
	size_t force_libc;
	size_t check;
	size_t help;
};

/*
 * Reads the environment into hk_settled, except in a set-user-ID program. Reports unknown names on
 * stderr.
 */
void hk_options_read(void);

#endif
