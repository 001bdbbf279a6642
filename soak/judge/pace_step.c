/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of the pace and of the host: see pace_step.h. Called by the rules on throughput. */
#include "soak/judge/pace_step.h"

double pace_step_when(const struct pace *pace, const struct step_down *step)
{
	return 0.5 * (pace->wall.t[step->first - 1] + pace->wall.t[step->first]);
}

/* The first reading after that moment; 0: there is none, or none before it. */
static size_t first_after(const struct pace_course *course, double when_s)
{
	size_t first = 0;

	while (first < course->n && course->t[first] < when_s)
		first++;
	return first < course->n ? first : 0;
}

bool pace_step_explained(
	const struct pace_course *course, double when_s, double confidence, double target)
{
	struct step_down step;
	size_t first = first_after(course, when_s);

	return first > 0 &&
	       step_down_at(course->y, course->host, course->n, first, confidence, &step) == 0 &&
	       step.low <= target;
}

bool pace_step_of_cpus(
	const struct pace_course *slow, double when_s, double fall, double confidence)
{
	double speed[BINS_MAX];
	struct step_down step;
	size_t first = first_after(slow, when_s);

	for (size_t i = 0; i < slow->n; i++)
		speed[i] = 1.0 / slow->host[i];
	return first > 0 && step_down_at(speed, NULL, slow->n, first, confidence, &step) == 0 &&
	       step.low > 0.0 && step.fall >= PACE_HOST_SHARE * fall;
}

bool pace_uneven_by_step(const struct pace *pace, double confidence, double target)
{
	const struct bins *wall = &pace->wall;
	double y[BINS_MAX];
	struct step_down step;
	struct spread left;

	if (step_down(wall->y, NULL, wall->n, 0.0, confidence, &step) != 0 || !(step.low > 0.0) ||
		!(step.after > 0.0) ||
		!pace_step_of_cpus(
			&pace->slow.by_wall, pace_step_when(pace, &step), step.fall, confidence))
		return false;
	for (size_t i = 0; i < wall->n; i++)
		y[i] = i < step.first ? wall->y[i] : wall->y[i] * step.before / step.after;
	return spread(y, wall->n, confidence, &left) == 0 && 100.0 * left.cv_low <= target;
}
