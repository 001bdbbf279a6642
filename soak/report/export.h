/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of a run as CSV (RFC 4180, a header line, NULL as nothing) or as a JSON array of objects.
 */
#ifndef SOAK_EXPORT_H
#define SOAK_EXPORT_H

#include <stdio.h>

#include "soak/record/run_reader.h"

/*
 * Both return 0, -ENOENT if the run has no such table, or -EIO if it is damaged or `out` took no
 * more.
 */
int export_csv(FILE *out, struct run *run, const char *table);
int export_json(FILE *out, struct run *run, const char *table);

#endif
