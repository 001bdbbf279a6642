/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures as people read them. NAN gives "-". All write a terminated string of at most `size`
 * bytes.
 */
#ifndef SOAK_FIGURES_H
#define SOAK_FIGURES_H

#include <stddef.h>

void figure_bytes(double bytes, char *text, size_t size);      /* "2.41 MiB" */
void figure_rate(double rate, char *text, size_t size);        /* "81.2 M", "3.10 k", "0.25" */
void figure_duration(double seconds, char *text, size_t size); /* "1:02:03", "0:45" */

#endif
