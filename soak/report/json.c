/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, texts and printing of JSON. Called by all reports that write it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "soak/report/json.h"
#include "soak/report/utf8.h"

void json_number(cJSON *object, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(object, name, value);
	else
		cJSON_AddNullToObject(object, name);
}

void json_text(cJSON *object, const char *name, const char *text)
{
	char *clean = text ? utf8_clean(text) : NULL;

	if (clean)
		cJSON_AddStringToObject(object, name, clean);
	free(clean);
}

int json_print(FILE *out, cJSON *root)
{
	char *text = cJSON_Print(root);

	cJSON_Delete(root);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
