/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flame graph of the live heap, or of its growth, as an SVG without scripts. */
#ifndef SOAK_REPORT_FLAME_H
#define SOAK_REPORT_FLAME_H

#include <stdio.h>

#include "soak/report/heap_account.h"

/*
 * Draws an account by site: each function as wide as what it and all that it calls hold, callers
 * below what they call. Sites that shrank are left out. Returns 0 or -ENOMEM.
 */
int flame_write(FILE *out, const char *title, const struct heap_account *account);

#endif
