/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot as a function from a script to a picture. Script, picture and messages pass through
 * memory files: gnuplot can neither block us nor leave half a picture behind, and no shell is
 * involved. Errors are a negative errno and one line in `error`.
 */
#ifndef SOAK_REPORT_GNUPLOT_H
#define SOAK_REPORT_GNUPLOT_H

#include <stddef.h>
#include <stdio.h>

#include "soak/words/text.h"

/* Variables of a script: the name is `name` and `part` together. */
void gnuplot_put_number(FILE *script, const char *name, const char *part, double v);
void gnuplot_put_text(FILE *script, const char *name, const char *part, const char *text);

/* One row of a table. */
void gnuplot_put_row(FILE *script, size_t n, const double *cells);

/*
 * Runs the script, which is a file that can be read back, and writes the picture to `picture_fd`.
 * After success `error` is as it was, or holds gnuplot's first warning. ENOPKG: not installed.
 */
int gnuplot_run(FILE *script, int picture_fd, struct text *error);

/* To standard output, for pictures in characters. */
int gnuplot_print(int picture_fd);

#endif
