/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that others wrote, as itself: nothing in it is markup of the format that it stands in. */
#ifndef SOAK_REPORT_ESCAPE_H
#define SOAK_REPORT_ESCAPE_H

#include <stdio.h>

#include "soak/judge/judge.h"

/* Markdown (GitHub's): on one line, neither markup nor HTML nor the end of a cell. */
void put_markdown(FILE *out, const char *text);

/* The symbol of a verdict in Markdown. */
const char *verdict_symbol(enum verdict verdict);

/* XML, in elements and in attributes between double quotes. */
void put_xml(FILE *out, const char *text);

/* TAP: on one line, without a directive. */
void put_tap(FILE *out, const char *text);

#endif
