/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all JSON that soak writes has in common. */
#ifndef SOAK_JSON_H
#define SOAK_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* Adds a number, or null if it is not finite: JSON cannot express that. */
void json_number(cJSON *object, const char *name, double value);

/* Adds a text; NULL: adds nothing. Replaces bytes that are not UTF-8 (utf8.h). */
void json_text(cJSON *object, const char *name, const char *text);

/* Writes the object and deletes it. Returns 0 or -ENOMEM. */
int json_print(FILE *out, cJSON *root);

#endif
