/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints who holds the live heap, or whose part of it grew. Called by soak audit. */
#include <math.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/heap_account.h"
#include "soak/report/json.h"
#include "soak/report/report.h"
#include "soak/report/utf8.h"

/* ---- text ------------------------------------------------------------------------------------ */

static struct phrase say_signed(double bytes, bool growth)
{
	struct phrase amount = say_bytes(bytes), result;

	snprintf(result.text, sizeof(result.text), "%s%.40s", growth && bytes > 0 ? "+" : "",
		amount.text);
	return result;
}

static void print_figures(FILE *out, const struct heap_part *part, bool growth)
{
	char interval[120];

	snprintf(interval, sizeof(interval), "[%s, %s]",
		say_signed(part->estimate.low, growth).text,
		say_signed(part->estimate.high, growth).text);
	fprintf(out, "  %11s  %-26s", say_signed(part->estimate.estimate, growth).text, interval);
	if (growth)
		fprintf(out, " %11s %11s", say_bytes(part->from.live).text,
			say_bytes(part->to.live).text);
	else
		fprintf(out, " %11s %11s", say_count(part->to.live_blocks).text,
			say_bytes(part->to.allocated).text);
}

static const char *name_of(const struct run_heap *heap, uint32_t frame, bool with_offset)
{
	const char *name = with_offset ? heap->frames[frame].place : heap->frames[frame].function;

	return name ? name : "[unknown]";
}

static void print_site(FILE *out, const struct run_heap *heap, size_t index)
{
	scoped_text name = {0};

	run_heap_name(heap, index, &name);
	utf8_print_text(out, text_of(&name));
}

static void print_head(FILE *out, struct run *run, const struct heap_account *account,
	const struct heap_account_options *options)
{
	char interval[32];

	report_print_what(out, &(struct report){.run = run});
	if (options->growth)
		fprintf(out, "\n  growth of the live heap from %s to %s",
			say_clock(account->from_s).text, say_clock(account->to_s).text);
	else
		fprintf(out, "\n  live heap at %s", say_clock(account->to_s).text);
	fprintf(out, ", estimated from one allocation in every %s\n\n",
		say_bytes(account->heap.mean).text);
	snprintf(interval, sizeof(interval), "[%g %%]", 100 * options->confidence);
	fprintf(out, "  %11s  %-26s %11s %11s  %s\n", options->growth ? "grew" : "held", interval,
		options->growth ? "from" : "blocks", options->growth ? "to" : "allocated",
		options->by == HEAP_BY_SITE ? "site" : "function and what it calls");
}

static void print_own_account(FILE *out, const struct heap_account *account, bool growth)
{
	bool within = account->in_use >= account->all.estimate.low &&
		      account->in_use <= account->all.estimate.high;

	if (!isnan(account->in_use))
		fprintf(out, "  %11s  by the allocator's own account, %s the interval\n",
			say_signed(account->in_use, growth).text, within ? "within" : "outside");
}

void heap_account_print(FILE *out, struct run *run, const struct heap_account *account,
	const struct heap_account_options *options)
{
	size_t shown = options->top && (size_t)options->top < account->count ? (size_t)options->top
									     : account->count;

	print_head(out, run, account, options);
	for (size_t i = 0; i < shown; i++) {
		print_figures(out, &account->parts[i], options->growth);
		fputs("  ", out);
		if (options->by == HEAP_BY_SITE)
			print_site(out, &account->heap, account->parts[i].index);
		else
			utf8_print_text(out,
				name_of(&account->heap, (uint32_t)account->parts[i].index, false));
		fputc('\n', out);
	}
	if (shown < account->count)
		fprintf(out, "  %zu others: --top 0 shows all\n", account->count - shown);
	print_figures(out, &account->all, options->growth);
	fputs("  all\n", out);
	print_own_account(out, account, options->growth);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_stack(cJSON *object, const struct run_heap *heap, size_t index)
{
	const struct run_heap_site *site = &heap->sites[index];
	cJSON *array = cJSON_AddArrayToObject(object, "stack");
	size_t caller = run_heap_caller(heap, index);

	for (size_t i = 0; i < site->count; i++) {
		cJSON *frame = cJSON_CreateObject();

		json_text(frame, "name", name_of(heap, site->frames[i], true));
		json_text(frame, "module", heap->frames[site->frames[i]].module);
		cJSON_AddItemToArray(array, frame);
	}
	if (site->count)
		json_text(object, "caller", name_of(heap, site->frames[caller], true));
	cJSON_AddBoolToObject(object, "whole_stack", site->whole);
}

static cJSON *object_of(const struct heap_part *part, bool growth)
{
	cJSON *object = cJSON_CreateObject();

	json_number(object, growth ? "grew_bytes" : "held_bytes", part->estimate.estimate);
	json_number(object, "low_bytes", part->estimate.low);
	json_number(object, "high_bytes", part->estimate.high);
	if (growth)
		json_number(object, "from_bytes", part->from.live);
	json_number(object, "to_bytes", part->to.live);
	json_number(object, "blocks", part->to.live_blocks);
	json_number(object, "allocated_bytes", part->to.allocated - part->from.allocated);
	return object;
}

int heap_account_json(
	FILE *out, const struct heap_account *account, const struct heap_account_options *options)
{
	cJSON *root = cJSON_CreateObject(), *array, *object;

	if (options->growth)
		json_number(root, "from_s", account->from_s);
	json_number(root, "to_s", account->to_s);
	json_number(root, "sampled_every_bytes", account->heap.mean);
	json_number(root, "confidence", options->confidence);
	cJSON_AddItemToObject(root, "all", object_of(&account->all, options->growth));
	json_number(root, "allocator_in_use_bytes", account->in_use);
	array = cJSON_AddArrayToObject(root, options->by == HEAP_BY_SITE ? "sites" : "functions");
	for (size_t i = 0; i < account->count; i++) {
		if (options->top && i >= (size_t)options->top)
			break;
		object = object_of(&account->parts[i], options->growth);
		if (options->by == HEAP_BY_SITE)
			add_stack(object, &account->heap, account->parts[i].index);
		else
			json_text(object, "name",
				name_of(&account->heap, (uint32_t)account->parts[i].index, false));
		cJSON_AddItemToArray(array, object);
	}
	return json_print(out, root);
}

/* ---- folded stacks --------------------------------------------------------------------------- */

/* A line has frames between semicolons, and no control character. */
static void print_frame(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == ';' || (unsigned char)*name < ' ' ? '_' : *name, out);
}

void heap_account_folded(FILE *out, const struct heap_account *account)
{
	const struct run_heap *heap = &account->heap;

	for (size_t p = 0; p < account->count; p++) {
		const struct run_heap_site *site = &heap->sites[account->parts[p].index];
		double bytes = round(account->parts[p].estimate.estimate);

		if (bytes <= 0)
			continue;
		if (!site->whole)
			fputs(account->parts[p].index ? "[cut off]" : "[other sites]", out);
		for (size_t i = site->count; i-- > 0;) {
			if (i + 1 < site->count || !site->whole)
				fputc(';', out);
			print_frame(out, name_of(heap, site->frames[i], false));
		}
		fprintf(out, " %.0f\n", bytes);
	}
}
