/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks and excluded windows: see moments.h. */
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/json.h"
#include "soak/report/moments.h"
#include "soak/report/utf8.h"

#define SHOWN 6

static bool is_mark(const struct run_event *event)
{
	return strcmp(event->kind, "mark") == 0;
}

void moments_print_marks(FILE *out, struct run *run)
{
	const struct run_event *events;
	size_t n = run_events(run, &events), shown = 0;

	for (size_t e = 0; e < n; e++) {
		if (!is_mark(&events[e]) || shown++ >= SHOWN)
			continue;
		fputs(shown == 1 ? "  marks: " : ", ", out);
		utf8_print_line(out, events[e].text);
		fprintf(out, " at %s", say_clock(events[e].t_s).text);
	}
	if (shown > SHOWN)
		fprintf(out, ", and %zu more: soak export --table marks", shown - SHOWN);
	if (shown)
		fputc('\n', out);
}

void moments_print_excluded(FILE *out, const struct judge_excluded *excluded)
{
	for (size_t i = 0; i < excluded->n && i < SHOWN; i++)
		fprintf(out, "%s%s to %s",
			i ? ", " : "  excluded: ", say_clock(excluded->window[i].from_s).text,
			say_clock(excluded->window[i].to_s).text);
	if (excluded->n > SHOWN)
		fprintf(out, ", and %zu more", excluded->n - SHOWN);
	if (excluded->n)
		fputc('\n', out);
}

cJSON *moments_marks_json(struct run *run)
{
	cJSON *array = cJSON_CreateArray(), *object;
	const struct run_event *events;
	size_t n = run_events(run, &events);

	for (size_t e = 0; e < n; e++) {
		if (!is_mark(&events[e]))
			continue;
		object = cJSON_CreateObject();
		json_number(object, "t_s", events[e].t_s);
		json_text(object, "text", events[e].text);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

cJSON *moments_excluded_json(const struct judge_excluded *excluded)
{
	cJSON *array = cJSON_CreateArray(), *object;

	for (size_t i = 0; i < excluded->n; i++) {
		object = cJSON_CreateObject();
		json_number(object, "from_s", excluded->window[i].from_s);
		json_number(object, "to_s", excluded->window[i].to_s);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}
