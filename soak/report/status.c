/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the live line. Called by soak run and attach at each tick. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "soak/judge/wording.h"
#include "soak/report/status.h"

#define BAR_WIDTH 20
#define LINE_EVERY_S 60.0

void status_init(struct status_line *line)
{
	*line = (struct status_line){
		.terminal = isatty(STDERR_FILENO), .next_line_s = LINE_EVERY_S};
}

void status_clear(struct status_line *line)
{
	if (line->drawn)
		fputs("\r\033[K", stderr);
	line->drawn = false;
}

static void draw_bar(const struct status_figures *f, char *text, size_t size)
{
	int filled = f->total_s > 0 ? (int)(BAR_WIDTH * fmin(1, f->elapsed_s / f->total_s)) : 0;
	char bar[BAR_WIDTH + 1];

	if (f->total_s <= 0) {
		snprintf(text, size, "%s", say_clock(f->elapsed_s).text);
		return;
	}
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', filled);
	bar[BAR_WIDTH] = 0;
	snprintf(text, size, "%s/%s [%s]", say_clock(f->elapsed_s).text, say_clock(f->total_s).text,
		bar);
}

static void compose(const struct status_figures *f, bool bar, char *text, size_t size)
{
	char time[160], drift[16] = "-", calls[16] = "-";

	draw_bar(f, time, sizeof(time));
	if (!bar && strchr(time, '['))
		*(strchr(time, '[') - 1) = 0;
	if (!isnan(f->drift_pct_per_h))
		snprintf(drift, sizeof(drift), "%+.1f %%/h", f->drift_pct_per_h);
	if (!isnan(f->calls_per_op))
		snprintf(calls, sizeof(calls), "%.2g", f->calls_per_op);
	snprintf(text, size, "%s  ops %s  RSS %s (%s)  calls/op %s  faults %s  lost %llu", time,
		say_rate(f->ops_per_s).text, say_bytes(f->rss_bytes).text, drift, calls,
		say_rate(f->faults_per_s).text, (unsigned long long)f->losses);
}

void status_show(struct status_line *line, const struct status_figures *figures)
{
	struct winsize window = {.ws_col = 80};
	char text[512];

	if (!line->terminal) {
		if (figures->elapsed_s < line->next_line_s)
			return;
		while (line->next_line_s <= figures->elapsed_s)
			line->next_line_s += LINE_EVERY_S;
		compose(figures, false, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return;
	}
	ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
	compose(figures, true, text, sizeof(text));
	if (strlen(text) >= window.ws_col)
		compose(figures, false, text, sizeof(text));
	/* The cursor waits at the start, so that what the target prints begins a line. */
	fprintf(stderr, "\r%.*s\033[K\r", window.ws_col > 1 ? window.ws_col - 1 : 79, text);
	line->drawn = true;
}
