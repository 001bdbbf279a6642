/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak audit: who made the system calls of a recording. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "soak/report/audit.h"
#include "soak/verbs/duration.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

enum { KEY_BY = 256, KEY_PHASE, KEY_TOP, KEY_JSON, KEY_FOLDED, KEY_SET };

enum audit_format { AUDIT_TEXT, AUDIT_JSON, AUDIT_FOLDED };

struct audit_verb {
	struct judge_settings settings;
	struct audit_options options;
	enum audit_format format;
	enum audit_weight weight;
	double warmup_s;
	const char *file;
	bool phase_given, keys_given;
};

static const struct argp_option options[] = {
	{"by", KEY_BY, "KEYS", 0,
		"phase, syscall, kind, process, caller, or several with commas between "
		"(default caller,syscall,kind; of a run without callers syscall,kind)",
		0},
	{"phase", KEY_PHASE, "PHASE", 0,
		"start-up, warm-up, steady, tear-down or all (default steady; for --folded, and of "
		"a run without a steady window, all)",
		0},
	{"top", KEY_TOP, "N", 0, "show the N rows with the most calls (default 20); 0: all", 0},
	{"json", KEY_JSON, NULL, 0, "one JSON object", 0},
	{"folded", KEY_FOLDED, "calls|bytes|ns", OPTION_ARG_OPTIONAL,
		"folded stacks for flamegraph.pl or speedscope, weighed by calls (default), bytes, "
		"or time (ns, of a run with --latency)",
		0},
	{"set", KEY_SET, "syscall_budget=VALUE", 0, "another budget", 0},
	{"warmup", 'w', "TIME|auto", 0, "as soak check", 0}, {0}};

static void parse_keys(struct audit_verb *verb, char *list, struct argp_state *state)
{
	static const char *const names[ACCOUNT_STACK + 1] = {
		"phase", "syscall", "kind", "process", "caller"};
	char *rest = list, *word, error[256];

	verb->options.keys = 0;
	verb->keys_given = true;
	while ((word = strsep(&rest, ","))) {
		int k = 0;

		while (k < ACCOUNT_STACK && strcmp(names[k], word) != 0)
			k++;
		if (k == ACCOUNT_STACK) {
			choice_unknown(error, sizeof(error), "key", word, names, NULL);
			argp_error(state, "--by: %s", error);
		}
		verb->options.keys |= 1u << k;
	}
}

static void parse_phase(struct audit_verb *verb, const char *name, struct argp_state *state)
{
	const char *names[PHASE_COUNT + 2] = {NULL};
	char error[CHOICE_TEXT];
	int p = 0;

	verb->phase_given = true;
	for (int i = 0; i < PHASE_COUNT; i++)
		names[i] = account_phase_name(i);
	names[PHASE_COUNT] = "all";
	while (names[p] && strcmp(names[p], name) != 0)
		p++;
	if (!names[p]) {
		choice_unknown(error, sizeof(error), "phase", name, names, NULL);
		argp_error(state, "--phase: %s", error);
	}
	verb->options.phase = p;
}

static void parse_weight(struct audit_verb *verb, const char *name, struct argp_state *state)
{
	static const char *const names[] = {"calls", "bytes", "ns"};
	int w = 0;

	if (verb->format == AUDIT_JSON)
		argp_error(state, "--json and --folded: one format, please");
	verb->format = AUDIT_FOLDED;
	while (name && w < 3 && strcmp(names[w], name) != 0)
		w++;
	if (w == 3)
		argp_error(state, "--folded: choose calls, bytes or ns, not %s", name);
	verb->weight = w;
}

static void parse_top(struct audit_verb *verb, const char *text, struct argp_state *state)
{
	char *end;
	long top = strtol(text, &end, 10);

	if (end == text || *end || top < 0 || top > 1000000000)
		argp_error(state, "--top: %s is no number of rows", text);
	verb->options.top = top;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct audit_verb *verb = state->input;
	char error[256];

	switch (key) {
	case KEY_BY:
		parse_keys(verb, argument, state);
		return 0;
	case KEY_PHASE:
		parse_phase(verb, argument, state);
		return 0;
	case KEY_TOP:
		parse_top(verb, argument, state);
		return 0;
	case KEY_JSON:
		if (verb->format == AUDIT_FOLDED)
			argp_error(state, "--json and --folded: one format, please");
		verb->format = AUDIT_JSON;
		return 0;
	case KEY_FOLDED:
		parse_weight(verb, argument, state);
		return 0;
	case KEY_SET:
		if (judge_settings_set(&verb->settings, argument, error, sizeof(error)))
			argp_error(state, "--set: %s", error);
		return 0;
	case 'w':
		if (duration_parse_warmup(argument, &verb->warmup_s))
			argp_error(
				state, "--warmup: %s is no time; write 90s, 10m or auto", argument);
		return 0;
	case ARGP_KEY_ARG:
		if (verb->file)
			argp_error(state, "one RUN, please");
		verb->file = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {options, parse, "RUN",
	"The system call budget of a recording as an account: calls, bytes, errors and time in the "
	"kernel, by phase, and who made them.\v"
	"Examples:\n"
	"  soak audit run.soak\n"
	"  soak audit run.soak --by phase,syscall --phase all\n"
	"  soak audit run.soak --by process --top 0\n"
	"  soak audit run.soak --folded | flamegraph.pl --countname calls > calls.svg\n\n"
	"A caller is the first frame outside libc, ld.so, allocators and standard libraries: "
	"docs/callers.md.",
	NULL, NULL, NULL};

static int report(const struct audit_verb *verb, struct run *run, const struct judgement *judgement)
{
	switch (verb->format) {
	case AUDIT_JSON:
		return audit_json(stdout, run, judgement, &verb->options);
	case AUDIT_FOLDED:
		return audit_folded(stdout, run, judgement, &verb->options, verb->weight);
	default:
		return audit_print(stdout, run, judgement, &verb->options);
	}
}

static bool has_times(struct run *run)
{
	const double *ns = run_series(run, METRIC_churn_ns);

	for (size_t i = 0; ns && i < run_sample_count(run); i++)
		if (ns[i] > 0)
			return true;
	return false;
}

int cmd_audit(int argc, char **argv)
{
	struct audit_verb verb = {.warmup_s = NAN,
		.options = {1u << ACCOUNT_CALLER | 1u << ACCOUNT_SYSCALL | 1u << ACCOUNT_KIND,
			PHASE_STEADY, 20}};
	struct judgement judgement;
	struct run *run;
	int code;

	judge_settings_init(&verb.settings);
	argp_parse(&argp, argc, argv, 0, NULL, &verb);
	if (verb.format == AUDIT_FOLDED && !verb.phase_given)
		verb.options.phase = PHASE_COUNT;
	code = open_and_judge(verb.file, verb.warmup_s, &verb.settings, &run, &judgement);
	if (code)
		return code;
	/* too short to have a steady phase: when a call came is then worth a column */
	if (judgement.from_s > judgement.to_s && !verb.phase_given) {
		verb.options.phase = PHASE_COUNT;
		if (!verb.keys_given)
			verb.options.keys |= 1u << ACCOUNT_PHASE;
	}
	if (verb.format == AUDIT_FOLDED && verb.weight == WEIGHT_NS && !has_times(run)) {
		fprintf(stderr,
			"soak: %s has no time of its calls: record it with soak run --latency\n",
			verb.file);
		return close_after_reading(run, EXIT_USAGE);
	}
	if (!verb.keys_given && !run_account_has(run, verb.options.keys))
		verb.options.keys &= ~(1u << ACCOUNT_CALLER);
	code = report(&verb, run, &judgement);
	if (close_after_reading(run, 0))
		return EXIT_CANNOT_RUN;
	if (code == -ENOENT)
		fprintf(stderr,
			"soak: %s has no callers: recorded with --no-callers, without kernel "
			"probes, by an older soak, or of a target that made no call; --by "
			"syscall,process or soak check may have the counts\n",
			verb.file);
	else if (code)
		fprintf(stderr, "soak: cannot read %s: %s\n", verb.file, strerror(-code));
	return code ? EXIT_CANNOT_RUN : EXIT_PASS;
}
