/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges a growing run from a thread. Called by observe.c for --stop-when-sure. */
#include <math.h>
#include <stdio.h>

#include "soak/judge/looks.h"
#include "soak/judge/run_input.h"
#include "soak/engines/stop_when_sure.h"

/* A file that cannot be read now decides nothing; the next look will tell. */
static void *look(void *context)
{
	struct stop_when_sure *sure = context;
	struct judgement now = {.verdict = VERDICT_INCONCLUSIVE};
	struct run *run;
	bool judged;

	sure->decided = false;
	if (run_open(sure->path, &run, NULL) == 0) {
		judged = judge_recording(run, NAN, &sure->settings, &now) == 0;
		sure->decided = judged && looks_decided(sure->judged ? &sure->before : NULL, &now);
		sure->judged = judged;
		judgement_release(&sure->before);
		sure->before = now;
		run_close(run);
	}
	atomic_store(&sure->done, true);
	return NULL;
}

static bool answer(struct stop_when_sure *sure, struct session_stop *ret_stop)
{
	pthread_join(sure->thread, NULL);
	sure->running = false;
	if (!sure->decided)
		return false;
	ret_stop->judged_until_s = sure->settings.until_s;
	snprintf(ret_stop->reason, sizeof(ret_stop->reason),
		"the verdict was sure at look %d of %d, confidence %.4g %%", sure->look,
		sure->looks, 100.0 * sure->settings.confidence);
	return true;
}

/* Asked once a second. The last look is the judgement at the end, which is made anyway. */
static bool should_end(void *context, double elapsed_s, struct session_stop *ret_stop)
{
	struct stop_when_sure *sure = context;

	if (sure->running)
		return atomic_load(&sure->done) && answer(sure, ret_stop);
	if (sure->look + 1 >= sure->looks ||
		elapsed_s < looks_time(sure->longest_s, sure->look + 1))
		return false;
	sure->look++;
	sure->settings.until_s = elapsed_s;
	atomic_store(&sure->done, false);
	sure->running = pthread_create(&sure->thread, NULL, look, sure) == 0;
	return false;
}

void stop_when_sure_begin(struct stop_when_sure *sure, const struct judge_settings *settings,
	struct session_options *options)
{
	*sure = (struct stop_when_sure){.path = options->output,
		.settings = *settings,
		.longest_s = options->duration_ns / 1e9};
	sure->looks = looks_count(sure->longest_s);
	sure->settings.confidence = looks_confidence(settings->confidence, sure->looks);
	options->confidence = sure->settings.confidence;
	options->should_end = should_end;
	options->should_end_context = sure;
}

void stop_when_sure_end(struct stop_when_sure *sure)
{
	if (sure->running)
		pthread_join(sure->thread, NULL);
	sure->running = false;
	judgement_release(&sure->before);
}
