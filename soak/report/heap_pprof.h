/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live heap, or its growth, as pprof, speedscope, Pyroscope and Parca read it. */
#ifndef SOAK_REPORT_HEAP_PPROF_H
#define SOAK_REPORT_HEAP_PPROF_H

#include "soak/report/heap_account.h"

/*
 * Writes profile.proto, gzipped (github.com/google/pprof, proto/profile.proto), of an account by
 * site: bytes and blocks, allocated and in use. Returns 0 or a negative errno.
 */
int heap_pprof_write(int fd, const struct heap_account *account);

#endif
