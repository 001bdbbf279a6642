/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: memory_return, judged between marks. */
#include "soak/judge/judge.h"
#include "tests/judge_series.h"
#include "tests/tap.h"

#define SECONDS 100.0

/* Work from 20 s to 30 s, and from 60 s to 70 s. */
static const struct judge_mark rounds[] = {
	{0.0, "starts"}, {20.0, "busy"}, {30.0, "idle"}, {60.0, "busy"}, {70.0, "idle"}};

/* RSS after the two rounds, as a share of what was there before them. */
struct course {
	double peak, after[2];
	double back_s; /* until it is back */
};

static double rss_at(const struct course *course, double t)
{
	double level = 100.0 * MIB;

	if (t < 20.0)
		return level;
	if (t < 30.0 + course->back_s)
		return level * course->peak;
	if (t < 60.0)
		return level * course->after[0];
	return level * (t < 70.0 + course->back_s ? course->peak : course->after[1]);
}

static struct rule_result judge(
	const struct course *course, struct judge_settings *settings, struct judge_input *changes)
{
	struct plan plan = {.seconds = SECONDS, .interval_s = 0.1};
	struct series s = series_new(&plan);
	struct judge_input input = series_input(&s);
	static struct judgement judgement; /* its texts live until the next call */

	for (size_t i = 0; i < s.n; i++)
		s.rss[i] = floor(rss_at(course, s.t[i]) / PAGE) * PAGE;
	input.marks = changes && changes->marks ? changes->marks : rounds;
	input.nmarks = changes && changes->marks ? changes->nmarks : 5;
	input.lost_marks = changes ? changes->lost_marks : 0.0;
	input.nbreaks = changes ? changes->nbreaks : 0;
	input.breaks = changes ? changes->breaks : NULL;
	judgement_release(&judgement);
	if (judge_run(&input, settings, &judgement) != 0)
		abort();
	series_free(&s);
	return judgement.rules[RULE_MEMORY_RETURN];
}

static void expect(const struct course *course, struct judge_settings *settings,
	struct judge_input *changes, enum verdict verdict, const char *what)
{
	struct rule_result result = judge(course, settings, changes);

	tap_text(verdict_name(result.verdict), verdict_name(verdict), what);
	printf("# %s\n", text_of(&result.reason));
}

static void test_return(void)
{
	const struct course returns = {2.0, {1.05, 1.12}, 3.0}, keeps = {2.0, {1.0, 1.2}, 3.0};
	const struct course late = {2.0, {1.0, 1.0}, 15.0};
	struct judge_settings settings;
	struct rule_result result;

	judge_settings_init(&settings);
	expect(&returns, &settings, NULL, VERDICT_PASS, "each round within 10 % of its own level");
	expect(&keeps, &settings, NULL, VERDICT_FAIL, "the second keeps a fifth");
	result = judge(&keeps, &settings, NULL);
	tap_near(result.estimate, 20.0, 0.1, "by so much");
	tap_has(text_of(&result.reason), "; the worst of 2 rounds, 1 of them failed",
		"which is said");
	settings.target[RULE_MEMORY_RETURN] = 25.0;
	expect(&keeps, &settings, NULL, VERDICT_PASS, "which may be allowed");
	judge_settings_init(&settings);
	expect(&late, &settings, NULL, VERDICT_FAIL, "back after 15 s, where 10 are allowed");
	settings.return_within_s = 16.0;
	expect(&late, &settings, NULL, VERDICT_PASS, "or 16");
	settings.return_within_s = 31.0;
	expect(&keeps, &settings, NULL, VERDICT_INCONCLUSIVE, "the run ends before the time does");
}

static void test_marks(void)
{
	static const struct judge_mark two_workers[] = {
		{20.0, "busy"}, {25.0, "busy"}, {28.0, "idle"}, {30.0, "idle"}};
	const struct judge_break within = {250, false};
	const struct course keeps = {2.0, {1.5, 1.5}, 3.0};
	struct judge_input changes = {.lost_marks = 1.0};
	struct judge_settings settings;

	judge_settings_init(&settings);
	expect(&(struct course){2.0, {1.0, 1.0}, 3.0}, &settings, &changes, VERDICT_INCONCLUSIVE,
		"marks were lost");
	expect(&keeps, &settings, &changes, VERDICT_FAIL, "what failed has failed");
	changes = (struct judge_input){.nbreaks = 1, .breaks = &within};
	expect(&(struct course){2.0, {1.5, 1.5}, 3.0}, &settings, &changes, VERDICT_INCONCLUSIVE,
		"the recording was interrupted in the work");
	changes = (struct judge_input){.nmarks = 4, .marks = two_workers};
	expect(&keeps, &settings, &changes, VERDICT_FAIL,
		"of two that work the level is that before the first");
	settings.return_from = "load";
	expect(&keeps, &settings, NULL, VERDICT_NOT_JUDGED, "no work: not judged");
	settings.skip[RULE_MEMORY_RETURN] = false;
	settings.given[RULE_MEMORY_RETURN] = true;
	expect(&keeps, &settings, NULL, VERDICT_INCONCLUSIVE, "unless it is asked for");
}

int main(void)
{
	test_return();
	test_marks();
	return tap_done();
}
