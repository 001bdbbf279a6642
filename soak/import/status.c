/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of /proc/PID/status and of smaps_rollup, read in a loop, alone or whole, by grep or cat:
 *
 *   Pid:    4711            whose figures follow
 *   VmRSS:     1234 kB      KiB, whatever it says; Rss: in smaps_rollup
 *
 * What stands before VmRSS is a time, or the name of the file that grep found it in. A line that is
 * a time and nothing else is that of the lines after it.
 *
 * Called by import.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak/import/reader.h"
#include "soak/import/times.h"

struct status {
	struct reader *reader;
	size_t time, pid; /* in the pool */
};

static const char *find_label(const char *line)
{
	const char *at = strstr(line, "VmRSS:");

	if (!at && strncmp(line, "Rss:", 4) == 0)
		at = line;
	return at;
}

/* "/proc/4711/status:" */
static int take_prefix(struct status *status, const char *line, const char *label)
{
	const char *proc = strstr(line, "/proc/");
	struct table *table = &status->reader->table;
	size_t digits = proc ? strspn(proc + 6, "0123456789") : 0, length = (size_t)(label - line);

	if (proc && proc < label && digits) {
		if (table_text(table, proc + 6, digits, &status->pid))
			return -ENOMEM;
		length = (size_t)(proc - line);
	}
	while (length && strchr(" \t:,;", line[length - 1]))
		length--;
	return length ? table_text(table, line, length, &status->time) : 0;
}

static int take_line(struct status *status, const char *line)
{
	struct table *table = &status->reader->table;
	const char *label, *figure;
	size_t length;

	line += strspn(line, " \t");
	if (strncmp(line, "Pid:", 4) == 0) {
		line += 4 + strspn(line + 4, " \t");
		return table_text(table, line, strspn(line, "0123456789"), &status->pid);
	}
	label = find_label(line);
	if (!label)
		return time_parse(line, false).kind || (strspn(line, "0123456789") >= 9 &&
							       !line[strspn(line, "0123456789.")])
			       ? table_text(table, line, strlen(line), &status->time)
			       : 0;
	if (take_prefix(status, line, label))
		return -ENOMEM;
	figure = strchr(label, ':') + 1;
	figure += strspn(figure, " \t");
	length = strlen(figure);
	while (length && isblank((unsigned char)figure[length - 1]))
		length--;
	if (length > 3 && strncmp(figure + length - 2, "kB", 2) == 0)
		length -= 2;
	if (table_cell_at(table, status->time) || table_cell_at(table, status->pid) ||
		table_cell(table, figure, length))
		return -ENOMEM;
	return table_end_row(table, status->reader->line, false);
}

int read_status(struct reader *reader)
{
	struct status status = {.reader = reader};
	struct table *table = &reader->table;
	char *line;
	int code = 0;

	table->plain_unit = 1024;
	if (table_name(table, "time", 4) || table_name(table, "Pid", 3) ||
		table_name(table, "VmRSS", 5) || table_text(table, "", 0, &status.time))
		return -ENOMEM;
	status.pid = status.time;
	while (!code && (line = reader_line(reader)))
		code = take_line(&status, line);
	return code;
}
