/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates before a time of day as date(1) writes them in other languages. */
#ifndef SOAK_IMPORT_FOREIGN_DATES_H
#define SOAK_IMPORT_FOREIGN_DATES_H

#include <stdbool.h>
#include <time.h>

/*
 * Reads "lun. 13 mai 2024", "Mo 13. Mai" or "2024年 5月 13日 月曜日", if digits and a colon follow.
 * Returns where the time of day begins, NULL if the text does not begin like this.
 */
const char *foreign_date(const char *text, struct tm *ret_date, bool *ret_year);

#endif
