/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture or page appears under its name complete or not at all. */
#ifndef SOAK_REPORT_OUTPUT_FILE_H
#define SOAK_REPORT_OUTPUT_FILE_H

#include "soak/words/text.h"

/*
 * Copies the file `from`, from its beginning, to `output` in one step; what stood there before
 * stays until then. Returns 0, or a negative errno with one line in `error`.
 */
int output_file_keep(int from, const char *output, struct text *error);

#endif
