/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak audit: who made the system calls of a recording. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/judge/excluded.h"
#include "soak/judge/run_input.h"
#include "soak/report/audit.h"
#include "soak/report/growth.h"
#include "soak/report/heap_account.h"
#include "soak/report/heap_pprof.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/judge_options.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

enum audit_format { AUDIT_TEXT, AUDIT_JSON, AUDIT_FOLDED, AUDIT_PPROF };

struct audit_verb {
	struct judge_settings settings;
	struct audit_options options;
	enum audit_format format;
	enum audit_weight weight;
	double warmup_s;
	const char *file;
	bool phase_given, keys_given;
	bool growth;
	const char *window; /* of growth; NULL: the steady one */
	enum heap_by heap;  /* of the live heap, instead of calls */
	const char *at;     /* when; NULL: at the end */
};

static int set_keys(struct option_value given)
{
	struct audit_verb *verb = given.field;

	verb->options.keys = 0;
	verb->keys_given = true;
	for (;; given.value++) {
		char word[64];
		int k = 0;

		snprintf(word, sizeof(word), "%.*s", (int)strcspn(given.value, ","), given.value);
		while (given.row->choices[k] && strcmp(given.row->choices[k], word) != 0)
			k++;
		if (!given.row->choices[k]) {
			choice_unknown(given.error, "key", word, given.row->choices, NULL);
			return -EINVAL;
		}
		if (k > ACCOUNT_CALLER)
			verb->heap = k == ACCOUNT_CALLER + 1 ? HEAP_BY_SITE : HEAP_BY_FUNCTION;
		else
			verb->options.keys |= 1u << k;
		given.value += strcspn(given.value, ",");
		if (!*given.value)
			return 0;
	}
}

static int set_phase(struct option_value given)
{
	struct audit_verb *verb = given.field;

	verb->phase_given = true;
	return option_choice(option_into(given, &verb->options.phase));
}

static int choose(struct audit_verb *verb, enum audit_format format, struct text *error)
{
	if (verb->format != AUDIT_TEXT && verb->format != format)
		return text_fail(error, -EINVAL, "choose one format: --json, --folded or --pprof");
	verb->format = format;
	return 0;
}

static int set_json(struct option_value given)
{
	return choose(given.field, AUDIT_JSON, given.error);
}

static int set_folded(struct option_value given)
{
	struct audit_verb *verb = given.field;
	int code = choose(verb, AUDIT_FOLDED, given.error);

	verb->weight = WEIGHT_CALLS;
	return code || !given.value ? code : option_choice(option_into(given, &verb->weight));
}

static int set_pprof(struct option_value given)
{
	return choose(given.field, AUDIT_PPROF, given.error);
}

static int set_growth(struct option_value given)
{
	struct audit_verb *verb = given.field;

	verb->growth = true;
	verb->window = given.value;
	return given.value ? excluded_check(given.value, given.error) : 0;
}

#define FIELD(name) .field = offsetof(struct audit_verb, name)

static const char *const keys[] = {
	"phase", "syscall", "kind", "process", "caller", "site", "function", NULL};
static const char *const phases[] = {"start-up", "warm-up", "steady", "tear-down", "all", NULL};
static const char *const weights[] = {"calls", "bytes", "ns", NULL};

_Static_assert(PHASE_COUNT == 4 && ACCOUNT_STACK == 5, "keys and phases are in the enums' order");

static const struct option_row audit_rows[] = {
	{"by", 0, "KEYS",
		"group by phase, syscall, kind, process, caller, or several "
		"of these separated by commas (default caller,syscall,kind; "
		"without callers syscall,kind); or, of a run with "
		"--heap-sampling, the live heap by site (call stack) or function",
		0, set_keys, .choices = keys},
	{"phase", 0, "PHASE",
		"start-up, warm-up, steady, tear-down or all (default "
		"steady; all for --folded and for a run without a steady "
		"window)",
		0, set_phase, .choices = phases},
	{"top", 0, "N",
		"show the N rows with the most calls, or the largest growth (default 20); 0: all",
		0, option_count, FIELD(options.top), .most = 1e9, .expects = "a number of rows"},
	{"growth", 0, "FROM..TO",
		"show which mappings grew between two times since the start or two marks "
		"(default: the steady window), those that changed most first",
		0, set_growth, .optional = true},
	{"at", 0, "TIME|MARK",
		"with --by site or function: the live heap at that time (default: end)", 0,
		option_text, FIELD(at)},
	{"json", 0, NULL, "one JSON object", 0, set_json},
	{"folded", 0, "calls|bytes|ns",
		"folded stacks for flamegraph.pl or speedscope, weighted by "
		"calls (default), bytes, or time (ns; needs a run with "
		"--latency)",
		0, set_folded, .choices = weights, .optional = true},
	{"pprof", 0, NULL,
		"with --by site: a profile for pprof, speedscope and the like (profile.proto, "
		"gzipped)",
		0, set_pprof},
	{"set", 0, "syscall_budget=VALUE", "set the budget", 0, judge_option_set, FIELD(settings),
		.values = VALUES_RULES},
	{JUDGE_EXCLUDE, FIELD(settings)},
	{"warmup", 'w', "TIME|auto", "leave out the first TIME, as for soak check", 0,
		option_warmup, FIELD(warmup_s), .expects = OPTION_WARMUP_EXPECTS},
	{0}};

static const struct option_set options[] = {{.rows = audit_rows}, {0}};

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

static int report_growth(const struct audit_verb *verb, struct run *run,
	const struct judgement *judgement, struct text *error)
{
	struct growth_options wanted = {
		.top = verb->options.top, .confidence = verb->settings.confidence};
	struct growth growth;
	int code = run_input_window(run, judgement, verb->window, &wanted.window, error);

	if (code)
		return code;
	code = growth_measure(run, &wanted, &growth);
	if (code == -ENOENT)
		return text_fail(
			error, code, "it has no mappings; only soak run and attach record them");
	if (code == -ENODATA)
		return text_fail(error, code,
			"fewer than two readings of the mappings lie from %.1f s to %.1f s: choose "
			"a longer window by --growth=FROM..TO",
			wanted.window.from_s, wanted.window.to_s);
	if (code)
		return text_fail(error, code, "%s", strerror(-code));
	if (verb->format == AUDIT_JSON)
		code = growth_json(stdout, &growth, &wanted);
	else
		growth_print(stdout, run, &growth, &wanted);
	growth_release(&growth);
	return code;
}

/* A moment is where the window up to it ends. */
static int find_moment(const struct audit_verb *verb, struct run *run,
	const struct judgement *judgement, struct judge_window *ret_window, struct text *error)
{
	scoped_text window = {0};

	*ret_window = (struct judge_window){0, INFINITY};
	if (!verb->at)
		return 0;
	text_set(&window, "..%s", verb->at);
	if (excluded_check(text_of(&window), error))
		return -EINVAL;
	return run_input_window(run, judgement, text_of(&window), ret_window, error);
}

static int print_heap(const struct audit_verb *verb, struct run *run,
	const struct heap_account *account, const struct heap_account_options *wanted)
{
	if (verb->format == AUDIT_JSON)
		return heap_account_json(stdout, account, wanted);
	if (verb->format == AUDIT_PPROF)
		return heap_pprof_write(STDOUT_FILENO, account);
	if (verb->format == AUDIT_FOLDED)
		heap_account_folded(stdout, account);
	else
		heap_account_print(stdout, run, account, wanted);
	return 0;
}

static int report_heap(const struct audit_verb *verb, struct run *run,
	const struct judgement *judgement, struct text *error)
{
	struct heap_account_options wanted = {.by = verb->heap,
		.growth = verb->growth,
		.top = verb->options.top,
		.confidence = verb->settings.confidence};
	struct judge_window window;
	struct heap_account account;
	int code = verb->growth ? run_input_window(run, judgement, verb->window, &window, error)
				: find_moment(verb, run, judgement, &window, error);

	if (code)
		return code;
	wanted.from_s = window.from_s;
	wanted.to_s = window.to_s;
	code = heap_account_measure(run, &wanted, &account);
	if (code == -ENOENT || code == -ENODATA)
		return text_fail(error, code,
			"no allocations were sampled: record it with soak run --heap-sampling");
	if (code)
		return text_fail(error, code, "%s", strerror(-code));
	code = print_heap(verb, run, &account, &wanted);
	heap_account_release(&account);
	return code;
}

static int audit_growth(struct audit_verb *verb, struct run *run, const struct judgement *judgement)
{
	scoped_text error = {0};
	int code = (verb->heap ? report_heap : report_growth)(verb, run, judgement, &error);

	if (close_after_reading(run, 0))
		return EXIT_CANNOT_RUN;
	if (code)
		fprintf(stderr, "soak: %s: %s\n", verb->file, text_of(&error));
	return code == -EINVAL ? EXIT_USAGE : code ? EXIT_CANNOT_RUN : EXIT_PASS;
}

static bool has_times(struct run *run)
{
	const double *ns = run_series(run, METRIC_churn_ns);

	for (size_t i = 0; ns && i < run_sample_count(run); i++)
		if (ns[i] > 0)
			return true;
	return false;
}

static int audit_calls(struct audit_verb *verb, struct run *run, const struct judgement *judgement)
{
	int code;

	/* too short to have a steady phase: when a call came is then worth a column */
	if (judgement->from_s > judgement->to_s && !verb->phase_given) {
		verb->options.phase = PHASE_COUNT;
		if (!verb->keys_given)
			verb->options.keys |= 1u << ACCOUNT_PHASE;
	}
	if (verb->format == AUDIT_FOLDED && verb->weight == WEIGHT_NS && !has_times(run)) {
		fprintf(stderr,
			"soak: %s has no times of calls: record it with soak run --latency\n",
			verb->file);
		return close_after_reading(run, EXIT_USAGE);
	}
	if (!verb->keys_given && !run_account_has(run, verb->options.keys))
		verb->options.keys &= ~(1u << ACCOUNT_CALLER);
	code = report(verb, run, judgement);
	if (close_after_reading(run, 0))
		return EXIT_CANNOT_RUN;
	if (code == -ENOENT)
		fprintf(stderr,
			"soak: %s has no callers: it was recorded with --no-callers, "
			"without kernel probes or by an older soak, or the target "
			"made no call; --by syscall,process or soak check may show "
			"the counts\n",
			verb->file);
	else if (code)
		fprintf(stderr, "soak: cannot read %s: %s\n", verb->file, strerror(-code));
	return code ? EXIT_CANNOT_RUN : EXIT_PASS;
}

static int cmd_audit(int argc, char **argv)
{
	struct audit_verb verb = {.warmup_s = NAN,
		.options = {1u << ACCOUNT_CALLER | 1u << ACCOUNT_SYSCALL | 1u << ACCOUNT_KIND,
			PHASE_STEADY, 20}};
	struct judgement judgement;
	struct run *run;
	int code;

	judge_settings_init(&verb.settings);
	verb_parse(&verb_audit, argc, argv, &verb);
	if (verb.format == AUDIT_FOLDED && !verb.phase_given)
		verb.options.phase = PHASE_COUNT;
	code = open_and_judge(verb.file, verb.warmup_s, &verb.settings, &run, &judgement);
	if (code)
		return code;
	code = (verb.growth || verb.heap ? audit_growth : audit_calls)(&verb, run, &judgement);
	judgement_release(&judgement);
	return code;
}

static void end(struct argp_state *state, void *into)
{
	const struct audit_verb *verb = into;

	if (verb->heap && (verb->options.keys || verb->phase_given))
		argp_error(state, "--by site and --by function are of the live heap, not of calls: "
				  "name one of them alone, without --phase");
	if (verb->format == AUDIT_PPROF && isatty(STDOUT_FILENO))
		argp_error(state, "--pprof writes what no terminal shows: redirect it to a file");
	if ((verb->format == AUDIT_PPROF || verb->format == AUDIT_FOLDED) &&
		verb->heap == HEAP_BY_FUNCTION)
		argp_error(state, "--folded and --pprof are of whole stacks: use --by site");
	if (verb->format == AUDIT_PPROF && !verb->heap)
		argp_error(state, "--pprof is of the live heap: use it with --by site");
	if (verb->at && (!verb->heap || verb->growth))
		argp_error(state, "--at is a moment of the live heap: use it with --by site or "
				  "--by function, without --growth");
	if (verb->growth && !verb->heap &&
		(verb->format == AUDIT_FOLDED || verb->phase_given || verb->keys_given))
		argp_error(state, "--growth is of mappings, or by site or function of the live "
				  "heap: leave out --by, --phase and --folded");
}

const struct verb verb_audit = {.name = "audit",
	.does = "show who made the system calls, what grew, or who holds the live heap",
	.arguments = "RUN",
	.doc = "Account for the system calls of a recording: calls, bytes, "
	       "errors and time in the kernel, by phase and by caller.",
	.after = "Examples:\n"
		 "  soak audit run.soak\n"
		 "  soak audit run.soak --by phase,syscall --phase all\n"
		 "  soak audit run.soak --by process --top 0\n"
		 "  soak audit run.soak --growth=10m..1h\n"
		 "  soak audit run.soak --growth=deployed..\n"
		 "  soak audit run.soak --by site\n"
		 "  soak audit run.soak --by function --growth=10m..\n"
		 "  soak audit run.soak --by site --pprof > heap.pb.gz\n"
		 "  soak audit run.soak --folded | flamegraph.pl --countname calls > "
		 "calls.svg\n\n"
		 "A caller is the first frame outside libc, ld.so, allocators and standard "
		 "libraries: docs/callers.md.",
	.options = options,
	.one = "RUN",
	.file = offsetof(struct audit_verb, file),
	.required = true,
	.end = end,
	.run = cmd_audit};
