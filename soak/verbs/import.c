/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak import: a series that another tool recorded becomes a run. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "soak/import/import.h"
#include "soak/import/units.h"
#include "soak/judge/wording.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

#define SELECT_MAX 16

enum {
	KEY_FORMAT = 256,
	KEY_TIME,
	KEY_RSS,
	KEY_OPS,
	KEY_TIME_UNIT,
	KEY_RSS_UNIT,
	KEY_SELECT,
	KEY_CHILDREN
};

struct import_verb {
	struct import_options options;
	const char *select[SELECT_MAX];
	const char *file, *output;
	bool overwrite, quiet;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "write the run into FILE", 1},
	{"force", 'f', NULL, 0, "overwrite FILE", 1},
	{"quiet", 'q', NULL, 0, "no word unless something is wrong", 1},
	{"format", KEY_FORMAT, "FORMAT", 0,
		"csv, psrecord, mprof or prometheus (default: by its content)", 1},
	{"time", KEY_TIME, "COLUMN", 0, "CSV: the time (default: by its header)", 2},
	{"rss", KEY_RSS, "COLUMN", 0, "CSV: the RSS (default: by its header)", 2},
	{"ops", KEY_OPS, "COLUMN", 0, "CSV: ops since the start, a count that never falls", 2},
	{"time-unit", KEY_TIME_UNIT, "UNIT", 0,
		"s, ms, us, ns, min, h or iso (default: as the header says, or iso, or s)", 2},
	{"rss-unit", KEY_RSS_UNIT, "UNIT", 0,
		"B, KiB, MiB, GiB, kB, MB, GB, pages (default: as the header says, or B); the kB "
		"of ps and /proc are KiB",
		2},
	{"select", KEY_SELECT, "LABEL=VALUE", 0,
		"Prometheus: the series with this label; all of several", 3},
	{"children", KEY_CHILDREN, "add|ignore", 0,
		"mprof: add its CHLD lines to MEM (default), or not", 3},
	{0}};

static void parse_unit(
	struct argp_state *state, const char *name, const char *text, bool known, const char *all)
{
	if (!known)
		argp_error(state, "--%s: choose %s, not %s", name, all, text);
}

static void parse_select(struct argp_state *state, struct import_verb *verb, const char *text)
{
	if (!strchr(text, '=') || text[0] == '=')
		argp_error(state, "--select: %s should be LABEL=VALUE, as job=api", text);
	if (verb->options.nselect == SELECT_MAX)
		argp_error(state, "--select: %d of them are enough", SELECT_MAX);
	verb->select[verb->options.nselect++] = text;
}

static void check_format(struct argp_state *state, const char *format)
{
	static const char *const formats[] = {"csv", "psrecord", "mprof", "prometheus", NULL};
	char error[256];

	if (import_has_format(format))
		return;
	choice_unknown(error, sizeof(error), "format", format, formats, NULL);
	argp_error(state, "--format: %s", error);
}

static void parse_choice(struct argp_state *state, int key, const char *argument)
{
	struct import_verb *verb = state->input;
	struct import_options *chosen = &verb->options;

	switch (key) {
	case KEY_FORMAT:
		check_format(state, argument);
		chosen->format = argument;
		break;
	case KEY_TIME_UNIT:
		parse_unit(state, "time-unit", argument,
			unit_ns(argument) > 0 || strcmp(argument, "iso") == 0, UNIT_TIME_CHOICES);
		chosen->time_unit = argument;
		break;
	case KEY_RSS_UNIT:
		parse_unit(
			state, "rss-unit", argument, unit_bytes(argument) > 0, UNIT_BYTES_CHOICES);
		chosen->rss_unit = argument;
		break;
	case KEY_CHILDREN:
		chosen->without_children = strcmp(argument, "ignore") == 0;
		chosen->children_given = true;
		if (!chosen->without_children && strcmp(argument, "add") != 0)
			argp_error(state, "--children: choose add or ignore, not %s", argument);
		break;
	default:
		parse_select(state, verb, argument);
	}
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct import_verb *verb = state->input;

	switch (key) {
	case 'o':
		verb->output = argument;
		return 0;
	case 'f':
		verb->overwrite = true;
		return 0;
	case 'q':
		verb->quiet = true;
		return 0;
	case KEY_TIME:
		verb->options.time = argument;
		return 0;
	case KEY_RSS:
		verb->options.rss = argument;
		return 0;
	case KEY_OPS:
		verb->options.ops = argument;
		return 0;
	case KEY_FORMAT:
	case KEY_TIME_UNIT:
	case KEY_RSS_UNIT:
	case KEY_SELECT:
	case KEY_CHILDREN:
		parse_choice(state, key, argument);
		return 0;
	case ARGP_KEY_ARG:
		if (verb->file)
			argp_error(state, "one FILE, please");
		verb->file = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!verb->output)
			argp_error(state, "where to? Add --output FILE.soak");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "FILE",
	"Make a run of a series that another tool recorded, so that soak check, plot and export "
	"work on it. FILE is CSV with any columns, a log of psrecord, a file of mprof run, or what "
	"Prometheus answers to a range query; - is standard input.\v"
	"Examples:\n"
	"  soak import rss.csv --time when --rss mem --rss-unit MiB -o rss.soak\n"
	"  psrecord 4711 --interval 1 --log app.txt; soak import app.txt -o app.soak\n"
	"  mprof run -o app.dat ./app; soak import app.dat -o app.soak\n"
	"  curl -s \"$URL/api/v1/query_range?query=$QUERY\" | soak import - -o api.soak\n"
	"  soak check app.soak\n\n"
	"Rules that need what was not imported are NOT JUDGED, unless asked for by --set.",
	NULL, NULL, NULL};

static void say_result(const struct import_verb *verb, const struct imported *imported)
{
	const char *notes = imported->notes;
	double seconds =
		(double)(imported->rows[imported->n - 1].t_ns - imported->rows[0].t_ns) / 1e9;

	while (*notes) {
		int length = (int)strcspn(notes, "\n");

		fprintf(stderr, "soak: note: %.*s\n", length, notes);
		notes += length + (notes[length] == '\n');
	}
	fprintf(stderr, "soak: %zu samples over %s from %s (%s; RSS: %s), recorded in %s\n",
		imported->n, say_clock(seconds).text, verb->file, imported->format,
		imported->rss_from, verb->output);
}

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int cmd_import(int argc, char **argv)
{
	struct import_verb verb = {0};
	struct imported imported;
	char error[2048];
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &verb);
	verb.options.select = verb.select;
	if (same_file(verb.file, verb.output)) {
		fprintf(stderr, "soak: %s is what is to be read: give --output another name\n",
			verb.output);
		return EXIT_USAGE;
	}
	code = import_read(verb.file, &verb.options, &imported, error, sizeof(error));
	if (!code)
		code = import_write(
			&imported, verb.file, verb.output, verb.overwrite, error, sizeof(error));
	if (code)
		fprintf(stderr, "soak: %s\n", error);
	else if (!verb.quiet)
		say_result(&verb, &imported);
	imported_release(&imported);
	if (code)
		return exit_code_of_error(code);
	return EXIT_PASS;
}
