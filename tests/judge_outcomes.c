/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: what memory did, by its name and with the interval of its figure. */
#include <stdlib.h>
#include <string.h>

#include "soak/judge/judge.h"
#include "tests/judge_random.h"
#include "tests/tap.h"

#define MIB 1048576.0
#define N 3601

struct course {
	double leak, faster;   /* MiB in the run; the same, from nothing, squared */
	double fill, until;    /* MiB, share of the run */
	double tooth, tooth_s; /* MiB */
	size_t steps;          /* of 4 MiB each, evenly */
	double wave, seconds;  /* of a day, MiB; 0: an hour */
	double noise;
};

static struct judgement judge(struct course c, const struct judge_break *breaks, size_t nbreaks)
{
	static double t[N], rss[N];
	struct judge_input input = {.n = N,
		.t_s = t,
		.series[SERIES_RSS] = rss,
		.page_bytes = 4096,
		.warmup_s = -1,
		.breaks = breaks,
		.nbreaks = nbreaks};
	struct judge_settings settings;
	struct judgement judgement;
	uint64_t state = 9;

	for (size_t i = 0; i < N; i++) {
		double share = (double)i / (N - 1), mib = 200 + c.leak * share;

		t[i] = share * (c.seconds > 0 ? c.seconds : 3600);
		mib += c.faster * share * share + 4 * floor(share * ((double)c.steps + 0.5));
		mib += c.fill > 0 ? c.fill * fmin(share / c.until, 1) : 0;
		mib += c.tooth > 0 ? c.tooth * fmod(t[i], c.tooth_s) / c.tooth_s : 0;
		mib += c.wave > 0 ? c.wave * (1 - cos(2 * M_PI * (t[i] + 3600) / 86400)) : 0;
		rss[i] = floor((mib + c.noise * random_normal(&state)) * 256) * 4096;
	}
	judge_settings_init(&settings);
	for (int r = 0; r < RULE_COUNT; r++)
		settings.skip[r] = r != RULE_RSS_DRIFT;
	if (judge_run(&input, &settings, &judgement) != 0)
		abort();
	return judgement;
}

static const struct outcome *expect(const char *word, double truth, struct course c)
{
	static struct judgement judgement;
	const struct rule_result *drift = &judgement.rules[RULE_RSS_DRIFT];

	judgement_release(&judgement);
	judgement = judge(c, NULL, 0);
	printf("# %s\n", text_of(&drift->reason));
	tap_text(outcome_info(drift->outcome.kind)->word, word, word);
	if (!isnan(truth))
		tap_between(truth, drift->outcome.low, drift->outcome.high, "its interval");
	return &drift->outcome;
}

int main(void)
{
	static const struct judge_break restart = {1800, true};
	struct judgement judgement;

	expect("flat", 0, (struct course){.noise = 0.1});
	expect("leak", 20, (struct course){.leak = 40, .noise = 2});
	/* half of it is the window, from 225 MiB on: 183 MiB/h in its last third */
	expect("accelerating", 81.5, (struct course){.faster = 100, .noise = 0.1});
	expect("staircase", 12, (struct course){.steps = 12, .noise = 0.01});
	expect("plateau", 2000, (struct course){.fill = 40, .until = 2000.0 / 3600, .noise = 1});
	/* what is set aside as warm-up */
	expect("plateau", 700, (struct course){.fill = 40, .until = 700.0 / 3600, .noise = 0.1});
	expect("sawtooth", 200, (struct course){.tooth = 40, .tooth_s = 200, .noise = 0.1});
	expect("daily_load", NAN, (struct course){.wave = 60, .seconds = 7 * 3600, .noise = 1});
	expect("undecided", NAN, (struct course){.leak = 10, .noise = 20});
	judgement = judge((struct course){.noise = 0.1}, &restart, 1);
	tap_text(outcome_info(judgement.rules[RULE_RSS_DRIFT].outcome.kind)->word, "restarted",
		"restarted");
	tap_near(judgement.rules[RULE_RSS_DRIFT].outcome.estimate, 1, 0, "once");
	judgement_release(&judgement);
	return tap_done();
}
