/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Feeds gnuplot. The script, its tables and the picture pass through memory files: gnuplot can
 * neither block us nor leave half a picture behind, and a run's command line never meets a shell.
 */
#include "soak/report/plot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/report/decimate.h"

#define NO_GNUPLOT "gnuplot is not installed: apt-get install gnuplot-nox"

enum {
	GROUPS_OF_RUN = 1500,
	GROUPS_OF_OVERLAY = 600,
	TEXT_MAX = 600,
	LANES = 7,
	STEADY_STEPS = 200
};
enum { WIDTH_MIN = 1000, HEIGHT_MIN = 800 }; /* below that its words overlap */

/* What is drawn: sums of metrics. The first CURVE_GROUPED are drawn as lines. */
enum curve {
	CURVE_RSS,
	CURVE_LAZYFREE,
	CURVE_OPS,
	CURVE_FAULTS,
	CURVE_GROUPED,
	CURVE_BUDGET = CURVE_GROUPED,
	CURVE_COUNT
};

static const struct curve_info {
	const char *name;
	bool counter;
	size_t n;
	enum metric metrics[3];
} curve_info[CURVE_COUNT] = {
	{"rss", false, 3, {METRIC_rss_anon_bytes, METRIC_rss_file_bytes, METRIC_rss_shmem_bytes}},
	{"lazyfree", false, 1, {METRIC_lazyfree_bytes}},
	{"ops", true, 3, {METRIC_ops_alloc, METRIC_ops_free, METRIC_ops_realloc}},
	{"faults", true, 2, {METRIC_minflt, METRIC_majflt}},
	{"budget", true, 3, {METRIC_mmap, METRIC_munmap, METRIC_madvise}},
};

static const enum metric lanes[LANES] = {METRIC_mmap, METRIC_munmap, METRIC_madvise, METRIC_mremap,
	METRIC_brk, METRIC_mprotect, METRIC_process_madvise};

static const struct group_gauge not_measured = {NAN, NAN, NAN};

/* One run, ready to be drawn. */
struct figure {
	struct run *run;
	const struct judgement *judgement;
	size_t n, stride, groups;
	const double *t_s;
	double end_s;
	double *curves[CURVE_COUNT]; /* NULL: not measured */
	struct group_span *spans;
	struct group_gauge *grouped[CURVE_GROUPED]; /* NULL: not measured */
};

__attribute__((format(printf, 4, 5))) static int fail(
	int code, char *error, size_t error_size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, error_size, format, args);
	va_end(args);
	return code;
}

/* A metric that the whole run lacks does not count; without any, there is no curve. */
static int add_metric(struct figure *f, enum curve curve, enum metric metric)
{
	const double *v = run_series(f->run, metric);

	if (!v)
		return -EIO;
	if (decimate_absent(v, f->n))
		return 0;
	if (!f->curves[curve])
		f->curves[curve] = calloc(f->n, sizeof(double));
	if (!f->curves[curve])
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++)
		f->curves[curve][i] += v[i];
	return 0;
}

static int load_curves(struct figure *f)
{
	for (enum curve c = 0; c < CURVE_COUNT; c++) {
		for (size_t part = 0; part < curve_info[c].n; part++) {
			int r = add_metric(f, c, curve_info[c].metrics[part]);

			if (r < 0)
				return r;
		}
	}
	if (f->curves[CURVE_OPS] && !(decimate_last(f->curves[CURVE_OPS], f->n) > 0)) {
		free(f->curves[CURVE_OPS]); /* an ops page that nobody counted in */
		f->curves[CURVE_OPS] = NULL;
	}
	if (!f->curves[CURVE_RSS])
		return add_metric(f, CURVE_RSS, METRIC_statm_rss_bytes);
	return 0;
}

/* Few whole events per sample: between two samples their rate is only that one came. */
static void flatten(struct group_gauge *groups, size_t n)
{
	for (size_t g = 0; g < n; g++)
		groups[g].low = groups[g].high = groups[g].mean;
}

static int group_curves(struct figure *f, size_t limit)
{
	f->stride = decimate_stride(f->n, limit);
	f->groups = decimate_groups(f->n, f->stride);
	f->spans = calloc(f->groups, sizeof(*f->spans));
	if (!f->spans)
		return -ENOMEM;
	decimate_spans(f->t_s, f->n, f->stride, f->spans);
	for (enum curve c = 0; c < CURVE_GROUPED; c++) {
		if (!f->curves[c])
			continue;
		f->grouped[c] = calloc(f->groups, sizeof(*f->grouped[c]));
		if (!f->grouped[c])
			return -ENOMEM;
		if (curve_info[c].counter)
			decimate_rate(f->t_s, f->curves[c], f->n, f->stride, f->grouped[c]);
		else
			decimate_gauge(f->curves[c], f->n, f->stride, f->grouped[c]);
	}
	if (f->grouped[CURVE_FAULTS])
		flatten(f->grouped[CURVE_FAULTS], f->groups);
	return 0;
}

static void figure_release(struct figure *f)
{
	for (enum curve c = 0; c < CURVE_COUNT; c++)
		free(f->curves[c]);
	for (enum curve c = 0; c < CURVE_GROUPED; c++)
		free(f->grouped[c]);
	free(f->spans);
}

static int figure_init(struct figure *f, struct run *run, const struct judgement *judgement,
	size_t limit, char *error, size_t error_size)
{
	int r;

	*f = (struct figure){.run = run, .judgement = judgement, .n = run_sample_count(run)};
	if (f->n == 0)
		return fail(-ENODATA, error, error_size, "%s: no samples to draw", run_path(run));
	f->t_s = run_times(run);
	r = f->t_s ? load_curves(f) : -EIO;
	if (r == 0)
		r = group_curves(f, limit);
	f->end_s = r < 0 ? 0 : fmax(f->t_s[f->n - 1], run_fact_number(run, "duration_s", 0));
	if (f->end_s <= 0)
		f->end_s = 1;
	if (r < 0) {
		figure_release(f);
		return fail(r, error, error_size, "%s: cannot read its samples: %s", run_path(run),
			strerror(-r));
	}
	return 0;
}

/* Always with an exponent: gnuplot divides 7 by 2 as whole numbers do. */
static void put_number(FILE *script, const char *name, const char *part, double v)
{
	if (isfinite(v))
		fprintf(script, "%s%s = %.12e\n", name, part, v);
	else
		fprintf(script, "%s%s = NaN\n", name, part);
}

static void put_row(FILE *script, size_t n, const double *cells)
{
	for (size_t i = 0; i < n; i++) {
		if (isfinite(cells[i]))
			fprintf(script, "%s%.9g", i > 0 ? "," : "", cells[i]);
		else
			fprintf(script, "%sNaN", i > 0 ? "," : "");
	}
	fputc('\n', script);
}

/* Length of the well-formed UTF-8 character at `s` that is fit for XML and a terminal, or 0. */
static size_t printable(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (length == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0; /* control characters */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0))
		return 0; /* overlong, surrogates */
	if ((s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe) || s[0] > 0xf4)
		return 0; /* not characters */
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

/*
 * In octal, a character is seen by none of gnuplot's quoting, backquotes and other substitutions.
 * gnuplot reads on through all digits that follow, so these have to be in octal too.
 */
static void put_text(FILE *script, const char *name, const char *part, const char *text)
{
	const unsigned char *s = (const unsigned char *)(text ? text : "");
	const unsigned char *start = s;
	bool octal = false;

	fprintf(script, "%s%s = \"", name, part);
	while (*s && s - start < TEXT_MAX) {
		size_t length = printable(s);
		unsigned char c = length > 0 ? *s : *s < 0x20 ? ' ' : '?';

		octal = length <= 1 && c != ' ' && !isalpha(c) && (octal || !isdigit(c));
		if (octal)
			fprintf(script, "\\%03o", c);
		else if (length > 1)
			fwrite(s, 1, length, script);
		else
			fputc(c, script);
		s += length > 0 ? length : 1;
	}
	fputs("\"\n", script);
}

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
		struct group_gauge now[CURVE_GROUPED];
		const struct group_gauge *rss = &now[CURVE_RSS], *ops = &now[CURVE_OPS];
		size_t last = g + 1 < f->groups ? (g + 1) * f->stride - 1 : f->n - 1;

		for (enum curve c = 0; c < CURVE_GROUPED; c++)
			now[c] = f->grouped[c] ? f->grouped[c][g] : not_measured;
		if (!isnan(now[CURVE_LAZYFREE].mean))
			lazyfree = now[CURVE_LAZYFREE].mean; /* read rarely: carried forward */
		put_row(script, 12,
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
		put_number(script, name, "_total", v ? decimate_last(v, f->n) : NAN);
		put_number(script, name, "_steady",
			v ? decimate_growth(f->t_s, v, f->n, j->from_s, j->to_s) : NAN);
	}
	fputs("$churn << EOD\nfrom_s,to_s,lane,calls\n", script);
	for (size_t lane = 0; lane < LANES; lane++) {
		const double *v = run_series(f->run, lanes[lane]);

		if (v)
			decimate_calls(v, f->n, f->stride, calls);
		for (size_t g = 0; v && g < f->groups; g++) {
			if (calls[g] > 0)
				put_row(script, 4,
					(double[]){f->spans[g].from_s, f->spans[g].to_s,
						(double)lane + 1, calls[g]});
			most = fmax(most, calls[g]);
		}
	}
	fputs("EOD\n", script);
	put_number(script, "churn_most", "", most);
	free(calls);
	return 0;
}

/* From the window's start: the fitted line, those of its slope's interval, and the target's. */
static void put_steady(FILE *script, const struct figure *f)
{
	const struct judgement *j = f->judgement;
	bool per_hour = strcmp(judge_rule_info(RULE_RSS_DRIFT)->unit, "%/h") == 0;
	double level = j->drift_intercept_bytes, length_s = j->to_s - j->from_s;
	double target = per_hour ? level * j->rules[RULE_RSS_DRIFT].target / 100 / 3600 : NAN;

	put_number(script, "from_s", "", j->from_s);
	put_number(script, "to_s", "", j->to_s);
	put_number(script, "target_end_bytes", "", level + length_s * target);
	fputs("$steady << EOD\nt_s,fit_bytes,low_bytes,high_bytes,target_bytes\n", script);
	for (int i = 0; i <= STEADY_STEPS && length_s >= 0; i++) {
		double s = length_s * i / STEADY_STEPS;

		put_row(script, 5,
			(double[]){j->from_s + s, level + s * j->drift_slope_bytes_per_s,
				level + s * j->drift_slope_low, level + s * j->drift_slope_high,
				level + s * target});
	}
	fputs("EOD\n", script);
}

static void put_curve(FILE *script, const char *curve, const char *what, const char *part, double v)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", curve, what);
	put_number(script, name, part, v);
}

static void put_extremes(FILE *script, const struct figure *f, const char *part)
{
	const struct judgement *j = f->judgement;
	const double *minor = run_series(f->run, METRIC_minflt);
	const double *major = run_series(f->run, METRIC_majflt);

	for (enum curve c = 0; c < CURVE_GROUPED; c++) {
		struct group_gauge all = not_measured, steady = not_measured;

		if (f->grouped[c]) {
			all = decimate_extremes(f->spans, f->grouped[c], f->groups, 0, f->end_s);
			steady = decimate_extremes(
				f->spans, f->grouped[c], f->groups, j->from_s, j->to_s);
		}
		if (isnan(steady.low))
			steady = all;
		put_curve(script, curve_info[c].name, "_low", part, steady.low);
		put_curve(script, curve_info[c].name, "_high", part, steady.high);
		put_curve(script, curve_info[c].name, "_mean", part, steady.mean);
		put_curve(script, curve_info[c].name, "_all_low", part, all.low);
		put_curve(script, curve_info[c].name, "_all_high", part, all.high);
	}
	put_number(script, "minor_faults", part, minor ? decimate_last(minor, f->n) : NAN);
	put_number(script, "major_faults", part, major ? decimate_last(major, f->n) : NAN);
}

static void put_rules(FILE *script, const struct judgement *j)
{
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct judge_rule_info *info = judge_rule_info(rule);
		const struct rule_result *result = &j->rules[rule];

		put_text(script, info->name, "_verdict", verdict_name(result->verdict));
		put_text(script, info->name, "_unit", info->unit);
		put_number(script, info->name, "_estimate", result->estimate);
		put_number(script, info->name, "_low", result->low);
		put_number(script, info->name, "_high", result->high);
		put_number(script, info->name, "_target", result->target);
	}
}

/* What ran and what became of it. `part` tells the runs of an overlay apart. */
static void put_run(FILE *script, const struct figure *f, const char *part)
{
	static const char *const keys[] = {
		"workload", "host_cpu", "kernel", "start_utc", "end_reason"};
	const char *allocator = run_fact(f->run, "allocator");
	const char *command = run_fact(f->run, "command");
	char footer[TEXT_MAX];
	int used = snprintf(footer, sizeof(footer), "%s", basename(run_path(f->run)));

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *fact = run_fact(f->run, keys[i]);

		if (fact && *fact && used < (int)sizeof(footer))
			used += snprintf(
				footer + used, sizeof(footer) - (size_t)used, "  ·  %s", fact);
	}
	put_text(script, "footer", part, footer);
	put_text(script, "file", part, basename(run_path(f->run)));
	put_text(script, "allocator", part, allocator ? allocator : basename(run_path(f->run)));
	put_text(script, "command", part, command ? command : run_path(f->run));
	put_text(script, "verdict", part, verdict_name(f->judgement->verdict));
	put_text(script, "reason", part, f->judgement->reason);
	put_number(script, "end_s", part, f->end_s);
	put_number(script, "group_s", part, f->end_s / (double)f->groups);
	put_number(script, "group_samples", part, (double)f->stride);
}

/* The line of gnuplot's messages that holds `word`. */
static bool first_line_about(const char *said, const char *word, char *error, size_t error_size)
{
	const char *at = strstr(said, word);

	while (at && at > said && at[-1] != '\n')
		at--;
	if (at)
		snprintf(error, error_size, "gnuplot: %.*s", (int)strcspn(at, "\n"), at);
	return at != NULL;
}

static int hear_gnuplot(int status, int said_fd, char *error, size_t error_size)
{
	char said[4096];
	ssize_t n = pread(said_fd, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (!strstr(said, "no valid points")) /* a table without rows */
			first_line_about(said, "warning: ", error, error_size);
		return 0;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fail(-ENOPKG, error, error_size, NO_GNUPLOT);
	if (!first_line_about(said, " line ", error, error_size))
		fail(0, error, error_size, "gnuplot failed: %.*s", (int)strcspn(said, "\n"), said);
	return -EIO;
}

static int run_gnuplot(FILE *script, int picture_fd, char *error, size_t error_size)
{
	char program[] = "gnuplot", no_user_settings[] = "-d";
	char *argv[] = {program, no_user_settings, NULL};
	int said_fd = memfd_create("gnuplot-said", MFD_CLOEXEC), status = 0, r;
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (said_fd < 0 || fflush(script) != 0 || lseek(fileno(script), 0, SEEK_SET) < 0) {
		r = fail(-errno, error, error_size, "cannot start gnuplot: %m");
		close(said_fd);
		return r;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, picture_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, said_fd, STDERR_FILENO);
	r = -posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r == -ENOENT)
		r = fail(-ENOPKG, error, error_size, NO_GNUPLOT);
	else if (r < 0)
		fail(r, error, error_size, "cannot start gnuplot: %s", strerror(-r));
	while (r == 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			r = fail(-errno, error, error_size, "lost gnuplot: %m");
	}
	if (r == 0)
		r = hear_gnuplot(status, said_fd, error, error_size);
	close(said_fd);
	return r;
}

static int copy(int to, int from)
{
	off_t size = lseek(from, 0, SEEK_END), at = 0;

	if (size <= 0)
		return size < 0 ? -errno : -ENODATA;
	while (at < size) {
		if (sendfile(to, from, &at, (size_t)(size - at)) <= 0)
			return errno ? -errno : -EIO;
	}
	return 0;
}

/* The finished picture takes its name in one step. */
static int keep_picture(int picture_fd, const char *output, char *error, size_t error_size)
{
	char part[PATH_MAX];
	int fd, r;

	if (snprintf(part, sizeof(part), "%s.part-%d", output, getpid()) >= (int)sizeof(part))
		return fail(
			-ENAMETOOLONG, error, error_size, "%s: %s", output, strerror(ENAMETOOLONG));
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail(-errno, error, error_size, "%s: %m", output);
	r = copy(fd, picture_fd);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(part, output) < 0)
		r = -errno;
	if (r < 0) {
		unlink(part);
		fail(r, error, error_size, "%s: %s", output, strerror(-r));
	}
	return r;
}

/* In characters; gnuplot starts each picture with a form feed, which a terminal has no use for. */
static int print_picture(int picture_fd)
{
	char block[4096];
	ssize_t n;

	lseek(picture_fd, 0, SEEK_SET);
	while ((n = read(picture_fd, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (block[i] != '\f')
				putchar(block[i]);
		}
	}
	return n < 0 || fflush(stdout) != 0 ? -errno : 0;
}

/* Draws what the tables in `script` say, with one of the scripts in the script directory. */
static int draw(FILE *script, const char *name, const struct plot_options *o, char *error,
	size_t error_size)
{
	int picture_fd = memfd_create("picture", MFD_CLOEXEC), r;

	if (picture_fd < 0)
		return fail(-errno, error, error_size, "cannot hold a picture in memory: %m");
	fprintf(script, "load script_dir.'/%s.gp'\n", name);
	r = run_gnuplot(script, picture_fd, error, error_size);
	if (r == 0 && o->output) {
		r = keep_picture(picture_fd, o->output, error, error_size);
	} else if (r == 0) {
		r = print_picture(picture_fd);
		if (r < 0)
			fail(r, error, error_size, "cannot print: %s", strerror(-r));
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
	put_text(script, "format", "", format_of(o));
	put_text(script, "script_dir", "", o->script_dir ? o->script_dir : "plots");
	put_number(script, "width", "", o->width > 0 ? o->width : width);
	put_number(script, "height", "", o->height > 0 ? o->height : o->dumb ? 24 : 1000);
	put_number(script, "relative", "", o->relative);
}

/* Returns a script with the options in it, or NULL after an error. */
static FILE *script_new(const struct plot_options *o, char *error, size_t error_size)
{
	FILE *script;
	int fd;

	error[0] = '\0';
	if (!format_of(o)) {
		fail(0, error, error_size, "%s: a picture's name must end in .svg or .png",
			o->output ? o->output : "(no output)");
		return NULL;
	}
	if (!o->dumb && ((o->width > 0 && o->width < WIDTH_MIN) ||
				(o->height > 0 && o->height < HEIGHT_MIN))) {
		fail(0, error, error_size, "a picture needs at least %d x %d pixels", WIDTH_MIN,
			HEIGHT_MIN);
		return NULL;
	}
	fd = memfd_create("gnuplot-script", MFD_CLOEXEC);
	script = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!script)
		fail(0, error, error_size, "cannot write a gnuplot script: %m");
	else
		put_options(script, o);
	return script;
}

int plot_run(struct run *run, const struct judgement *judgement, const struct plot_options *options,
	char *error, size_t error_size)
{
	FILE *script = script_new(options, error, error_size);
	struct figure f;
	int r;

	if (!script)
		return -EINVAL;
	r = figure_init(&f, run, judgement, GROUPS_OF_RUN, error, error_size);
	if (r < 0) {
		fclose(script);
		return r;
	}
	put_samples(script, &f, "");
	put_run(script, &f, "");
	put_steady(script, &f);
	put_extremes(script, &f, "");
	put_rules(script, judgement);
	r = put_churn(script, &f);
	if (r < 0)
		fail(r, error, error_size, "%s: %s", run_path(run), strerror(-r));
	else
		r = draw(script, options->dumb ? "dumb" : "run", options, error, error_size);
	figure_release(&f);
	fclose(script);
	return r;
}

static bool has_window(const struct figure *f)
{
	return f->judgement->from_s <= f->judgement->to_s;
}

/* RSS at the start of the steady window: what 100 % is. */
static double steady_level(const struct figure *f)
{
	const struct group_gauge *rss = f->grouped[CURVE_RSS];

	if (f->judgement->from_s <= f->judgement->to_s &&
		isfinite(f->judgement->drift_intercept_bytes))
		return f->judgement->drift_intercept_bytes;
	for (size_t g = 0; rss && g < f->groups; g++) {
		if (rss[g].mean > 0)
			return rss[g].mean;
	}
	return NAN;
}

static void put_overlay(FILE *script, const struct figure *figures, size_t n)
{
	put_number(script, "runs", "", (double)n);
	for (size_t i = 0; i < n; i++) {
		const struct figure *f = &figures[i];
		const double *calls = f->curves[CURVE_BUDGET];
		char part[24];

		snprintf(part, sizeof(part), "_%zu", i + 1);
		put_samples(script, f, part);
		put_run(script, f, part);
		put_extremes(script, f, part);
		put_number(script, "from_s", part, has_window(f) ? f->judgement->from_s : NAN);
		put_number(script, "level_bytes", part, steady_level(f));
		put_number(script, "calls", part, calls ? decimate_last(calls, f->n) : NAN);
	}
}

/* Characters have no room for several runs: one picture after the other. */
static int draw_each(struct run **runs, const struct judgement *judgements, size_t n,
	const struct plot_options *options, char *error, size_t error_size)
{
	int r = 0;

	if (options->output && n > 1)
		return fail(-EINVAL, error, error_size,
			"several runs in characters need standard output: leave out %s",
			options->output);
	for (size_t i = 0; i < n && r == 0; i++)
		r = plot_run(runs[i], &judgements[i], options, error, error_size);
	return r;
}

int plot_overlay(struct run **runs, const struct judgement *judgements, size_t n,
	const struct plot_options *options, char *error, size_t error_size)
{
	struct figure *figures;
	FILE *script;
	size_t loaded = 0;
	int r = 0;

	if (n == 0 || n > PLOT_RUNS_MAX)
		return fail(-EINVAL, error, error_size, "one picture holds 1 to %d runs, not %zu",
			PLOT_RUNS_MAX, n);
	if (options->dumb)
		return draw_each(runs, judgements, n, options, error, error_size);
	script = script_new(options, error, error_size);
	if (!script)
		return -EINVAL;
	figures = calloc(n, sizeof(*figures));
	if (!figures)
		r = fail(-ENOMEM, error, error_size, "%s", strerror(ENOMEM));
	for (; r == 0 && loaded < n; loaded += r == 0)
		r = figure_init(&figures[loaded], runs[loaded], &judgements[loaded],
			GROUPS_OF_OVERLAY, error, error_size);
	if (r == 0) {
		put_overlay(script, figures, n);
		r = draw(script, "overlay", options, error, error_size);
	}
	while (loaded > 0)
		figure_release(&figures[--loaded]);
	free(figures);
	fclose(script);
	return r;
}
