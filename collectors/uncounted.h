/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs of the target that count none of their ops, so that figures per op come out too high.
 * They lost LD_PRELOAD or the ops page (env -i, sudo), or have another malloc linked in. How the
 * kernel recognises them: bpf/uncounted.h.
 */
#ifndef SOAK_UNCOUNTED_H
#define SOAK_UNCOUNTED_H

#include "collectors/probes.h"
#include "collectors/sample.h"
#include "soak/words/text.h"

/*
 * From now on programs that do not map this ops page for writing are uncounted. `library`: the path
 * of libsoakops.so if that library maps the page for them, otherwise empty. Returns 0 or a negative
 * errno.
 */
int uncounted_watch(struct probes *probes, int page_fd, const char *library);

/* States for a process that ran before whether it has mapped the page. */
void uncounted_adopt(struct probes *probes, uint32_t slot, bool maps_page);

/* Fills the metrics uncounted_*, if uncounted_watch() was called. */
void uncounted_fill(const struct probes *probes, struct sample *sample);

/* "sudo, python3 (12) and 3 others"; empty if there are none. */
void uncounted_names(const struct probes *probes, struct text *ret_names);

#endif
