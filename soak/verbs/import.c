/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak import: a series that another tool recorded becomes a run. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "soak/import/import.h"
#include "soak/judge/wording.h"
#include "soak/verbs/verbs.h"

#define KEYS_MAX 16

struct import_verb {
	struct import_options options;
	const char *keys[KEYS_MAX];
	const char *file, *output;
	bool overwrite, quiet;
};

static int add_key(struct option_value given)
{
	struct import_verb *verb = given.field;

	if (!strchr(given.value, '=') || given.value[0] == '=')
		text_set(given.error, "%s should be NAME=VALUE, as job=api", given.value);
	else if (verb->options.nkeys == KEYS_MAX)
		text_set(given.error, "%d of them are enough", KEYS_MAX);
	else
		verb->keys[verb->options.nkeys++] = given.value;
	return given.error->length ? -EINVAL : 0;
}

static int set_max_size(struct option_value given)
{
	unsigned int mib;
	int code = option_count(option_into(given, &mib));

	if (!code)
		*(size_t *)given.field = (size_t)mib << 20;
	return code;
}

static int set_children(struct option_value given)
{
	struct import_options *options = given.field;
	int choice = 0, code = option_choice(option_into(given, &choice));

	options->without_children = choice;
	options->children_given = true;
	return code;
}

#define FIELD(name) .field = offsetof(struct import_verb, name)
#define DURATION                                                                                   \
	.least = 1, .most = 100 * 31536000e9,                                                      \
	.expects = "a time above zero; write 100ms, 90s, 10m or 1h"

static const char *const formats[] = {"csv", "table", "status", "log", "json", "psrecord", "mprof",
	"atop", "top-mac", "prometheus", "cloudwatch", "datadog", NULL};
static const char *const time_units[] = {"s", "ms", "us", "ns", "min", "h", "iso", NULL};
static const char *const rss_units[] = {"B", "KiB", "MiB", "GiB", "kB", "MB", "GB", "pages", NULL};
static const char *const decimals[] = {"comma", "point", NULL};
static const char *const date_orders[] = {"dmy", "mdy", NULL};
static const char *const children[] = {"add", "ignore", NULL};

static const struct option_row import_rows[] = {
	{"output", 'o', "FILE", "write the run into FILE", 1, option_text, FIELD(output),
		.values = VALUES_FILES},
	{"force", 'f', NULL, "overwrite FILE", 1, option_flag, FIELD(overwrite)},
	{"quiet", 'q', NULL, "print nothing unless something is wrong", 1, option_flag,
		FIELD(quiet)},
	{"format", 0, "FORMAT",
		"csv, table, status, log, json, psrecord, mprof, atop, top-mac, prometheus, "
		"cloudwatch or datadog (default: by its content)",
		1, option_word, FIELD(options.format), formats},
	{"max-size", 0, "MIB", "refuse a larger FILE (default 512)", 1, set_max_size,
		FIELD(options.max_bytes), .least = 1, .most = 65536,
		.expects = "a number of MiB from 1 to 65536"},
	{"max-wait", 0, "DURATION",
		"how long a pipe may deliver nothing (default 60s); ten "
		"times this is the limit for all of FILE",
		1, option_ns, FIELD(options.max_wait_ns), DURATION},
	{"time", 0, "COLUMN", "the column of the time (default: found by its name)", 2, option_text,
		FIELD(options.time)},
	{"rss", 0, "COLUMN",
		"the column of RSS (default: found by its name); without a "
		"header columns are 1, 2, 3",
		2, option_text, FIELD(options.rss)},
	{"ops", 0, "COLUMN", "the column of ops since the start, a count that never falls", 2,
		option_text, FIELD(options.ops)},
	{"marks", 0, "COLUMN",
		"the column of marks: a row whose text in it is another than that of the row "
		"before marks its moment",
		2, option_text, FIELD(options.marks)},
	{"interval", 0, "DURATION", "time between rows, if they have no time", 2, option_ns,
		FIELD(options.interval_ns), DURATION},
	{"time-unit", 0, "UNIT",
		"s, ms, us, ns, min, h or iso (default: found from the name "
		"or the figures)",
		2, option_word, FIELD(options.time_unit), time_units},
	{"rss-unit", 0, "UNIT",
		"B, KiB, MiB, GiB, kB, MB, GB, pages (default: found from "
		"the name, the figures or the format); the kB of ps and "
		"/proc are KiB",
		2, option_word, FIELD(options.rss_unit), rss_units},
	{"decimal", 0, "comma|point",
		"whether 12,345 has a decimal comma (default: found from the "
		"figures)",
		2, option_word, FIELD(options.decimal), decimals},
	{"date-order", 0, "dmy|mdy",
		"whether 3/4/2024 is in April or in March (default: found "
		"from the dates)",
		2, option_word, FIELD(options.date_order), date_orders},
	{"key", 0, "NAME=VALUE",
		"take only rows with this value in column or label NAME; "
		"repeat to narrow further",
		3, add_key},
	{"select", 0, "LABEL=VALUE", "as --key", 3, add_key, .hidden = true},
	{"pid", 0, "PID", "take only this process", 3, option_text, FIELD(options.pid)},
	{"sum", 0, NULL, "add up the series, round by round", 3, option_flag, FIELD(options.sum)},
	{"each", 0, NULL, "make a run of each series: FILE-KEY.soak", 3, option_flag,
		FIELD(options.each)},
	{"children", 0, "add|ignore", "mprof: add the CHLD lines to MEM (default) or ignore them",
		3, set_children, FIELD(options), children},
	{0}};

static const struct option_set options[] = {{.rows = import_rows}, {0}};

static void end(struct argp_state *state, void *into)
{
	const struct import_verb *verb = into;

	if (!verb->output)
		argp_error(state, "missing --output FILE.soak");
	if (verb->options.sum && verb->options.each)
		argp_error(state, "choose either --sum or --each");
}

static void say_result(
	const struct import_verb *verb, const struct imported *imported, const char *output)
{
	const char *notes = text_of(&imported->notes);
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
	if (verb->options.marks)
		fprintf(stderr, "soak: note: %zu mark%s: soak export --table marks\n",
			imported->marks, imported->marks == 1 ? "" : "s");
	fprintf(stderr,
		"soak: %zu samples over %s from %s (%s; time: %s; RSS: %s%s%s%s%s), "
		"recorded in %s\n",
		imported->n, say_clock(seconds).text, verb->file, imported->format,
		text_of(&imported->time_from), text_of(&imported->rss_from),
		imported->ops_from.length ? "; ops: " : "", text_of(&imported->ops_from),
		imported->series.length ? "; " : "", text_of(&imported->series), output);
}

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* out.soak becomes out-KEY.soak; characters other than letters, digits, - and . become _. */
static void name_output(
	const struct import_verb *verb, const struct imported *imported, char *name, size_t size)
{
	const char *output = verb->output, *slash = strrchr(output, '/');
	const char *dot = strrchr(slash ? slash : output, '.');
	int stem = dot ? (int)(dot - output) : (int)strlen(output);
	const char *key = text_of(&imported->series);
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
	scoped_text error = {0};
	char output[4096];

	for (size_t i = 0; i < set->n; i++) {
		int code;

		if (verb->options.each)
			name_output(verb, &set->series[i], output, sizeof(output));
		else
			snprintf(output, sizeof(output), "%s", verb->output);
		code = import_write(&set->series[i], verb->file, output, verb->overwrite, &error);
		if (code) {
			fprintf(stderr, "soak: %s\n", text_of(&error));
			return code;
		}
		if (!verb->quiet)
			say_result(verb, &set->series[i], output);
	}
	return 0;
}

static int cmd_import(int argc, char **argv)
{
	struct import_verb verb = {0};
	struct import_set set;
	scoped_text error = {0};
	int code;

	verb_parse(&verb_import, argc, argv, &verb);
	verb.options.keys = verb.keys;
	if (same_file(verb.file, verb.output)) {
		fprintf(stderr, "soak: %s is the input file: give --output another name\n",
			verb.output);
		return EXIT_USAGE;
	}
	code = import_read(verb.file, &verb.options, &set, &error);
	if (code)
		fprintf(stderr, "soak: %s\n", text_of(&error));
	else
		code = write_all(&verb, &set);
	import_set_release(&set);
	return code ? exit_code_of_error(code) : EXIT_PASS;
}

const struct verb verb_import = {.name = "import",
	.does = "make a run from a series that another tool recorded",
	.arguments = "FILE",
	.doc = "Make a run of a series that another tool recorded, so that soak check, plot "
	       "and export work on it. FILE is CSV, columns separated by blanks (ps, top "
	       "-b, pidstat -r, docker stats, kubectl top), /proc/PID/status in a loop, a "
	       "log, JSON lines, a log of psrecord, a file of mprof run, what atop -P PRM or top "
	       "-l of macOS prints, or the "
	       "answer of Prometheus, CloudWatch or Datadog to a query; - is standard "
	       "input. soak import reports which columns it used.",
	.after = "Examples:\n"
		 "  soak import rss.csv --time when --rss mem --rss-unit MiB -o rss.soak\n"
		 "  pidstat -r -p 4711 10 >app.txt; soak import app.txt -o app.soak\n"
		 "  docker stats --format json >all.json; soak import all.json --key Name=api "
		 "--interval 1s -o api.soak\n"
		 "  mprof run -o app.dat ./app; soak import app.dat -o app.soak\n"
		 "  curl -s \"$URL/api/v1/query_range?query=$QUERY\" | soak import - -o "
		 "api.soak\n"
		 "  soak check app.soak\n\n"
		 "Rules that need what was not imported are NOT JUDGED, unless asked for by "
		 "--set.",
	.options = options,
	.one = "FILE",
	.file = offsetof(struct import_verb, file),
	.required = true,
	.end = end,
	.run = cmd_import};
