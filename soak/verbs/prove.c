/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak prove: would this gate see a fault? Plants some, and prints which rules failed by them. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/engines/prove.h"
#include "soak/judge/wording.h"
#include "soak/report/json.h"
#include "soak/verbs/job.h"
#include "soak/verbs/quantity.h"
#include "soak/verbs/verbs.h"

#define EXIT_INTERRUPTED (128 + SIGINT)

struct prove_verb {
	struct observe observe; /* first: job_parse() fills it */
	bool json;
	double size[PROVE_FAULTS];
	char folder[PATH_MAX];
	bool temporary; /* the folder */
};

static const char *const outcomes[] = {[PROVE_AS_WANTED] = "yes",
	[PROVE_NOT_AS_WANTED] = "NO",
	[PROVE_OPEN] = "open",
	[PROVE_LEFT_OUT] = "-"};

static const char *const units[] = {
	[PROVE_LEAK] = "bytes/h", [PROVE_CHURN] = "pairs/s", [PROVE_SLOW] = "%"};

/* ---- the table ------------------------------------------------------------------------------- */

static struct phrase say_size(enum prove_fault fault, double size)
{
	struct phrase text = {"-"};

	if (isnan(size))
		return text;
	if (fault == PROVE_SLOW)
		return say_percent(size);
	if (fault == PROVE_LEAK)
		snprintf(text.text, sizeof(text.text), "%.40s/h", say_bytes(size).text);
	else
		snprintf(text.text, sizeof(text.text), "%.3g pairs/s", size);
	return text;
}

static void print_case(const struct prove *prove, enum prove_fault fault)
{
	const struct prove_case *one = &prove->cases[fault];
	bool first = true;

	for (int r = 0; r < RULE_COUNT; r++) {
		if (!one->rules[r].asked || one->rules[r].verdict == VERDICT_NOT_JUDGED)
			continue;
		printf("  %-9s %-14s %-16s %-13s %s\n", first ? prove_name(fault) : "",
			first ? say_size(fault, one->size).text : "", judge_rule_info(r)->name,
			isnan(one->size) && fault != PROVE_NOTHING
				? "-"
				: verdict_name(one->rules[r].verdict),
			first ? outcomes[one->outcome] : "");
		first = false;
	}
	if (first)
		printf("  %-9s %-14s %-16s %-13s %s\n", prove_name(fault), "-", "-", "-",
			outcomes[one->outcome]);
	if (one->why[0])
		printf("            %s\n", one->why);
}

static void print(const struct prove *prove, const char *title, const char *allocator)
{
	printf("%s  %s, allocator %s\n", verdict_name(prove_verdict(prove)), title, allocator);
	printf("  %-9s %-14s %-16s %-13s %s\n", "planted", "size", "rule", "verdict", "as wanted");
	for (int f = 0; f < PROVE_FAULTS; f++)
		print_case(prove, f);
	if (isnan(prove->leak_bytes_per_h))
		puts("  the smallest leak that such a run finds: not known");
	else
		printf("  the smallest leak that such a run finds, 9 times in 10: %.3g %%/h, "
		       "%s/h\n",
			prove->leak_pct_per_h, say_bytes(prove->leak_bytes_per_h).text);
}

static cJSON *case_json(const struct prove *prove, enum prove_fault fault)
{
	static const char *const words[] = {"yes", "no", "open", "left out"};
	const struct prove_case *one = &prove->cases[fault];
	cJSON *object = cJSON_CreateObject(), *rules;

	json_text(object, "planted", prove_name(fault));
	json_number(object, "size", one->size);
	json_text(object, "unit", units[fault]);
	json_text(object, "as_wanted", words[one->outcome]);
	json_text(object, "why", one->why[0] ? one->why : NULL);
	rules = cJSON_AddArrayToObject(object, "rules");
	for (int r = 0; r < RULE_COUNT; r++) {
		cJSON *rule;

		if (!one->rules[r].asked || one->rules[r].verdict == VERDICT_NOT_JUDGED ||
			(fault != PROVE_NOTHING && isnan(one->size)))
			continue;
		rule = cJSON_CreateObject();
		json_text(rule, "rule", judge_rule_info(r)->name);
		json_text(rule, "verdict", verdict_name(one->rules[r].verdict));
		cJSON_AddItemToArray(rules, rule);
	}
	return object;
}

static cJSON *json(const struct prove *prove, const struct job_variant *variant)
{
	cJSON *object = cJSON_CreateObject(), *cases;

	json_text(object, "variant", variant->name);
	json_text(object, "allocator", variant->allocator);
	json_text(object, "verdict", verdict_name(prove_verdict(prove)));
	json_number(object, "smallest_leak_pct_per_h", prove->leak_pct_per_h);
	json_number(object, "smallest_leak_bytes_per_h", prove->leak_bytes_per_h);
	cases = cJSON_AddArrayToObject(object, "cases");
	for (int f = 0; f < PROVE_FAULTS; f++)
		cJSON_AddItemToArray(cases, case_json(prove, f));
	return object;
}

/* ---- the runs -------------------------------------------------------------------------------- */

static void say_run(const struct prove *prove, enum prove_fault fault, double size)
{
	if (fault == PROVE_NOTHING)
		fprintf(stderr, "soak: the target as it is, %s\n",
			prove->session.duration_ns
				? say_duration(prove->session.duration_ns / 1e9).text
				: "until it ends");
	else
		fprintf(stderr, "soak: the same with a fault: %s, %s\n", prove_name(fault),
			say_size(fault, size).text);
}

static void show_warning(void *context, enum session_warning kind, const char *text)
{
	(void)context;
	(void)kind;
	fprintf(stderr, "soak: warning: %s\n", text);
}

/* FOLDER, or of several variants FOLDER/VARIANT. Returns an exit code. */
static int make_folder(const struct prove_verb *verb, const struct job *job,
	const struct job_variant *variant, char *ret_path, size_t size)
{
	char file[2 * PATH_MAX];
	int code;

	snprintf(ret_path, size, "%s%s%s", verb->folder, job->n > 1 ? "/" : "",
		job->n > 1 ? variant->name : "");
	code = job_make_folder(ret_path, verb->observe.session.user);
	if (code) {
		fprintf(stderr, "soak: cannot make the folder %s: %s\n", ret_path, strerror(-code));
		return exit_code_of_error(code);
	}
	for (int f = 0; f < PROVE_FAULTS && !verb->observe.session.overwrite; f++) {
		snprintf(file, sizeof(file), "%s/%s.soak", ret_path, prove_name(f));
		if (access(file, F_OK))
			continue;
		fprintf(stderr, "soak: %s exists; --force overwrites it\n", file);
		return EXIT_USAGE;
	}
	return EXIT_PASS;
}

static void remove_folder(const struct prove_verb *verb, const char *folder)
{
	char file[2 * PATH_MAX];

	for (int f = 0; f < PROVE_FAULTS && verb->temporary; f++) {
		snprintf(file, sizeof(file), "%s/%s.soak", folder, prove_name(f));
		unlink(file);
	}
	if (verb->temporary)
		rmdir(folder);
}

/* Proves one variant, prints or adds to `array`. Returns an exit code. */
static int prove_one(
	const struct prove_verb *verb, struct job *job, struct job_variant *variant, cJSON *array)
{
	struct observe observe = verb->observe;
	struct prove *prove = calloc(1, sizeof(*prove));
	char folder[PATH_MAX + JOB_NAME_SIZE], error[1024] = "";
	int code =
		prove ? make_folder(verb, job, variant, folder, sizeof(folder)) : EXIT_CANNOT_RUN;

	if (code)
		goto cleanup;
	job_use_variant(&observe, variant);
	observe.session.on_warning = observe.quiet ? NULL : show_warning;
	*prove = (struct prove){.session = observe.session,
		.settings = observe.settings,
		.folder = folder,
		.on_run = observe.quiet ? NULL : say_run};
	memcpy(prove->size, verb->size, sizeof(prove->size));
	code = prove_run(prove, error, sizeof(error));
	remove_folder(verb, folder);
	if (code) {
		fprintf(stderr, "soak: %s\n", code == -EINTR ? "interrupted" : error);
		code = code == -EINTR ? EXIT_INTERRUPTED : (int)exit_code_of_error(code);
		goto cleanup;
	}
	if (array)
		cJSON_AddItemToArray(array, json(prove, variant));
	else
		print(prove,
			observe.session.workload ? observe.session.workload
						 : observe.session.command[0],
			variant->allocator);
	code = exit_code_of(prove_verdict(prove));
cleanup:
	free(prove);
	return code;
}

/* One that is not as wanted fails all; else one that is open leaves all open. */
static int prove_all(const struct prove_verb *verb, struct job *job)
{
	cJSON *root = verb->json ? cJSON_CreateObject() : NULL;
	cJSON *array = root ? cJSON_AddArrayToObject(root, "variants") : NULL;
	int worst = EXIT_PASS;

	for (size_t v = 0; v < job->n; v++) {
		int code = prove_one(verb, job, &job->variants[v], array);

		if (code != EXIT_PASS && code != EXIT_TARGET_FAILED && code != EXIT_INCONCLUSIVE) {
			cJSON_Delete(root);
			return code;
		}
		if (code == EXIT_TARGET_FAILED || worst == EXIT_PASS)
			worst = code;
	}
	if (!root)
		return worst;
	json_text(root, "verdict",
		verdict_name(worst == EXIT_PASS            ? VERDICT_PASS
			     : worst == EXIT_TARGET_FAILED ? VERDICT_FAIL
							   : VERDICT_INCONCLUSIVE));
	return json_print(stdout, root) ? EXIT_CANNOT_RUN : worst;
}

/* ---- the verb -------------------------------------------------------------------------------- */

/* 0 is what "off" leaves: a fault of no size is not planted. */
static int set_size(struct option_value given, const char *per, double most)
{
	double *size = given.field;
	size_t length = strlen(given.value), end = strlen(per);
	char number[64];

	if (strcmp(given.value, "off") == 0) {
		*size = 0.0;
		return 0;
	}
	if (length > end && strcmp(given.value + length - end, per) == 0)
		length -= end;
	if (length >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)length, given.value);
	return quantity_parse(number, size) || !(*size > 0.0) || *size > most ? -EINVAL : 0;
}

static int set_leak(struct option_value given)
{
	return set_size(given, "/h", INFINITY);
}

static int set_churn(struct option_value given)
{
	return set_size(given, "/s", INFINITY);
}

static int set_slow(struct option_value given)
{
	return set_size(given, "%", 99.0);
}

#define FIELD(fault) .field = offsetof(struct prove_verb, size[fault])

static const struct option_row prove_rows[] = {
	{"leak", 0, "BYTES/h|off",
		"allocate and keep so many bytes an hour (default: a little more than such a run "
		"finds)",
		5, set_leak, FIELD(PROVE_LEAK),
		.expects = "a size per hour; write 50MiB/h, or off"},
	{"churn", 0, "PAIRS/s|off",
		"so many pairs of mmap and munmap a second (default: twice what the rule allows)",
		5, set_churn, FIELD(PROVE_CHURN),
		.expects = "a number per second; write 20/s, or off"},
	{"slow", 0, "PERCENT|off",
		"let allocator calls take a share of the CPU time that rises from 0 to PERCENT "
		"(default: a little more than throughput_drop finds)",
		5, set_slow, FIELD(PROVE_SLOW), .expects = "a share up to 99%; write 20%, or off"},
	{"json", 0, NULL, "print one object", 5, option_flag,
		.field = offsetof(struct prove_verb, json)},
	{0}};

static const struct option_set options[] = {{.rows = observe_rows},
	{.rows = judge_rows, .base = offsetof(struct observe, settings), .group = 2},
	{.rows = job_target_rows}, {.rows = prove_rows}, {0}};

static int find_folder(struct prove_verb *verb)
{
	if (verb->observe.session.output) {
		snprintf(verb->folder, sizeof(verb->folder), "%s", verb->observe.session.output);
		return job_make_folder(verb->folder, verb->observe.session.user);
	}
	verb->temporary = true;
	strcpy(verb->folder, "/tmp/soak-prove-XXXXXX");
	return mkdtemp(verb->folder) ? 0 : -errno;
}

static int cmd_prove(int argc, char **argv)
{
	struct prove_verb verb = {.size = {NAN, NAN, NAN, NAN}};
	struct job job;
	int code;

	job_init(&job);
	code = job_parse(&verb_prove, argc, argv, &verb.observe, &job);
	if (!code && (code = find_folder(&verb))) {
		fprintf(stderr, "soak: cannot make the folder %s: %s\n", verb.folder,
			strerror(-code));
		code = exit_code_of_error(code);
	} else if (!code) {
		code = prove_all(&verb, &job);
		if (verb.temporary)
			rmdir(verb.folder);
	}
	job_release(&job);
	return code;
}

const struct verb verb_prove = {.name = "prove",
	.does = "would this gate see a leak? plants faults and looks",
	.arguments = "[JOB.ini] [-- COMMAND...]",
	.doc = "Run a target as it is, and once with each of three faults planted in it: a leak, "
	       "pairs of mmap and munmap, and allocator calls that become slower. The rules that "
	       "are to see a fault must FAIL with it and must not FAIL without. Takes what soak "
	       "run takes; FILE of --output is a folder, and without it nothing is kept.",
	.after =
		"Examples:\n"
		"  soak prove -d 2m -- ./server --port 7000\n"
		"  soak prove mine.ini -d 1m                    the gate of a job file, shortened\n"
		"  soak prove -d 10m --leak 50MiB/h --churn off --slow off -- ./server\n\n"
		"Exit status: 0 all as wanted, 1 a fault was not seen or the plain run failed, "
		"3 not decided, as when a fault could not be planted.",
	.options = options,
	.flags = ARGP_IN_ORDER,
	.argument = job_take_argument,
	.end = job_take_end,
	.run = cmd_prove};
