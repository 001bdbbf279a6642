/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all JSON that soak writes has in common. */
#ifndef SOAK_JSON_H
#define SOAK_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* null for what is not finite: JSON has no word for it. */
void json_number(cJSON *object, const char *name, double value);

/* Writes the object and deletes it. Returns 0 or -ENOMEM. */
int json_print(FILE *out, cJSON *root);

#endif
