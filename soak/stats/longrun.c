/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growth that goes on: see longrun.h. Used by the rules on RSS. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>

#include "soak/stats/longrun.h"

#define POINTS_MIN 4
#define COSINES 12
#define CORRELATION_MAX 0.99
#define EVENTS_MAX 600
#define GRID 1.25
#define REFINEMENTS 16
#define STOP_LATE (2.0 / 3.0) /* of the series: what stops later must be evident */
#define STOP_LATEST 0.98
#define STOP_LIKELY 4.0 /* of a stop so late: what it must explain to be possible */
#define DAY_S 86400.0
#define DAY_PHASES 48
#define DAY_SHARE (3.0 / 16.0) /* of a day: in less even a steep morning does not rise much */
#define POWER_QUANTILE 1.2816  /* nine of ten */

struct event {
	enum longrun_event kind;
	double when, mean;
	double gg, tg, gy;    /* products of the centred series */
	double slope, factor; /* least squares */
	double squares;       /* what they leave */
	double stiffness;     /* d2 squares / d slope2 / 2 */
};

struct fit {
	const double *t, *y; /* as given */
	size_t n;
	double origin, mean_t, mean_y;
	double tt, ty, yy;
	double wave_max; /* the height of a day's wave above its middle, at most */
	struct event line, event[EVENTS_MAX];
	size_t events;
};

struct noise {
	double variance, long_run, correlation, df;
};

static double event_value(enum longrun_event kind, double when, double t, double origin)
{
	switch (kind) {
	case LONGRUN_EXPONENTIAL:
		return 1.0 - exp(-(t - origin) / when);
	case LONGRUN_LOGARITHMIC:
		return log1p((t - origin) / when);
	case LONGRUN_STOP:
		return fmin(t, when);
	case LONGRUN_STEP:
		return t >= when ? 1.0 : 0.0;
	case LONGRUN_DAY:
		return cos(2.0 * M_PI * (t - when) / DAY_S);
	default:
		return 0.0;
	}
}

/* At each of the times. Returns their mean. */
static double event_values(
	const struct fit *fit, enum longrun_event kind, double when, double *ret_values)
{
	double sum = 0.0;

	for (size_t i = 0; i < fit->n; i++) {
		ret_values[i] = event_value(kind, when, fit->t[i], fit->origin);
		sum += ret_values[i];
	}
	return sum / (double)fit->n;
}

static void try_event(struct fit *fit, enum longrun_event kind, double when)
{
	struct event event = {.kind = kind, .when = when};
	double value[LONGRUN_POINTS_MAX], determinant;

	event.mean = event_values(fit, kind, when, value);
	for (size_t i = 0; i < fit->n; i++) {
		double g = value[i] - event.mean;

		event.gg += g * g;
		event.tg += g * (fit->t[i] - fit->mean_t);
		event.gy += g * (fit->y[i] - fit->mean_y);
	}
	determinant = fit->tt * event.gg - event.tg * event.tg;
	if (!(determinant > 1e-9 * fit->tt * event.gg) || fit->events == EVENTS_MAX)
		return;
	event.stiffness = determinant / event.gg;
	event.slope = (fit->ty * event.gg - event.gy * event.tg) / determinant;
	event.factor = (event.gy * fit->tt - fit->ty * event.tg) / determinant;
	event.squares = fmax(fit->yy - event.slope * fit->ty - event.factor * event.gy, 0.0);
	fit->event[fit->events++] = event;
}

/* Tries what lies between the best of a kind and its neighbours on the grid. */
static void refine(struct fit *fit, enum longrun_event kind)
{
	const struct event *best = &fit->line;
	double tau;

	for (size_t i = 0; i < fit->events; i++)
		if (fit->event[i].kind == kind && fit->event[i].squares < best->squares)
			best = &fit->event[i];
	if (best == &fit->line)
		return;
	tau = best->when;
	for (int i = 1 - REFINEMENTS; i < REFINEMENTS; i++)
		try_event(fit, kind, tau * pow(GRID, (double)i / REFINEMENTS));
}

static void try_all(struct fit *fit, double brief)
{
	double last = fit->t[fit->n - 1], length = last - fit->origin;
	double spacing = (last - fit->t[0]) / (double)(fit->n - 1);

	for (double tau = spacing; tau <= fmax(length / 4.0, fmin(length, brief)); tau *= GRID)
		try_event(fit, LONGRUN_EXPONENTIAL, tau);
	for (double tau = 0.1 * spacing; tau <= fmax(length / 10.0, fmin(length, brief) / 4.0);
		tau *= GRID)
		try_event(fit, LONGRUN_LOGARITHMIC, tau);
	refine(fit, LONGRUN_EXPONENTIAL);
	refine(fit, LONGRUN_LOGARITHMIC);
	for (size_t i = 1; i < fit->n; i++) {
		try_event(fit, LONGRUN_STEP, 0.5 * (fit->t[i - 1] + fit->t[i]));
		if (fit->t[i] <= fit->t[0] + STOP_LATEST * (last - fit->t[0]))
			try_event(fit, LONGRUN_STOP, fit->t[i]);
	}
	if (length > DAY_SHARE * DAY_S && last - fit->t[0] < DAY_S)
		for (int i = 0; i < DAY_PHASES; i++)
			try_event(fit, LONGRUN_DAY, fit->origin + DAY_S * i / DAY_PHASES);
}

static void residuals(const struct fit *fit, const struct event *event, double *ret_residual)
{
	event_values(fit, event->kind, event->when, ret_residual);
	for (size_t i = 0; i < fit->n; i++)
		ret_residual[i] = fit->y[i] - fit->mean_y -
				  event->slope * (fit->t[i] - fit->mean_t) -
				  event->factor * (ret_residual[i] - event->mean);
}

static double cosine_df(size_t n, double parameters)
{
	return fmin(COSINES, (double)(n / 2)) - parameters + 1.0;
}

/* Mean of the squared weights of the slowest cosines: 2 pi times the spectral density near zero. */
static double cosine_variance(const double *residual, size_t n, double parameters)
{
	double sum = 0.0;

	for (size_t j = 1; j <= COSINES && j <= n / 2; j++) {
		double weight = 0.0;

		for (size_t i = 0; i < n; i++)
			weight +=
				residual[i] * cos(M_PI * (double)j * ((double)i + 0.5) / (double)n);
		sum += weight * weight * 2.0 / (double)n;
	}
	return sum / fmax(cosine_df(n, parameters), 1.0);
}

static struct noise noise_about(const struct fit *fit, const struct event *event)
{
	double residual[LONGRUN_POINTS_MAX], n = (double)fit->n, products = 0.0, r;
	double parameters = event->kind == LONGRUN_NOTHING ? 2.0 : 4.0;
	struct noise noise = {0};

	residuals(fit, event, residual);
	for (size_t i = 1; i < fit->n; i++)
		products += residual[i] * residual[i - 1];
	noise.variance = event->squares / fmax(n - parameters, 1.0);
	/* the rounding error of a perfect fit is not noise */
	if (!(event->squares > 1e-18 * fit->yy)) {
		noise.df = fmax(n - parameters, 1.0);
		return noise;
	}
	r = products / event->squares;
	r = fmin(fmax(r + (parameters + (parameters + 2.0) * r) / n, 0.0), CORRELATION_MAX);
	noise.correlation = r;
	noise.long_run = fmax(noise.variance * (1.0 + r) / (1.0 - r),
		cosine_variance(residual, fit->n, parameters));
	noise.df = fmax(n * noise.variance / noise.long_run - parameters,
		fmax(cosine_df(fit->n, parameters), 1.0));
	return noise;
}

/* The event that leaves least, if it leaves so much less than the line that it is evident. */
static const struct event *evident_event(const struct fit *fit, struct noise *ret_noise)
{
	const struct event *best = &fit->line;
	struct noise noise;

	*ret_noise = noise_about(fit, &fit->line);
	for (size_t i = 0; i < fit->events; i++)
		if (fit->event[i].kind != LONGRUN_DAY && fit->event[i].squares < best->squares)
			best = &fit->event[i];
	noise = noise_about(fit, best);
	if (best == &fit->line ||
		!(fit->line.squares - best->squares > LONGRUN_EVIDENCE * noise.long_run))
		return &fit->line;
	*ret_noise = noise;
	return best;
}

/* What the event, of the height that fits this slope best, adds per t at the series' end. */
static double pace_at_end(const struct fit *fit, const struct event *event, double slope)
{
	double last = fit->t[fit->n - 1] - fit->origin;

	if (event->kind != LONGRUN_LOGARITHMIC)
		return 0.0;
	return fmax((event->gy - slope * event->tg) / event->gg, 0.0) / (event->when + last);
}

/*
 * The slopes at which a day's wave is one: neither upside down, which another phase is, nor higher
 * than it may be. Returns false if there are none.
 */
static bool clip_to_wave(const struct fit *fit, const struct event *event, double slope[2])
{
	double bound[2] = {
		event->gy / event->tg, (event->gy - fit->wave_max * event->gg) / event->tg};

	slope[0] = fmax(slope[0], fmin(bound[0], bound[1]));
	slope[1] = fmin(slope[1], fmax(bound[0], bound[1]));
	return slope[0] <= slope[1];
}

/* Widens the interval by the slopes that this event makes possible. */
static void unite(const struct fit *fit, const struct event *event, double best_squares,
	double allowed, bool any_sign, struct longrun *longrun)
{
	double room = fmin(best_squares + allowed - event->squares, allowed), reach, slope[2];

	if (!(room >= 0.0))
		return;
	reach = sqrt(room / event->stiffness);
	slope[0] = event->slope - reach;
	slope[1] = event->slope + reach;
	if (event->kind == LONGRUN_DAY && !clip_to_wave(fit, event, slope))
		return;
	for (int side = 0; side < 2; side++) {
		/* the event's height at this slope has the wrong sign: the line alone fits best */
		if (event->kind != LONGRUN_NOTHING && event->kind != LONGRUN_DAY && !any_sign &&
			!(event->gy - slope[side] * event->tg > 0.0))
			continue;
		if (slope[side] < longrun->low)
			longrun->day = event->kind == LONGRUN_DAY;
		longrun->low = fmin(longrun->low, slope[side]);
		longrun->high =
			fmax(longrun->high, slope[side] + pace_at_end(fit, event, slope[side]));
	}
}

static bool late_stop(const struct fit *fit, const struct event *event)
{
	double first = fit->t[0], last = fit->t[fit->n - 1];

	return event->kind == LONGRUN_STOP && event->when > first + STOP_LATE * (last - first);
}

/*
 * Does the best of the late stops leave less than the line does, and than any other rise that ends,
 * by more than noise makes of it?
 */
static bool may_have_stopped(const struct fit *fit)
{
	const struct event *best = &fit->line;
	double others = fit->line.squares;

	for (size_t i = 0; i < fit->events; i++) {
		const struct event *event = &fit->event[i];

		if (!(event->factor > 0.0) || event->kind == LONGRUN_DAY)
			continue;
		if (!late_stop(fit, event))
			others = fmin(others, event->squares);
		else if (event->squares < best->squares)
			best = event;
	}
	return best != &fit->line &&
	       others - best->squares > STOP_LIKELY * noise_about(fit, best).long_run;
}

static void fit_line(struct fit *fit)
{
	for (size_t i = 0; i < fit->n; i++) {
		fit->mean_t += (fit->t[i] - fit->mean_t) / (double)(i + 1);
		fit->mean_y += (fit->y[i] - fit->mean_y) / (double)(i + 1);
	}
	for (size_t i = 0; i < fit->n; i++) {
		double t = fit->t[i] - fit->mean_t, y = fit->y[i] - fit->mean_y;

		fit->tt += t * t;
		fit->ty += t * y;
		fit->yy += y * y;
	}
	fit->line.stiffness = fit->tt;
	fit->line.slope = fit->ty / fit->tt;
	fit->line.squares = fmax(fit->yy - fit->line.slope * fit->ty, 0.0);
}

/* When the event may have been, for all that the likelihood ratio says. */
static void range_of_when(
	const struct fit *fit, const struct event *best, double allowed, struct longrun *longrun)
{
	longrun->when_low = longrun->when_high = best->when;
	for (size_t i = 0; i < fit->events; i++) {
		const struct event *event = &fit->event[i];

		if (event->kind != best->kind || event->squares > best->squares + allowed)
			continue;
		longrun->when_low = fmin(longrun->when_low, event->when);
		longrun->when_high = fmax(longrun->when_high, event->when);
	}
}

double longrun_at(const struct longrun *fit, double t)
{
	return fit->mean_y + fit->slope * (t - fit->mean_t) +
	       fit->factor * (event_value(fit->event, fit->when, t, fit->origin) - fit->event_mean);
}

int longrun(const double *t, const double *y, size_t n, double origin, double brief,
	double confidence, struct longrun *ret_longrun)
{
	struct fit fit = {.t = t, .y = y, .n = n, .origin = origin};
	double quantile, allowed, softest, wave = 0.0;
	const struct event *best;
	struct noise noise;
	bool stopped;

	if (n < POINTS_MIN || n > LONGRUN_POINTS_MAX || !(t[n - 1] > t[0]))
		return -EINVAL;
	fit_line(&fit);
	for (size_t i = 0; i < n; i++)
		fit.wave_max = i ? fmin(fit.wave_max, 0.5 * y[i]) : 0.5 * y[i];
	fit.wave_max = fmax(fit.wave_max, 0.0);
	try_all(&fit, brief);
	best = evident_event(&fit, &noise);
	*ret_longrun = (struct longrun){.slope = best->slope,
		.low = best->slope,
		.high = best->slope,
		.mean_t = fit.mean_t,
		.mean_y = fit.mean_y,
		.event = best->kind,
		.when = best->when,
		.height = best->factor * (event_value(best->kind, best->when, t[n - 1], origin) -
						 event_value(best->kind, best->when, t[0], origin)),
		.factor = best->factor,
		.event_mean = best->mean,
		.origin = origin,
		.squares = best->squares,
		.correlation = noise.correlation,
		.df = noise.df};
	quantile = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, noise.df);
	allowed = quantile * quantile * noise.long_run;
	range_of_when(&fit, best, allowed, ret_longrun);
	softest = fit.tt;
	unite(&fit, &fit.line, best->squares, allowed, true, ret_longrun);
	stopped = best != &fit.line || may_have_stopped(&fit);
	for (size_t i = 0; i < fit.events; i++) {
		if (!stopped && late_stop(&fit, &fit.event[i]))
			continue;
		unite(&fit, &fit.event[i], best->squares, allowed, best != &fit.line, ret_longrun);
		if (fit.event[i].kind == LONGRUN_DAY)
			wave = fmax(wave, fit.wave_max * fit.event[i].tg / fit.tt);
		else if (fit.event[i].tg > 0.0)
			softest = fmin(softest, fit.event[i].stiffness);
	}
	ret_longrun->reach = (quantile + POWER_QUANTILE) * sqrt(noise.long_run / softest) + wave;
	return 0;
}
