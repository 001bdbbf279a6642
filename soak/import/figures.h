/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures as they are written: 1234.5, 1,234.5, 1234,5, 1'234, 12.3MiB, 12.3MiB / 2GiB, 1.2g.
 */
#ifndef SOAK_IMPORT_FIGURES_H
#define SOAK_IMPORT_FIGURES_H

#include <stdbool.h>

/* The kind of a text. */
enum figure_kind { FIGURE_NUMBER, FIGURE_ABSENT, FIGURE_INFINITE, FIGURE_BAD };

struct figure {
	enum figure_kind kind;
	long double value;
	double step;  /* value of its last digit */
	int digits;   /* before the point */
	double unit;  /* bytes, of its suffix; 0: it has none */
	bool unclear; /* its one comma may be a decimal one or separate thousands */
};

enum decimal { DECIMAL_UNKNOWN, DECIMAL_POINT, DECIMAL_COMMA };

/* Empty, NaN, null, - and the like are absent. */
struct figure figure_parse(const char *text, enum decimal decimal, bool powers_of_1000);

/* The separator that the text proves; DECIMAL_UNKNOWN: not a figure, or it could be either. */
enum decimal figure_decimal(const char *text);

#endif
