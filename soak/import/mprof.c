/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of mprof run (github.com/pythonprofilers/memory_profiler: mprof.py and
 * memory_profiler.py), one word and its figures on a line:
 *
 *   CMDLINE command       what ran; mprof appends, so that a file may hold several recordings
 *   MEM mib time          2^20 bytes and seconds since the epoch; -1: the process had gone
 *   CHLD n mib time       with -M: child n, belongs to the MEM before it
 *   FUNC ...              when a Python function ran: of no use here
 *
 * Called by import.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/import/figures.h"
#include "soak/import/reader.h"

struct mprof {
	struct reader *reader;
	char mib[64], time[64]; /* wait for their CHLD lines */
	size_t line, children, runs;
	size_t run, command; /* its number and what ran, in the pool */
	long double added;
	bool waiting;
};

static int flush(struct mprof *mprof)
{
	struct table *table = &mprof->reader->table;
	char sum[64];

	if (!mprof->waiting)
		return 0;
	mprof->waiting = false;
	snprintf(sum, sizeof(sum), "%s", mprof->mib);
	if (mprof->added > 0)
		snprintf(sum, sizeof(sum), "%.6Lf", strtold(mprof->mib, NULL) + mprof->added);
	if (table_cell(table, mprof->time, strlen(mprof->time)) ||
		table_cell(table, sum[0] == '-' ? "0" : sum, strlen(sum[0] == '-' ? "0" : sum)) ||
		table_cell_at(table, mprof->run) || table_cell_at(table, mprof->command))
		return -ENOMEM;
	return table_end_row(table, mprof->line, false);
}

static int take_command(struct mprof *mprof, const char *command)
{
	struct reader *reader = mprof->reader;
	char number[24];
	int code = flush(mprof);

	if (!mprof->runs)
		text_set(&reader->command, "%s", command);
	if (code)
		return code;
	if (table_text(&reader->table, command, strlen(command), &mprof->command))
		return -ENOMEM;
	return table_text(&reader->table, number,
		(size_t)snprintf(number, sizeof(number), "%zu", ++mprof->runs), &mprof->run);
}

static int check_figure(const struct reader *reader, const char *text)
{
	if (figure_parse(text, DECIMAL_POINT, false).kind == FIGURE_NUMBER)
		return 0;
	return reader_fail(reader, reader->line, "\"%.40s\" is not a number", text);
}

static int take_memory(struct mprof *mprof, const char *mib, const char *time)
{
	int code = flush(mprof);

	if (!code)
		code = check_figure(mprof->reader, mib);
	snprintf(mprof->mib, sizeof(mprof->mib), "%s", mib);
	snprintf(mprof->time, sizeof(mprof->time), "%s", time);
	mprof->line = mprof->reader->line;
	mprof->added = 0;
	mprof->waiting = true;
	return code;
}

static int take_child(struct mprof *mprof, const char *mib)
{
	struct reader *reader = mprof->reader;

	if (!mprof->waiting)
		return reader_fail(reader, reader->line, "CHLD without a MEM before it");
	if (check_figure(reader, mib))
		return -EINVAL;
	mprof->children++;
	if (!reader->options->without_children && mib[0] != '-' && mprof->mib[0] != '-' &&
		strtold(mprof->mib, NULL) > 0)
		mprof->added += strtold(mib, NULL);
	return 0;
}

static int take_line(struct mprof *mprof, char *line)
{
	struct reader *reader = mprof->reader;
	char *rest = line, *word = strsep(&rest, " "), *figures[4] = {NULL};
	int wanted = strcmp(word, "MEM") == 0 ? 2 : strcmp(word, "CHLD") == 0 ? 3 : 0, n = 0;

	if (strcmp(word, "FUNC") == 0 || !*word)
		return 0;
	if (strcmp(word, "CMDLINE") == 0)
		return take_command(mprof, rest ? rest : "");
	if (!wanted)
		return reader_fail(
			reader, reader->line, "\"%.20s\" is not MEM, CHLD, FUNC or CMDLINE", word);
	while (n < 4 && (figures[n] = strsep(&rest, " ")))
		n++;
	if (n != wanted)
		return reader_fail(
			reader, reader->line, "%d figures, where %s has %d", n, word, wanted);
	return wanted == 2 ? take_memory(mprof, figures[0], figures[1])
			   : take_child(mprof, figures[1]);
}

int read_mprof(struct reader *reader)
{
	struct mprof mprof = {.reader = reader};
	struct table *table = &reader->table;
	char *line;
	int code = 0;

	table->plain_unit = 0x1p20;
	if (table_name(table, "time", 4) || table_name(table, "mem", 3) ||
		table_name(table, "run", 3) || table_name(table, "command", 7) ||
		table_text(table, "1", 1, &mprof.run) || table_text(table, "", 0, &mprof.command))
		return -ENOMEM;
	while (!code && (line = reader_line(reader)))
		code = take_line(&mprof, line);
	if (!code)
		code = flush(&mprof);
	if (!code && mprof.children && !reader->options->without_children)
		reader_note(reader,
			"%zu CHLD lines are added to MEM; if mprof ran with -C, MEM has them "
			"already: --children ignore",
			mprof.children);
	return code;
}
