/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak import: a series that another tool recorded becomes a run. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "soak/import/import.h"
#include "soak/import/units.h"
#include "soak/judge/wording.h"
#include "soak/verbs/duration.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

#define KEYS_MAX 16

enum {
	KEY_FORMAT = 256,
	KEY_TIME,
	KEY_RSS,
	KEY_OPS,
	KEY_TIME_UNIT,
	KEY_RSS_UNIT,
	KEY_INTERVAL,
	KEY_DECIMAL,
	KEY_DATE_ORDER,
	KEY_KEY,
	KEY_PID,
	KEY_SUM,
	KEY_EACH,
	KEY_CHILDREN,
	KEY_MAX_SIZE,
	KEY_MAX_WAIT
};

struct import_verb {
	struct import_options options;
	const char *keys[KEYS_MAX];
	const char *file, *output;
	bool overwrite, quiet;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "write the run into FILE", 1},
	{"force", 'f', NULL, 0, "overwrite FILE", 1},
	{"quiet", 'q', NULL, 0, "no word unless something is wrong", 1},
	{"format", KEY_FORMAT, "FORMAT", 0, IMPORT_FORMATS " (default: by its content)", 1},
	{"max-size", KEY_MAX_SIZE, "MIB", 0, "read no more than this (default 512)", 1},
	{"max-wait", KEY_MAX_WAIT, "DURATION", 0,
		"how long a pipe may deliver nothing (default 60s); ten times that in all", 1},
	{"time", KEY_TIME, "COLUMN", 0, "the time (default: by its name)", 2},
	{"rss", KEY_RSS, "COLUMN", 0,
		"the RSS (default: by its name); without a header columns are 1, 2, 3", 2},
	{"ops", KEY_OPS, "COLUMN", 0, "ops since the start, a count that never falls", 2},
	{"interval", KEY_INTERVAL, "DURATION", 0, "how far apart rows without a time are", 2},
	{"time-unit", KEY_TIME_UNIT, "UNIT", 0,
		"s, ms, us, ns, min, h or iso (default: as the name says, or by the figures)", 2},
	{"rss-unit", KEY_RSS_UNIT, "UNIT", 0,
		"B, KiB, MiB, GiB, kB, MB, GB, pages (default: as the name, the figures or the "
		"format say); the kB of ps and /proc are KiB",
		2},
	{"decimal", KEY_DECIMAL, "comma|point", 0, "what 12,345 is (default: by the figures)", 2},
	{"date-order", KEY_DATE_ORDER, "dmy|mdy", 0, "what 3/4/2024 is (default: by the dates)", 2},
	{"key", KEY_KEY, "NAME=VALUE", 0,
		"of several series the one with this value in column or label NAME; all of several",
		3},
	{"select", KEY_KEY, "LABEL=VALUE", OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
	{"pid", KEY_PID, "PID", 0, "of several processes this one", 3},
	{"sum", KEY_SUM, NULL, 0, "add up what the same round saw", 3},
	{"each", KEY_EACH, NULL, 0, "a run of each series: FILE-KEY.soak", 3},
	{"children", KEY_CHILDREN, "add|ignore", 0,
		"mprof: add its CHLD lines to MEM (default), or not", 3},
	{0}};

static void parse_unit(
	struct argp_state *state, const char *name, const char *text, bool known, const char *all)
{
	if (!known)
		argp_error(state, "--%s: choose %s, not %s", name, all, text);
}

static void parse_key(struct argp_state *state, struct import_verb *verb, const char *text)
{
	if (!strchr(text, '=') || text[0] == '=')
		argp_error(state, "--key: %s should be NAME=VALUE, as job=api", text);
	if (verb->options.nkeys == KEYS_MAX)
		argp_error(state, "--key: %d of them are enough", KEYS_MAX);
	verb->keys[verb->options.nkeys++] = text;
}

static bool is_either(const char *text, const char *one, const char *other)
{
	return strcmp(text, one) == 0 || strcmp(text, other) == 0;
}

static int64_t parse_duration(struct argp_state *state, const char *name, const char *text)
{
	uint64_t ns;

	if (duration_parse(text, &ns) || !ns)
		argp_error(state, "--%s: invalid duration '%s' (examples: 100ms, 90s, 10m, 1h)",
			name, text);
	return (int64_t)ns;
}

static size_t parse_mib(struct argp_state *state, const char *text)
{
	char *end;
	unsigned long mib = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || !mib || mib > 65536)
		argp_error(state, "--max-size: choose 1 to 65536 MiB, not %s", text);
	return mib << 20;
}

static void parse_reading(struct argp_state *state, int key, const char *argument)
{
	struct import_options *chosen = &((struct import_verb *)state->input)->options;

	switch (key) {
	case KEY_INTERVAL:
		chosen->interval_ns = parse_duration(state, "interval", argument);
		break;
	case KEY_MAX_WAIT:
		chosen->max_wait_ns = parse_duration(state, "max-wait", argument);
		break;
	case KEY_MAX_SIZE:
		chosen->max_bytes = parse_mib(state, argument);
		break;
	case KEY_DECIMAL:
		if (!is_either(argument, "comma", "point"))
			argp_error(state, "--decimal: choose comma or point, not %s", argument);
		chosen->decimal = argument;
		break;
	default:
		if (!is_either(argument, "dmy", "mdy"))
			argp_error(state, "--date-order: choose dmy or mdy, not %s", argument);
		chosen->date_order = argument;
	}
}

static void check_format(struct argp_state *state, const char *format)
{
	static const char *const formats[] = {
		"csv", "table", "status", "log", "json", "psrecord", "mprof", "prometheus", NULL};
	char error[CHOICE_TEXT];

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
		parse_key(state, verb, argument);
	}
}

/* What needs no check. */
static void take_word(struct import_options *chosen, int key, const char *argument)
{
	switch (key) {
	case KEY_TIME:
		chosen->time = argument;
		break;
	case KEY_RSS:
		chosen->rss = argument;
		break;
	case KEY_OPS:
		chosen->ops = argument;
		break;
	case KEY_PID:
		chosen->pid = argument;
		break;
	case KEY_SUM:
		chosen->sum = true;
		break;
	default:
		chosen->each = true;
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
	case KEY_RSS:
	case KEY_OPS:
	case KEY_PID:
	case KEY_SUM:
	case KEY_EACH:
		take_word(&verb->options, key, argument);
		return 0;
	case KEY_FORMAT:
	case KEY_TIME_UNIT:
	case KEY_RSS_UNIT:
	case KEY_KEY:
	case KEY_CHILDREN:
		parse_choice(state, key, argument);
		return 0;
	case KEY_INTERVAL:
	case KEY_DECIMAL:
	case KEY_DATE_ORDER:
	case KEY_MAX_SIZE:
	case KEY_MAX_WAIT:
		parse_reading(state, key, argument);
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
		if (verb->options.sum && verb->options.each)
			argp_error(state, "--sum and --each: choose one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "FILE",
	"Make a run of a series that another tool recorded, so that soak check, plot and export "
	"work on it. FILE is CSV, columns separated by blanks (ps, top -b, pidstat -r, docker "
	"stats, kubectl top), /proc/PID/status in a loop, a log, JSON lines, a log of psrecord, a "
	"file of mprof run, or what Prometheus answers to a range query; - is standard input. It "
	"says what it took for what.\v"
	"Examples:\n"
	"  soak import rss.csv --time when --rss mem --rss-unit MiB -o rss.soak\n"
	"  pidstat -r -p 4711 10 >app.txt; soak import app.txt -o app.soak\n"
	"  docker stats --format json >all.json; soak import all.json --key Name=api --interval 1s "
	"-o api.soak\n"
	"  mprof run -o app.dat ./app; soak import app.dat -o app.soak\n"
	"  curl -s \"$URL/api/v1/query_range?query=$QUERY\" | soak import - -o api.soak\n"
	"  soak check app.soak\n\n"
	"Rules that need what was not imported are NOT JUDGED, unless asked for by --set.",
	NULL, NULL, NULL};

static void say_result(
	const struct import_verb *verb, const struct imported *imported, const char *output)
{
	const char *notes = imported->notes;
	double seconds =
		(double)(imported->rows[imported->n - 1].t_ns - imported->rows[0].t_ns) / 1e9;

	while (*notes) {
		int length = (int)strcspn(notes, "\n");

		fprintf(stderr, "soak: note: %.*s\n", length, notes);
		notes += length + (notes[length] == '\n');
	}
	if (imported->segments > 1)
		fprintf(stderr,
			"soak: note: %zu segments, %zu restart%s: soak export --table events\n",
			imported->segments, imported->restarts, imported->restarts == 1 ? "" : "s");
	fprintf(stderr,
		"soak: %zu samples over %s from %s (%s; time: %s; RSS: %s%s%s%s%s), "
		"recorded in %s\n",
		imported->n, say_clock(seconds).text, verb->file, imported->format,
		imported->time_from, imported->rss_from, imported->ops_from[0] ? "; ops: " : "",
		imported->ops_from, imported->series[0] ? "; " : "", imported->series, output);
}

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* out.soak becomes out-KEY.soak; what is no plain letter becomes _. */
static void name_output(
	const struct import_verb *verb, const struct imported *imported, char *name, size_t size)
{
	const char *output = verb->output, *slash = strrchr(output, '/');
	const char *dot = strrchr(slash ? slash : output, '.');
	int stem = dot ? (int)(dot - output) : (int)strlen(output);
	const char *key = imported->series;
	char plain[100];
	size_t n = 0;

	for (; *key && n + 1 < sizeof(plain); key++) {
		if (isalnum((unsigned char)*key) || strchr("-.", *key))
			plain[n++] = *key;
		else if (n && plain[n - 1] != '_')
			plain[n++] = '_';
	}
	plain[n] = '\0';
	snprintf(name, size, "%.*s-%s%s", stem, output, plain, output + stem);
}

static int write_all(const struct import_verb *verb, const struct import_set *set)
{
	char output[4096], error[2048] = "";

	for (size_t i = 0; i < set->n; i++) {
		int code;

		if (verb->options.each)
			name_output(verb, &set->series[i], output, sizeof(output));
		else
			snprintf(output, sizeof(output), "%s", verb->output);
		code = import_write(
			&set->series[i], verb->file, output, verb->overwrite, error, sizeof(error));
		if (code) {
			fprintf(stderr, "soak: %s\n", error);
			return code;
		}
		if (!verb->quiet)
			say_result(verb, &set->series[i], output);
	}
	return 0;
}

int cmd_import(int argc, char **argv)
{
	struct import_verb verb = {0};
	struct import_set set;
	char error[2048];
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &verb);
	verb.options.keys = verb.keys;
	if (same_file(verb.file, verb.output)) {
		fprintf(stderr, "soak: %s is what is to be read: give --output another name\n",
			verb.output);
		return EXIT_USAGE;
	}
	code = import_read(verb.file, &verb.options, &set, error, sizeof(error));
	if (code)
		fprintf(stderr, "soak: %s\n", error);
	else
		code = write_all(&verb, &set);
	import_set_release(&set);
	return code ? exit_code_of_error(code) : EXIT_PASS;
}
