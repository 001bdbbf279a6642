/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes what the scripts in plots/ read: tables and variables, one set for each run. */
#include "soak/report/plot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soak/report/figure.h"
#include "soak/report/gnuplot.h"
#include "soak/report/output_file.h"

enum { SPEED_PIECES = 200 };
enum { GROUPS_OF_RUN = 1500, GROUPS_OF_OVERLAY = 600, LANES = 7, STEADY_STEPS = 200 };
enum { WIDTH_MIN = 1000, HEIGHT_MIN = 800 }; /* below that its words overlap */

static const enum metric lanes[LANES] = {METRIC_mmap, METRIC_munmap, METRIC_madvise, METRIC_mremap,
	METRIC_brk, METRIC_mprotect, METRIC_process_madvise};

#define MARKS_DRAWN 200
#define SPEED_PIECE_S 1.0 /* holds some forty timings */

static const struct group_gauge not_measured = {NAN, NAN, NAN};

static void put_samples(FILE *script, const struct figure *f, const char *part)
{
	const double *calls = f->curves[CURVE_BUDGET];
	double lazyfree = NAN;

	fprintf(script,
		"$samples%s << EOD\n"
		"t_s,from_s,to_s,rss_bytes,rss_low_bytes,rss_high_bytes,lazyfree_bytes,"
		"ops_per_s,ops_low_per_s,ops_high_per_s,faults_per_s,budget_calls\n",
		part);
	for (size_t g = 0; g < f->groups; g++) {
		struct group_gauge now[CURVE_COUNT];
		const struct group_gauge *rss = &now[CURVE_RSS], *ops = &now[CURVE_OPS];
		size_t last = g + 1 < f->groups ? (g + 1) * f->stride - 1 : f->n - 1;

		for (enum curve c = 0; c < CURVE_COUNT; c++)
			now[c] = f->grouped[c] ? f->grouped[c][g] : not_measured;
		if (!isnan(now[CURVE_LAZYFREE].mean))
			lazyfree = now[CURVE_LAZYFREE].mean; /* read rarely: carried forward */
		gnuplot_put_row(script, 12,
			(double[]){(f->spans[g].from_s + f->spans[g].to_s) / 2, f->spans[g].from_s,
				f->spans[g].to_s, rss->mean, rss->low, rss->high, lazyfree,
				ops->mean, ops->low, ops->high, now[CURVE_FAULTS].mean,
				calls ? calls[last] : NAN});
	}
	fputs("EOD\n", script);
}

static int put_churn(FILE *script, const struct figure *f)
{
	const struct judgement *j = f->judgement;
	double *calls = calloc(f->groups, sizeof(*calls)), most = 0;

	if (!calls)
		return -ENOMEM;
	fputs("lanes = ''\n", script);
	for (size_t lane = 0; lane < LANES; lane++) {
		const char *name = metric_info[lanes[lane]].name;
		const double *v = run_series(f->run, lanes[lane]);

		fprintf(script, "lanes = lanes.' %s'\n", name);
		gnuplot_put_number(script, name, "_total", v ? decimate_last(v, f->n) : NAN);
		gnuplot_put_number(script, name, "_steady",
			v ? decimate_growth(f->t_s, v, f->n, j->from_s, j->to_s) : NAN);
	}
	fputs("$churn << EOD\nfrom_s,to_s,lane,calls\n", script);
	for (size_t lane = 0; lane < LANES; lane++) {
		const double *v = run_series(f->run, lanes[lane]);

		if (v)
			decimate_calls(v, f->n, f->stride, calls);
		for (size_t g = 0; v && g < f->groups; g++) {
			if (calls[g] > 0)
				gnuplot_put_row(script, 4,
					(double[]){f->spans[g].from_s, f->spans[g].to_s,
						(double)lane + 1, calls[g]});
			most = fmax(most, calls[g]);
		}
	}
	fputs("EOD\n", script);
	gnuplot_put_number(script, "churn_most", "", most);
	free(calls);
	return 0;
}

/*
 * From the window's start: what was fitted, the same with the ends of its slope's interval, and the
 * target's line. Nothing is drawn through gaps.
 */
static void put_steady(FILE *script, const struct figure *f)
{
	const struct judgement *j = f->judgement;

	gnuplot_put_number(script, "from_s", "", j->from_s);
	gnuplot_put_number(script, "to_s", "", j->to_s);
	gnuplot_put_number(script, "first_s", "", j->first_s);
	gnuplot_put_number(script, "last_s", "", j->last_s);
	gnuplot_put_number(script, "target_end_bytes", "", figure_fit(f, 1).target);
	fputs("$steady << EOD\nt_s,fit_bytes,low_bytes,high_bytes,target_bytes\n", script);
	for (int i = 0; i <= STEADY_STEPS && figure_has_window(f); i++) {
		struct figure_fit at = figure_fit(f, (double)i / STEADY_STEPS);

		gnuplot_put_row(script, 5, (double[]){at.t_s, at.fit, at.low, at.high, at.target});
	}
	fputs("EOD\n", script);
}

/*
 * How fast the target's CPUs did their fixed piece of work (bpf/speed.bpf.c), by its mean over the
 * run, in pieces of at least a second.
 */
static void put_speed(FILE *script, const struct figure *f)
{
	const double *runs = run_series(f->run, METRIC_speed_runs);
	const double *ns = run_series(f->run, METRIC_speed_ns);
	double piece_s = fmax(SPEED_PIECE_S, f->end_s / SPEED_PIECES), mean = NAN;
	size_t from = SIZE_MAX;

	if (runs && ns && decimate_last(ns, f->n) > 0)
		mean = decimate_last(runs, f->n) / decimate_last(ns, f->n);
	gnuplot_put_number(script, "cpu_speed", "", mean);
	fputs("$speed << EOD\nt_s,of_mean\n", script);
	for (size_t i = 0; !isnan(mean) && i < f->n; i++) {
		if (isnan(runs[i]) || isnan(ns[i]))
			continue;
		if (from == SIZE_MAX)
			from = i;
		if (f->t_s[i] - f->t_s[from] < piece_s)
			continue;
		gnuplot_put_row(script, 2,
			(double[]){(f->t_s[from] + f->t_s[i]) / 2,
				(runs[i] - runs[from]) / (ns[i] - ns[from]) / mean});
		from = i;
	}
	fputs("EOD\n", script);
}

static void put_curve(FILE *script, const char *curve, const char *what, const char *part, double v)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", curve, what);
	gnuplot_put_number(script, name, part, v);
}

static void put_extremes(FILE *script, const struct figure *f, const char *part)
{
	const struct judgement *j = f->judgement;
	const double *minor = run_series(f->run, METRIC_minflt);
	const double *major = run_series(f->run, METRIC_majflt);

	for (enum curve c = 0; c < CURVE_COUNT; c++) {
		struct group_gauge all = not_measured, steady = not_measured;

		if (f->grouped[c]) {
			all = decimate_extremes(f->spans, f->grouped[c], f->groups, 0, f->end_s);
			steady = decimate_extremes(
				f->spans, f->grouped[c], f->groups, j->from_s, j->to_s);
		}
		if (isnan(steady.low))
			steady = all;
		put_curve(script, series_info[curve_series[c]].name, "_low", part, steady.low);
		put_curve(script, series_info[curve_series[c]].name, "_high", part, steady.high);
		put_curve(script, series_info[curve_series[c]].name, "_mean", part, steady.mean);
		put_curve(script, series_info[curve_series[c]].name, "_all_low", part, all.low);
		put_curve(script, series_info[curve_series[c]].name, "_all_high", part, all.high);
	}
	gnuplot_put_number(script, "minor_faults", part, minor ? decimate_last(minor, f->n) : NAN);
	gnuplot_put_number(script, "major_faults", part, major ? decimate_last(major, f->n) : NAN);
}

static void put_rules(FILE *script, const struct judgement *j)
{
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct judge_rule_info *info = judge_rule_info(rule);
		const struct rule_result *result = &j->rules[rule];

		gnuplot_put_text(script, info->name, "_verdict", verdict_name(result->verdict));
		gnuplot_put_text(script, info->name, "_unit", info->unit);
		gnuplot_put_number(script, info->name, "_estimate", result->estimate);
		gnuplot_put_number(script, info->name, "_low", result->low);
		gnuplot_put_number(script, info->name, "_high", result->high);
		gnuplot_put_number(script, info->name, "_target", result->target);
	}
}

/* Of more marks than a picture holds the first. */
static void put_marks(FILE *script, const struct figure *f)
{
	const struct run_event *events;
	size_t n = run_events(f->run, &events), marks = 0;
	char name[32];

	for (size_t e = 0; e < n && marks < MARKS_DRAWN; e++) {
		if (strcmp(events[e].kind, "mark") != 0)
			continue;
		snprintf(name, sizeof(name), "mark_%zu", ++marks);
		gnuplot_put_number(script, name, "_s", events[e].t_s);
		gnuplot_put_text(script, name, "_text", events[e].text);
	}
	gnuplot_put_number(script, "marks", "", (double)marks);
}

static void put_excluded(FILE *script, const struct judge_excluded *excluded)
{
	char name[32];

	for (size_t i = 0; i < excluded->n; i++) {
		snprintf(name, sizeof(name), "excluded_%zu", i + 1);
		gnuplot_put_number(script, name, "_from_s", excluded->window[i].from_s);
		gnuplot_put_number(script, name, "_to_s", excluded->window[i].to_s);
	}
	gnuplot_put_number(script, "excluded", "", (double)excluded->n);
}

/* What ran and what became of it. `part` tells the runs of an overlay apart. */
static void put_run(FILE *script, const struct figure *f, const char *part)
{
	static const char *const keys[] = {
		"workload", "host_cpu", "kernel", "start_utc", "end_reason"};
	const char *allocator = run_fact(f->run, "allocator");
	const char *command = run_fact(f->run, "command");
	scoped_text footer = {0};

	text_set(&footer, "%s", basename(run_path(f->run)));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *fact = run_fact(f->run, keys[i]);

		if (fact && *fact)
			text_add(&footer, "  ·  %s", fact);
	}
	gnuplot_put_text(script, "footer", part, text_of(&footer));
	gnuplot_put_text(script, "file", part, basename(run_path(f->run)));
	gnuplot_put_text(
		script, "allocator", part, allocator ? allocator : basename(run_path(f->run)));
	gnuplot_put_text(script, "command", part, command ? command : run_path(f->run));
	gnuplot_put_text(script, "verdict", part, verdict_name(f->judgement->verdict));
	gnuplot_put_text(script, "reason", part, text_of(&f->judgement->reason));
	gnuplot_put_number(script, "end_s", part, f->end_s);
	gnuplot_put_number(script, "group_s", part, f->end_s / (double)f->groups);
	gnuplot_put_number(script, "group_samples", part, (double)f->stride);
}

/* Draws what the tables in `script` say, with one of the scripts in the script directory. */
static int draw(FILE *script, const char *name, const struct plot_options *o, struct text *error)
{
	int picture_fd = memfd_create("picture", MFD_CLOEXEC), r;

	if (picture_fd < 0)
		return text_fail(error, -errno, "cannot hold a picture in memory: %m");
	fprintf(script, "load script_dir.'/%s.gp'\n", name);
	r = gnuplot_run(script, picture_fd, error);
	if (r == 0 && o->output) {
		r = output_file_keep(picture_fd, o->output, error);
	} else if (r == 0) {
		r = gnuplot_print(picture_fd);
		if (r < 0)
			text_fail(error, r, "cannot print: %s", strerror(-r));
	}
	close(picture_fd);
	return r;
}

static const char *format_of(const struct plot_options *o)
{
	const char *ending = o->output ? strrchr(o->output, '.') : NULL;

	if (o->dumb)
		return "dumb";
	if (ending && (strcmp(ending, ".svg") == 0 || strcmp(ending, ".png") == 0))
		return ending + 1;
	return NULL;
}

/* Size: as asked, else that of the terminal, else what reads well. */
static void put_options(FILE *script, const struct plot_options *o)
{
	struct winsize terminal = {.ws_col = 80};
	const char *columns = getenv("COLUMNS");
	int width = 1200;

	if (o->dumb) {
		if (o->output || ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) < 0)
			terminal.ws_col = columns ? (unsigned short)atoi(columns) : 80;
		width = terminal.ws_col < 40 ? 80 : terminal.ws_col;
	}
	gnuplot_put_text(script, "format", "", format_of(o));
	gnuplot_put_text(script, "script_dir", "", o->script_dir ? o->script_dir : "plots");
	gnuplot_put_number(script, "width", "", o->width > 0 ? o->width : width);
	gnuplot_put_number(script, "height", "", o->height > 0 ? o->height : o->dumb ? 24 : 1000);
	gnuplot_put_number(script, "relative", "", o->relative);
}

/* Returns a script with the options in it, or NULL after an error. */
static FILE *script_new(const struct plot_options *o, struct text *error)
{
	FILE *script;
	int fd;

	text_release(error);
	if (!format_of(o)) {
		text_fail(error, 0, "%s: a picture's name must end in .svg or .png",
			o->output ? o->output : "(no output)");
		return NULL;
	}
	if (!o->dumb && ((o->width > 0 && o->width < WIDTH_MIN) ||
				(o->height > 0 && o->height < HEIGHT_MIN))) {
		text_fail(
			error, 0, "a picture needs at least %d x %d pixels", WIDTH_MIN, HEIGHT_MIN);
		return NULL;
	}
	fd = memfd_create("gnuplot-script", MFD_CLOEXEC);
	script = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!script)
		text_fail(error, 0, "cannot write a gnuplot script: %m");
	else
		put_options(script, o);
	return script;
}

/* Few whole events per sample: between two samples their rate is only that one came. */
static void flatten(struct group_gauge *groups, size_t n)
{
	for (size_t g = 0; groups && g < n; g++)
		groups[g].low = groups[g].high = groups[g].mean;
}

static int load(struct figure *f, struct run *run, const struct judgement *judgement, size_t limit,
	struct text *error)
{
	int r = figure_init(f, run, judgement, limit);

	if (r == -ENODATA)
		return text_fail(error, r, "%s: no samples to draw", run_path(run));
	if (r < 0)
		return text_fail(
			error, r, "%s: cannot read its samples: %s", run_path(run), strerror(-r));
	flatten(f->grouped[CURVE_FAULTS], f->groups);
	return 0;
}

int plot_run(struct run *run, const struct judgement *judgement, const struct plot_options *options,
	struct text *error)
{
	FILE *script = script_new(options, error);
	struct figure f;
	int r;

	if (!script)
		return -EINVAL;
	r = load(&f, run, judgement, GROUPS_OF_RUN, error);
	if (r < 0) {
		fclose(script);
		return r;
	}
	put_samples(script, &f, "");
	put_run(script, &f, "");
	put_steady(script, &f);
	put_marks(script, &f);
	put_excluded(script, &judgement->excluded);
	put_speed(script, &f);
	put_extremes(script, &f, "");
	put_rules(script, judgement);
	r = put_churn(script, &f);
	if (r < 0)
		text_fail(error, r, "%s: %s", run_path(run), strerror(-r));
	else
		r = draw(script, options->dumb ? "dumb" : "run", options, error);
	figure_release(&f);
	fclose(script);
	return r;
}

static void put_overlay(FILE *script, const struct figure *figures, size_t n)
{
	gnuplot_put_number(script, "runs", "", (double)n);
	for (size_t i = 0; i < n; i++) {
		const struct figure *f = &figures[i];
		const double *calls = f->curves[CURVE_BUDGET];
		char part[24];

		snprintf(part, sizeof(part), "_%zu", i + 1);
		put_samples(script, f, part);
		put_run(script, f, part);
		put_extremes(script, f, part);
		gnuplot_put_number(
			script, "from_s", part, figure_has_window(f) ? f->judgement->from_s : NAN);
		gnuplot_put_number(script, "level_bytes", part, figure_level(f));
		gnuplot_put_number(script, "calls", part, calls ? decimate_last(calls, f->n) : NAN);
	}
}

/* Characters have no room for several runs: one picture after the other. */
static int draw_each(struct run **runs, const struct judgement *judgements, size_t n,
	const struct plot_options *options, struct text *error)
{
	int r = 0;

	if (options->output && n > 1)
		return text_fail(error, -EINVAL,
			"several runs in characters need standard output: leave out %s",
			options->output);
	for (size_t i = 0; i < n && r == 0; i++)
		r = plot_run(runs[i], &judgements[i], options, error);
	return r;
}

int plot_overlay(struct run **runs, const struct judgement *judgements, size_t n,
	const struct plot_options *options, struct text *error)
{
	struct figure *figures;
	FILE *script;
	size_t loaded = 0;
	int r = 0;

	if (n == 0 || n > PLOT_RUNS_MAX)
		return text_fail(error, -EINVAL, "one picture holds 1 to %d runs, not %zu",
			PLOT_RUNS_MAX, n);
	if (options->dumb)
		return draw_each(runs, judgements, n, options, error);
	script = script_new(options, error);
	if (!script)
		return -EINVAL;
	figures = calloc(n, sizeof(*figures));
	if (!figures)
		r = text_fail(error, -ENOMEM, "%s", strerror(ENOMEM));
	for (; r == 0 && loaded < n; loaded += r == 0)
		r = load(&figures[loaded], runs[loaded], &judgements[loaded], GROUPS_OF_OVERLAY,
			error);
	if (r == 0) {
		put_overlay(script, figures, n);
		r = draw(script, "overlay", options, error);
	}
	while (loaded > 0)
		figure_release(&figures[--loaded]);
	free(figures);
	fclose(script);
	return r;
}
