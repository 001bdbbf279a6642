/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log of psrecord (github.com/astrofrog/psrecord, psrecord/main.py): a line
 *
 *   # Elapsed time   CPU (%)     Real (MB)   Virtual (MB)
 *
 * then such figures, seconds first; the MB are 2^20 bytes. More columns may follow (I/O, USS).
 * With --log-format csv it is a CSV instead, of known columns.
 */
#include <stdio.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/reader.h"

static int take_line(struct reader *reader, char *line)
{
	struct import_row row = {.rss_bytes = SAMPLE_NONE, .ops = SAMPLE_NONE};
	char *rest, *figures[4];
	int code;

	for (int i = 0; i < 4; i++) {
		figures[i] = strtok_r(i ? NULL : line, " \t", &rest);
		if (!figures[i])
			return reader_fail(reader, reader->line,
				"%d figures, where psrecord writes 4 or more", i);
	}
	code = reader_time(reader, reader->line, figures[0], 1e9, &row.t_ns);
	if (!code)
		code = reader_rss(reader, reader->line, figures[2], 0x1p20, &row.rss_bytes);
	return code ? code : reader_add(reader, reader->line, &row);
}

int read_psrecord(struct reader *reader)
{
	struct imported *out = reader->out;
	char *line;
	int code = 0;

	if (reader->text[0] != '#')
		return read_csv(reader);
	snprintf(out->time_from, sizeof(out->time_from), "Elapsed time");
	snprintf(out->rss_from, sizeof(out->rss_from), "Real (MB)");
	while (!code && (line = reader_line(reader)))
		if (line[0] != '#' && line[strspn(line, " \t")])
			code = take_line(reader, line);
	return code;
}
