/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: windows that are excluded from judging. */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define DEPLOY_S 330.0
#define DEPLOYED_S 360.0

static const struct judge_mark marks[] = {{DEPLOY_S, "deploy"}, {DEPLOYED_S, "deployed"}};

/* Ten minutes, with a deploy: another level, calls, faults, no ops for half a minute. */
struct deploy {
	double level, calls, leak_pct_per_hour, memory_leak_pct_per_hour;
	double late_calls; /* each second from the deploy's end on */
	double late_fall;  /* of ops, from two minutes after it on, as a share */
	double lost_marks;
};

static void happen(const struct deploy *deploy, struct series *s, double *memory)
{
	double lost_ops = 0.0, late_calls = 0.0, before = 0.0;

	for (size_t i = 0; i < s->n; i++) {
		double t = s->t[i], ops = s->ops[i] - before;

		before = s->ops[i];
		if (t > DEPLOY_S && t <= DEPLOYED_S)
			lost_ops += ops;
		if (t > DEPLOYED_S + 120.0)
			lost_ops += deploy->late_fall * ops;
		if (t > DEPLOYED_S)
			late_calls += deploy->late_calls * (t - s->t[i - 1]);
		s->ops[i] -= floor(lost_ops);
		s->calls[i] += floor(late_calls) + (t > DEPLOY_S + 10.0 ? deploy->calls : 0.0);
		s->faults[i] += t > DEPLOY_S + 10.0 ? 200.0 * deploy->calls : 0.0;
		s->rss[i] += t > DEPLOY_S + 10.0 ? deploy->level : 0.0;
		memory[i] = s->rss[i] * (1.0 + deploy->memory_leak_pct_per_hour * t / 360000.0);
		memory[i] = floor(memory[i] / PAGE) * PAGE;
	}
}

/* The latest: its texts are valid until the next. */
static struct judgement judgement_kept;

/* `exclude` NULL: nothing. */
static struct judgement judge(const struct deploy *deploy, const char *exclude)
{
	struct plan plan = {.seed = 7,
		.seconds = 600.0,
		.interval_s = 0.5,
		.rss_bytes = 200.0 * MIB,
		.rss_noise = 2e-4,
		.leak_pct_per_hour = deploy->leak_pct_per_hour,
		.ops_per_s = 1e6,
		.ops_noise = 0.005,
		.faults_per_op = 1e-4};
	struct series s = series_new(&plan);
	struct judge_input input = series_input(&s);
	double *memory = calloc(2 * s.n, sizeof(*memory)), *nothing = memory + s.n;
	struct judge_settings settings;

	judge_settings_init(&settings);
	settings.skip[RULE_CROSSCHECK] = true;
	if (!memory || (exclude && judge_settings_exclude(&settings, exclude, NULL) != 0))
		abort();
	happen(deploy, &s, memory);
	input.series[SERIES_MEMORY] = memory;
	input.series[SERIES_SHMEM] = input.series[SERIES_SWAP] = nothing;
	input.series[SERIES_PGTABLES] = nothing;
	input.marks = marks;
	input.nmarks = 2;
	input.lost_marks = deploy->lost_marks;
	judgement_release(&judgement_kept);
	if (judge_run(&input, &settings, &judgement_kept) != 0)
		abort();
	series_free(&s);
	free(memory);
	return judgement_kept;
}

static void expect(
	const struct deploy *deploy, const char *exclude, enum verdict verdict, const char *what)
{
	struct judgement judgement = judge(deploy, exclude);

	tap_text(verdict_name(judgement.verdict), verdict_name(verdict), what);
	printf("# %s\n", text_of(&judgement.reason));
	for (int r = 0; r < RULE_COUNT && judgement.verdict != verdict; r++)
		printf("# %s %s: %s\n", judge_rule_info(r)->name,
			verdict_name(judgement.rules[r].verdict),
			text_of(&judgement.rules[r].reason));
}

static const struct deploy jump = {.level = 20.0 * MIB, .calls = 500.0};

static void test_deploy(void)
{
	struct judgement judgement = judge(&jump, NULL);

	tap_text(verdict_name(judgement.verdict), "FAIL", "a deploy is no steady state");
	tap_near((double)judgement.excluded.n, 0.0, 0.0, "nothing is excluded");
	expect(&jump, "330s..6m", VERDICT_PASS, "excluded by times");
	expect(&jump, "deploy..deployed", VERDICT_PASS, "by marks");
	expect(&jump, "deploy..+30s", VERDICT_PASS, "by a mark and a time from there");
	expect(&jump, "..6m", VERDICT_INCONCLUSIVE, "what is left is too short for the budget");
	judgement = judge(&jump, "deploy..deployed");
	tap_has(text_of(&judgement.reason), "; excluded: 1 window, 30.0 s", "which is said");
	tap_near(judgement.excluded.window[0].from_s, DEPLOY_S, 0.0, "from");
	tap_near(judgement.excluded.window[0].to_s, DEPLOYED_S, 0.0, "to");
	tap_has(text_of(&judgement.rules[RULE_SYSCALL_BUDGET].reason), "0 calls in 5.",
		"its calls count nowhere, the ops of both pieces do");
	tap_has(text_of(&judgement.rules[RULE_MEMORY_DRIFT].reason), "; 2 pieces judged together",
		"memory is judged on both sides");
	tap_near(judgement.first_s, 1.0, 1.0, "from the start");
	tap_near(judgement.last_s, 600.0, 0.1, "to the end");
}

/* What happens outside of the window counts as ever. */
static void test_outside(void)
{
	struct deploy deploy = jump;
	struct judgement judgement;

	deploy.leak_pct_per_hour = 40.0;
	expect(&deploy, "deploy..deployed", VERDICT_FAIL, "a leak outside");
	deploy = jump;
	deploy.memory_leak_pct_per_hour = 40.0;
	judgement = judge(&deploy, "deploy..deployed");
	tap_text(verdict_name(judgement.rules[RULE_RSS_DRIFT].verdict), "PASS", "RSS is flat");
	tap_text(verdict_name(judgement.rules[RULE_MEMORY_DRIFT].verdict), "FAIL",
		"and memory leaks in both pieces");
	printf("# %s\n", text_of(&judgement.rules[RULE_MEMORY_DRIFT].reason));
	deploy = jump;
	deploy.late_calls = 1.0;
	judgement = judge(&deploy, "deploy..deployed");
	tap_text(verdict_name(judgement.rules[RULE_SYSCALL_BUDGET].verdict), "FAIL",
		"calls in the shorter piece");
	deploy = jump;
	deploy.late_fall = 0.3;
	judgement = judge(&deploy, "deploy..deployed");
	tap_text(verdict_name(judgement.rules[RULE_THROUGHPUT_DROP].verdict), "FAIL",
		"a fall in the shorter piece");
	tap_has(text_of(&judgement.rules[RULE_THROUGHPUT_DROP].reason),
		"; of the piece that begins at 6:00", "which is named");
	deploy = (struct deploy){.level = 0.0};
	judgement = judge(&deploy, "100s..150s,140s..160s, 200s .. 201s");
	tap_near((double)judgement.excluded.n, 2.0, 0.0, "windows that overlap are one");
	tap_near(judgement.excluded.seconds, 61.0, 0.0, "in all");
}

static void test_doubt(void)
{
	struct deploy lost = jump;
	struct judgement judgement = judge(&jump, "deploy..done");

	tap_text(verdict_name(judgement.rules[RULE_MEMORY_DRIFT].verdict), "PASS",
		"no mark ends it: all of the rest is excluded");
	tap_text(verdict_name(judgement.verdict), "INCONCLUSIVE", "which is no PASS");
	tap_has(text_of(&judgement.reason), "no mark \"done\" ends the window", "for this reason");
	judgement = judge(&jump, "deploy..");
	tap_text(text_of(&judgement.excluded.doubt), "", "unless that was asked for");
	lost.lost_marks = 3.0;
	expect(&lost, "deploy..deployed", VERDICT_INCONCLUSIVE, "marks were lost");
	expect(&lost, "330s..6m", VERDICT_PASS, "which do not matter for times");
	expect(&lost, "0s..20m", VERDICT_INCONCLUSIVE, "nothing is left");
}

static void refuse(const char *list, const char *part)
{
	struct judge_settings settings;
	scoped_text error = {0};

	judge_settings_init(&settings);
	tap_ok(judge_settings_exclude(&settings, list, &error) != 0, list);
	printf("\n");
	tap_has(text_of(&error), part, "is not a window");
}

static void test_words(void)
{
	struct judge_settings settings;
	scoped_text text = {0};

	refuse("5m-6m", "'5m-6m' is not FROM..TO");
	refuse("6m..5m", "'6m..5m' is not FROM..TO");
	refuse("1m..2m,..", "'..' is not FROM..TO");
	refuse("+5s..6m", "'+5s..6m' is not");
	judge_settings_init(&settings);
	judge_settings_exclude(&settings, "1m..2m", NULL);
	judge_settings_exclude(&settings, "a..b,3m..", NULL);
	judge_settings_options(&settings, &text);
	tap_text(text_of(&text), "--exclude '1m..2m,a..b,3m..'", "as options");
	judge_settings_exclude(&settings, "none", NULL);
	tap_ok(settings.nexclude == 0 && settings.exclude_given, "none");
	printf("\n");
}

int main(void)
{
	test_deploy();
	test_outside();
	test_doubt();
	test_words();
	judgement_release(&judgement_kept);
	return tap_done();
}
