/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak plan: how long a run must be, before it is begun. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "soak/judge/plan.h"
#include "soak/judge/wording.h"
#include "soak/report/json.h"
#include "soak/verbs/judge_and_print.h"
#include "soak/verbs/judge_options.h"
#include "soak/verbs/verbs.h"

struct plan_verb {
	struct judge_settings settings;
	struct plan_program given; /* NAN: not given */
	double violation, warmup_s;
	const char *file;
	bool json;
};

/* RULE=VALUE of a rule's name and its value. */
static int set_target(struct option_value given, const char *rule)
{
	struct plan_verb *verb = given.field;
	scoped_text assignment = {0};

	text_set(&assignment, "%s=%s", rule, given.value);
	return judge_settings_set(&verb->settings, text_of(&assignment), given.error);
}

static int set_budget(struct option_value given)
{
	return set_target(given, "syscall_budget");
}

static int set_drift(struct option_value given)
{
	return set_target(given, "rss_drift");
}

#define FIELD(name) .field = offsetof(struct plan_verb, name)
#define QUANTITY .expects = "a quantity; write 1e-8, 50M, 64MiB or 2%"
#define TIME .expects = "a time; write 100ms, 90s, 10m or 1h"

static const struct option_row plan_rows[] = {
	{"budget", 0, "CALLS", "target of syscall_budget, per op (default 1e-8)", 0, set_budget},
	{"drift", 0, "LIMIT", "target of rss_drift (default 5: per cent an hour), also 20MiB/h", 0,
		set_drift},
	{"set", 0, "RULE=VALUE", "target of any rule; RULE=off leaves the rule out", 0,
		judge_option_set, FIELD(settings), .values = VALUES_RULES},
	{"horizon", 0, "TIME", "judge growth over TIME, by default 20 per cent", 0, option_seconds,
		FIELD(settings.horizon_s), HORIZON_TIME},
	{"violation", 0, "TIMES", "plan to find a program at TIMES the target (default 2)", 0,
		option_quantity, FIELD(violation), QUANTITY},
	{"ops-rate", 0, "NUMBER", "ops per second (default 50M)", 1, option_quantity,
		FIELD(given.ops_per_s), QUANTITY},
	{"rss", 0, "BYTES", "RSS, and memory (default 64MiB)", 1, option_quantity,
		FIELD(given.rss.bytes), QUANTITY},
	{"noise", 0, "SHARE",
		"standard deviation of samples of RSS and memory about their line (default 0.5%)",
		1, option_quantity, FIELD(given.rss.noise), QUANTITY},
	{"ops-noise", 0, "SHARE", "likewise of ops/s, second by second (default 1%)", 1,
		option_quantity, FIELD(given.ops_noise), QUANTITY},
	{"memory", 0, "TIME", "correlation time of both noises (default 0s: white noise)", 1,
		option_seconds, FIELD(given.rss.memory_s), TIME},
	{"faults", 0, "NUMBER", "page faults per second (default: not planned)", 1, option_quantity,
		FIELD(given.faults_per_s), QUANTITY},
	{"interval", 0, "TIME", "between samples (default 100ms)", 1, option_seconds,
		FIELD(given.rss.every_s), TIME},
	{"warmup", 0, "TIME", "warm-up before the window (default 1s, or as found in RUN)", 1,
		option_seconds, FIELD(warmup_s), TIME},
	{"json", 0, NULL, "one JSON object", 2, option_flag, FIELD(json)}, {0}};

static const struct option_set options[] = {{.rows = plan_rows}, {0}};

static void end(struct argp_state *state, void *into)
{
	const struct plan_verb *verb = into;

	if (verb->given.ops_per_s == 0.0 || verb->given.rss.bytes == 0.0 ||
		verb->given.rss.every_s == 0.0)
		argp_error(state, "--ops-rate, --rss and --interval must be more than nothing");
	if (verb->given.ops_noise == 0.0)
		argp_error(state, "--ops-noise: there always is some; write 0.1%%");
	if (!(verb->violation > 1.0))
		argp_error(state, "--violation: must be more than once the target");
}

static void override(double *value, double given)
{
	if (!isnan(given))
		*value = given;
}

/* An RSS that is given is all that the target takes. */
static void override_resident(struct plan_resident *resident, const struct plan_resident *given)
{
	override(&resident->bytes, given->bytes);
	override(&resident->noise, given->noise);
	override(&resident->every_s, given->every_s);
	override(&resident->memory_s, given->memory_s);
	if (!isnan(given->bytes))
		resident->beside_bytes = 0.0;
}

/* Returns 0 or an exit code. */
static int look_at_run(struct plan_verb *verb, struct plan_program *program)
{
	struct judge_settings settings;
	struct judgement judgement;
	struct run *run;
	int code;

	judge_settings_init(&settings);
	settings.profile = "default"; /* figures are wanted, whatever it was judged by */
	settings.skip[RULE_CHURN_BUDGET] = settings.skip[RULE_SYSCALL_RATE] = false;
	code = open_and_judge(verb->file, NAN, &settings, &run, &judgement);
	if (code)
		return code;
	if (plan_program_from(run, &judgement, program)) {
		fprintf(stderr,
			"soak: %s has no steady window to plan from (%s): record a longer run\n",
			verb->file, text_of(&judgement.steady_how));
		code = EXIT_USAGE;
	}
	if (isnan(verb->warmup_s))
		verb->warmup_s = judgement.from_s;
	judgement_release(&judgement);
	return close_after_reading(run, code);
}

static int know_program(struct plan_verb *verb, struct plan_program *program)
{
	const struct plan_program *given = &verb->given;
	int code;

	plan_program_init(program);
	code = verb->file ? look_at_run(verb, program) : 0;
	if (code)
		return code;
	override(&verb->warmup_s, isnan(verb->warmup_s) ? 1.0 : verb->warmup_s);
	override(&program->ops_per_s, given->ops_per_s);
	override_resident(&program->rss, &given->rss);
	override_resident(&program->memory, &given->rss);
	override(&program->ops_noise, given->ops_noise);
	override(&program->ops_memory_s, given->rss.memory_s);
	override(&program->faults_per_s, given->faults_per_s);
	return 0;
}

static double longest(const struct plan_need need[RULE_COUNT])
{
	double seconds = 0.0;

	for (int r = 0; r < RULE_COUNT; r++)
		if (need[r].planned)
			seconds = fmax(seconds, fmax(need[r].pass_s, need[r].detect_s));
	return seconds;
}

static void print_need(double seconds, double ops)
{
	char text[128];

	if (isinf(seconds))
		snprintf(text, sizeof(text), "no run of 30 days");
	else if (isnan(ops))
		snprintf(text, sizeof(text), "%s", say_duration(seconds).text);
	else
		snprintf(text, sizeof(text), "%s: %s ops", say_duration(seconds).text,
			say_count(ops).text);
	printf("  %-24s", text);
}

static void print(const struct plan_verb *verb, const struct plan_program *program,
	const struct plan_need need[RULE_COUNT])
{
	double seconds = longest(need) + verb->warmup_s, rounded_s;

	printf("%s ops, noise %s every %s; RSS %s, noise %s every %s, memory %s\n\n",
		say_rate(program->ops_per_s).text, say_percent(100 * program->ops_noise).text,
		say_duration(program->ops_every_s).text, say_bytes(program->rss.bytes).text,
		say_percent(100 * program->rss.noise).text, say_duration(program->rss.every_s).text,
		say_duration(program->rss.memory_s).text);
	printf("  %-16s %-16s  %-24s  to fail %.3g times the target\n", "rule", "target", "to pass",
		verb->violation);
	for (int r = 0; r < RULE_COUNT; r++) {
		const struct judge_rule_info *info = judge_rule_info(r);
		struct judge_target of;
		char target[64];

		if (!need[r].planned)
			continue;
		of = judge_settings_target(&verb->settings, r);
		snprintf(target, sizeof(target), "%.3g %s", of.value, of.unit.name);
		printf("  %-16s %-16s", info->name, target);
		print_need(need[r].pass_s, need[r].pass_ops);
		print_need(need[r].detect_s, need[r].detect_ops);
		putchar('\n');
	}
	if (isinf(seconds))
		puts("\nSome rule would not be decided: make the run quieter, set another target, "
		     "or switch it off");
	else
		printf("\nWarm-up of %s included: --duration %s\n",
			say_duration(verb->warmup_s).text,
			say_duration_option(seconds, &rounded_s).text);
}

/* Returns 0 or -ENOMEM. */
static int print_json(const struct plan_verb *verb, const struct plan_need need[RULE_COUNT])
{
	cJSON *root = cJSON_CreateObject(), *rules = cJSON_AddArrayToObject(root, "rules");

	json_number(root, "duration_s", longest(need) + verb->warmup_s);
	json_number(root, "power", PLAN_POWER);
	json_number(root, "confidence", verb->settings.confidence);
	json_number(root, "violation", verb->violation);
	for (int r = 0; r < RULE_COUNT; r++) {
		cJSON *rule = need[r].planned ? cJSON_CreateObject() : NULL;
		struct judge_target target;

		if (!rule)
			continue;
		json_text(rule, "rule", judge_rule_info(r)->name);
		target = judge_settings_target(&verb->settings, r);
		json_number(rule, "target", target.value);
		json_text(rule, "unit", target.unit.name);
		json_number(rule, "pass_s", need[r].pass_s);
		json_number(rule, "pass_ops", need[r].pass_ops);
		json_number(rule, "detect_s", need[r].detect_s);
		json_number(rule, "detect_ops", need[r].detect_ops);
		cJSON_AddItemToArray(rules, rule);
	}
	return json_print(stdout, root);
}

static int cmd_plan(int argc, char **argv)
{
	struct plan_verb verb = {.violation = 2.0,
		.warmup_s = NAN,
		.given = {NAN, NAN, NAN, NAN, NAN, {NAN, NAN, NAN, NAN, NAN},
			{NAN, NAN, NAN, NAN, NAN}, NAN, NAN, NAN, NAN}};
	struct plan_need need[RULE_COUNT];
	struct plan_program program;
	int code;

	judge_settings_init(&verb.settings);
	verb_parse(&verb_plan, argc, argv, &verb);
	code = know_program(&verb, &program);
	if (code)
		return code;
	if (plan(&program, &verb.settings, verb.violation, need)) {
		fprintf(stderr, "soak: out of memory\n");
		return EXIT_CANNOT_RUN;
	}
	if (!verb.json)
		print(&verb, &program, need);
	else if (print_json(&verb, need))
		return EXIT_CANNOT_RUN;
	return isinf(longest(need)) ? EXIT_INCONCLUSIVE : EXIT_PASS;
}

const struct verb verb_plan = {.name = "plan",
	.does = "say how long a run must be for its rules to be decided",
	.arguments = "[RUN]",
	.doc = "Say how long a run must be for each rule to PASS a good "
	       "program, and to FAIL a bad one, with a probability of 90 %. "
	       "Describe the program by options, or by RUN, an earlier and "
	       "shorter run.",
	.after = "Examples:\n"
		 "  soak plan --budget 1e-9 --ops-rate 50M\n"
		 "  soak plan --drift 2 --rss 64MiB --noise 2% --memory 30s\n"
		 "  soak plan short.soak --set throughput_cv=off\n\n"
		 "Exit status: 0, or 3 if no run of 30 days would decide some rule.",
	.options = options,
	.one = "RUN",
	.file = offsetof(struct plan_verb, file),
	.end = end,
	.run = cmd_plan};
