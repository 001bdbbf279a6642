/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes growth apart by mapping, and prints it. Called by soak audit --growth and the scorecard. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/record/run_mappings.h"
#include "soak/record/series.h"
#include "soak/report/growth.h"
#include "soak/report/json.h"
#include "soak/report/report.h"
#include "soak/report/utf8.h"
#include "soak/stats/linefit.h"

#define FEWEST_FOR_INTERVAL 5
#define SECONDS_PER_H 3600.0

/* ---- measuring ------------------------------------------------------------------------------- */

struct measuring {
	struct growth *growth;
	const double *t_s; /* of the readings compared */
	double *held_sum;  /* over all parts, at these */
	size_t first, n;   /* which readings of all */
	double confidence;
	size_t room;
	bool failed;
};

static void fit_part(struct growth_part *part, const struct measuring *m, const double *held)
{
	struct linefit fit;

	part->from = held[0];
	part->to = held[m->n - 1];
	part->per_h = part->low = part->high = NAN;
	if (m->n < FEWEST_FOR_INTERVAL || linefit(m->t_s, held, m->n, m->confidence, &fit) != 0)
		return;
	part->per_h = fit.slope * SECONDS_PER_H;
	part->low = fit.slope_low * SECONDS_PER_H;
	part->high = fit.slope_high * SECONDS_PER_H;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static bool make_room(struct measuring *m)
{
	struct growth *growth = m->growth;
	size_t room = m->room ? 2 * m->room : 64;
	struct growth_part *parts;

	if (growth->count < m->room)
		return true;
	parts = realloc(growth->parts, room * sizeof(*parts));
	if (!parts)
		return false;
	growth->parts = parts;
	m->room = room;
	return true;
}

static void add_part(void *context, const struct run_mapping *mapping)
{
	struct measuring *m = context;
	struct growth_part *part;

	for (size_t i = 0; i < m->n; i++)
		m->held_sum[i] += mapping->held[m->first + i];
	if (m->failed || !make_room(m)) {
		m->failed = true;
		return;
	}
	part = &m->growth->parts[m->growth->count++];
	*part = (struct growth_part){.pid = mapping->pid,
		.program = copy(mapping->program),
		.kind = copy(mapping->kind),
		.name = copy(mapping->name),
		.mappings = mapping->count[m->first + m->n - 1]};
	m->failed = !part->kind || !part->name;
	fit_part(part, m, mapping->held + m->first);
}

static int by_growth(const void *one, const void *other)
{
	const struct growth_part *a = one, *b = other;
	double da = fabs(a->to - a->from), db = fabs(b->to - b->from);

	return da < db ? 1 : da > db ? -1 : a->to < b->to ? 1 : a->to > b->to ? -1 : 0;
}

/* The kernel's counters at the same moments. They are read a moment before the mappings are. */
static double counted(struct run *run, size_t first, size_t last)
{
	const double *rss = run_sum(run, SERIES_RSS), *swap = run_sum(run, SERIES_SWAP);

	return rss && swap ? rss[last] + swap[last] - rss[first] - swap[first] : NAN;
}

static int compare(struct run *run, struct measuring *m, const size_t *samples, size_t readings)
{
	const double *times = run_times(run);
	double *t = calloc(m->n, sizeof(*t));
	int code = -ENOMEM;

	m->held_sum = calloc(m->n, sizeof(*m->held_sum));
	if (t && m->held_sum) {
		for (size_t i = 0; i < m->n; i++)
			t[i] = times[samples[m->first + i]];
		m->t_s = t;
		code = run_mappings(run, samples, readings, add_part, m);
		if (!code && m->failed)
			code = -ENOMEM;
		fit_part(&m->growth->sum, m, m->held_sum);
		m->growth->from_s = t[0];
		m->growth->to_s = t[m->n - 1];
		m->growth->readings = m->n;
		m->growth->counted = counted(run, samples[m->first], samples[m->first + m->n - 1]);
	}
	free(m->held_sum);
	free(t);
	return code;
}

/* To the readings that lie in the window. */
static void narrow(struct measuring *m, const double *times, const size_t *samples, size_t readings,
	const struct judge_window *window)
{
	m->first = m->n = 0;
	for (size_t i = 0; i < readings; i++) {
		if (times[samples[i]] < window->from_s - 1e-3) {
			m->first = i + 1;
			continue;
		}
		if (times[samples[i]] <= window->to_s + 1e-3)
			m->n = i + 1 - m->first;
	}
}

int growth_measure(struct run *run, const struct growth_options *options, struct growth *ret_growth)
{
	struct measuring m = {.growth = ret_growth, .confidence = options->confidence};
	size_t *samples, readings = run_mapping_readings(run, &samples);
	int code = -ENODATA;

	*ret_growth = (struct growth){0};
	if (!readings || !run_times(run)) {
		free(samples);
		return run_error(run) ? -EIO : -ENOENT;
	}
	narrow(&m, run_times(run), samples, readings, &options->window);
	if (m.n >= 2)
		code = compare(run, &m, samples, readings);
	free(samples);
	if (code)
		growth_release(ret_growth);
	else
		qsort(ret_growth->parts, ret_growth->count, sizeof(*ret_growth->parts), by_growth);
	return code;
}

void growth_release(struct growth *growth)
{
	for (size_t i = 0; i < growth->count; i++) {
		free(growth->parts[i].program);
		free(growth->parts[i].kind);
		free(growth->parts[i].name);
	}
	free(growth->parts);
	*growth = (struct growth){0};
}

#define NOTABLE_BYTES (256 << 10)
#define NOTABLE_SHARE 0.1

bool growth_is_notable(const struct growth *growth, size_t part)
{
	double all = growth->sum.to - growth->sum.from, bytes;

	if (part >= growth->count)
		return false;
	bytes = growth->parts[part].to - growth->parts[part].from;
	return bytes >= NOTABLE_BYTES && bytes >= NOTABLE_SHARE * all;
}

/* ---- text ------------------------------------------------------------------------------------ */

void growth_print_part(FILE *out, const struct growth_part *part)
{
	fputs(part->kind, out);
	if (*part->name) {
		fputc(' ', out);
		utf8_print_text(out, part->name);
	}
	if (part->program) {
		fputs(" of ", out);
		utf8_print_text(out, part->program);
		fprintf(out, " (process %lld)", part->pid);
	}
}

static struct phrase say_growth(double bytes)
{
	struct phrase amount = say_bytes(bytes), growth;

	snprintf(growth.text, sizeof(growth.text), "%s%.40s", bytes > 0 ? "+" : "", amount.text);
	return growth;
}

static void print_figures(FILE *out, const struct growth_part *part)
{
	char interval[160] = "-";

	if (!isnan(part->per_h))
		snprintf(interval, sizeof(interval), "%s [%s, %s]", say_growth(part->per_h).text,
			say_growth(part->low).text, say_growth(part->high).text);
	fprintf(out, "  %11s  %-38s %11s %11s", say_growth(part->to - part->from).text, interval,
		say_bytes(part->from).text, say_bytes(part->to).text);
}

void growth_print(FILE *out, struct run *run, const struct growth *growth,
	const struct growth_options *options)
{
	size_t shown = options->top && (size_t)options->top < growth->count ? (size_t)options->top
									    : growth->count;
	struct growth_part rest = {0};
	char interval[48];

	report_print_what(out, &(struct report){.run = run});
	fprintf(out,
		"\n  growth from %s to %s, resident and swapped out, by %zu readings of the "
		"mappings\n\n",
		say_clock(growth->from_s).text, say_clock(growth->to_s).text, growth->readings);
	snprintf(interval, sizeof(interval), "per hour, least squares [%g %%]",
		100 * options->confidence);
	fprintf(out, "  %11s  %-38s %11s %11s  %8s  %s\n", "grew", interval, "from", "to",
		"mappings", "held as");
	for (size_t i = 0; i < shown; i++) {
		print_figures(out, &growth->parts[i]);
		fprintf(out, "  %8.0f  ", growth->parts[i].mappings);
		growth_print_part(out, &growth->parts[i]);
		fputc('\n', out);
	}
	for (size_t i = shown; i < growth->count; i++) {
		rest.from += growth->parts[i].from;
		rest.to += growth->parts[i].to;
	}
	rest.per_h = NAN;
	if (shown < growth->count) {
		print_figures(out, &rest);
		fprintf(out, "  %8s  %zu others: --top 0 shows all\n", "", growth->count - shown);
	}
	print_figures(out, &growth->sum);
	fprintf(out, "  %8s  all\n", "");
	if (!isnan(growth->counted))
		fprintf(out, "  %11s  %s\n", say_growth(growth->counted).text,
			"by the kernel's counters of the same samples");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static cJSON *object_of(const struct growth_part *part)
{
	cJSON *object = cJSON_CreateObject();

	json_text(object, "program", part->program);
	if (part->pid)
		json_number(object, "pid", (double)part->pid);
	json_text(object, "kind", part->kind);
	json_text(object, "name", part->name);
	json_number(object, "grew_bytes", part->to - part->from);
	json_number(object, "from_bytes", part->from);
	json_number(object, "to_bytes", part->to);
	json_number(object, "bytes_per_h", part->per_h);
	json_number(object, "bytes_per_h_low", part->low);
	json_number(object, "bytes_per_h_high", part->high);
	if (part->kind)
		json_number(object, "mappings", part->mappings);
	return object;
}

int growth_json(FILE *out, const struct growth *growth, const struct growth_options *options)
{
	cJSON *root = cJSON_CreateObject(), *array;

	json_number(root, "from_s", growth->from_s);
	json_number(root, "to_s", growth->to_s);
	json_number(root, "readings", (double)growth->readings);
	json_number(root, "confidence", options->confidence);
	cJSON_AddItemToObject(root, "all", object_of(&growth->sum));
	json_number(root, "counted_bytes", growth->counted);
	array = cJSON_AddArrayToObject(root, "parts");
	for (size_t i = 0; i < growth->count; i++)
		if (!options->top || i < (size_t)options->top)
			cJSON_AddItemToArray(array, object_of(&growth->parts[i]));
	return json_print(out, root);
}
