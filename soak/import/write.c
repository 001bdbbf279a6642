/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows become an ordinary run, whose facts say where it came from. Called by soak import. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "soak/import/import.h"
#include "soak/record/recorder.h"

#define START_NS 1 /* any time: what is imported counts its own from the first row on */

static void fact_if(struct recorder *recorder, const char *key, const struct text *value)
{
	if (value->length)
		recorder_fact(recorder, key, "%s", text_of(value));
}

static void fact_time(struct recorder *recorder, const char *key, int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm utc;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
	recorder_fact(recorder, key, "%s", text);
}

static void write_facts(
	struct recorder *recorder, const struct imported *imported, const char *from)
{
	int64_t first_ns = imported->rows[0].t_ns, last_ns = imported->rows[imported->n - 1].t_ns;

	recorder_fact(recorder, "soak_version", "%s", SOAK_VERSION);
	recorder_fact(recorder, "imported_from", "%s", from);
	recorder_fact(recorder, "imported_format", "%s", imported->format);
	fact_if(recorder, "imported_time", &imported->time_from);
	fact_if(recorder, "imported_rss", &imported->rss_from);
	fact_if(recorder, "imported_ops", &imported->ops_from);
	fact_if(recorder, "imported_series", &imported->series);
	fact_if(recorder, "command", &imported->command);
	if (imported->since_epoch) {
		fact_time(recorder, "start_utc", first_ns);
		fact_time(recorder, "end_utc", last_ns);
	}
	if (imported->segments > 1)
		recorder_fact(recorder, "imported_segments", "%lld", (long long)imported->segments);
	if (imported->restarts)
		recorder_fact(recorder, "imported_restarts", "%lld", (long long)imported->restarts);
	recorder_fact(recorder, "rss_step_bytes", "%.10g", imported->rss_step_bytes);
	recorder_fact(recorder, "calls_source", "none");
	recorder_fact(recorder, "rss_source", "imported");
	recorder_fact(recorder, "ops", "%s", imported->ops_from.length ? "imported" : "none");
	if (!imported->ops_from.length)
		recorder_fact(recorder, "ops_absent", "none were imported");
	recorder_fact(recorder, "duration_s", "%.3f", (double)(last_ns - first_ns) / 1e9);
	recorder_fact(recorder, "end_ns", "%lld", (long long)(last_ns - first_ns));
	recorder_fact(recorder, "end_reason", "the imported series ends");
}

static void write_notes(struct recorder *recorder, const char *notes)
{
	while (*notes) {
		int length = (int)strcspn(notes, "\n");

		recorder_event(recorder, 0, "warning", "%.*s", length, notes);
		notes += length + (notes[length] == '\n');
	}
}

/* What a table or a terminal would not take as one line of text becomes blanks. */
static void write_event(struct recorder *recorder, int64_t t_ns, const char *kind, char *text)
{
	if (!text)
		return;
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	recorder_event(recorder, START_NS + (uint64_t)t_ns, kind, "%s", text);
}

int import_write(const struct imported *imported, const char *from, const char *output,
	bool overwrite, struct text *error)
{
	struct recorder *recorder;
	int code = recorder_open(output, overwrite, &recorder, error);

	if (code)
		return code;
	write_facts(recorder, imported, from);
	write_notes(recorder, text_of(&imported->notes));
	recorder_set_start(recorder, START_NS);
	for (size_t i = 0; i < imported->n; i++) {
		const struct import_row *row = &imported->rows[i];
		struct sample sample;

		sample_clear(&sample);
		sample.v[METRIC_t_ns] = row->t_ns - imported->rows[0].t_ns;
		sample.v[METRIC_imported_rss_bytes] = row->rss_bytes;
		sample.v[METRIC_imported_ops] = row->ops;
		recorder_sample(recorder, &sample);
		write_event(recorder, sample.v[METRIC_t_ns], "segment", row->segment);
		write_event(recorder, sample.v[METRIC_t_ns], "mark", row->mark);
	}
	if (recorder_error(recorder))
		text_set(error, "%s: %s", output, recorder_error(recorder));
	code = recorder_close(recorder);
	if (code && !error->length)
		text_set(error, "%s: %s", output, strerror(-code));
	return code;
}
