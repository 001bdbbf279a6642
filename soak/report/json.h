/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all JSON that soak writes has in common. */
#ifndef SOAK_JSON_H
#define SOAK_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* null for what is not finite: JSON has no word for it. */
void json_number(cJSON *object, const char *name, double value);

/* Nothing for NULL. What is no UTF-8 is replaced (utf8.h): names and paths may hold any bytes. */
void json_text(cJSON *object, const char *name, const char *text);

/* Writes the object and deletes it. Returns 0 or -ENOMEM. */
int json_print(FILE *out, cJSON *root);

#endif
