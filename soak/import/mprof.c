/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of mprof run (github.com/pythonprofilers/memory_profiler: mprof.py and
 * memory_profiler.py), one word and its figures on a line:
 *
 *   CMDLINE command       what ran; mprof appends, so that a file may hold several recordings
 *   MEM mib time          2^20 bytes and seconds since the epoch; -1: the process had gone
 *   CHLD n mib time       with -M: child n, belongs to the MEM before it
 *   FUNC ...              when a Python function ran: of no use here
 */
#include <stdio.h>
#include <string.h>

#include "collectors/sample.h"
#include "soak/import/reader.h"

struct mprof {
	struct reader *reader;
	struct import_row row; /* waits for its CHLD lines */
	size_t line, children;
	bool waiting;
};

static int flush(struct mprof *mprof)
{
	if (!mprof->waiting)
		return 0;
	mprof->waiting = false;
	return reader_add(mprof->reader, mprof->line, &mprof->row);
}

static int take_command(struct mprof *mprof, const char *command)
{
	struct reader *reader = mprof->reader;

	if (reader->out->command[0])
		return reader_fail(reader, reader->line,
			"a second recording begins here (mprof appends): split the file");
	snprintf(reader->out->command, sizeof(reader->out->command), "%s", command);
	return 0;
}

static int take_memory(struct mprof *mprof, const char *mib, const char *time)
{
	struct reader *reader = mprof->reader;
	int code = flush(mprof);

	mprof->row = (struct import_row){.rss_bytes = SAMPLE_NONE, .ops = SAMPLE_NONE};
	mprof->line = reader->line;
	mprof->waiting = true;
	if (!code)
		code = reader_time(reader, reader->line, time, 1e9, &mprof->row.t_ns);
	if (!code && mib[0] != '-')
		code = reader_rss(reader, reader->line, mib, 0x1p20, &mprof->row.rss_bytes);
	return code;
}

static int take_child(struct mprof *mprof, const char *mib)
{
	struct reader *reader = mprof->reader;
	int64_t bytes;
	int code;

	if (!mprof->waiting)
		return reader_fail(reader, reader->line, "CHLD without a MEM before it");
	code = reader_rss(reader, reader->line, mib, 0x1p20, &bytes);
	mprof->children++;
	if (!code && !reader->options->without_children && bytes != SAMPLE_NONE &&
		mprof->row.rss_bytes != SAMPLE_NONE)
		mprof->row.rss_bytes += bytes;
	return code;
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
		return reader_fail(reader, reader->line,
			"\"%.20s\" is none of MEM, CHLD, FUNC and CMDLINE", word);
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
	struct imported *out = reader->out;
	bool without = reader->options->without_children;
	char *line;
	int code = 0;

	out->since_epoch = true;
	while (!code && (line = reader_line(reader)))
		code = take_line(&mprof, line);
	if (!code)
		code = flush(&mprof);
	snprintf(out->time_from, sizeof(out->time_from), "MEM");
	snprintf(out->rss_from, sizeof(out->rss_from), "%s",
		mprof.children && !without ? "MEM and CHLD" : "MEM");
	if (!code && mprof.children && !without)
		reader_note(reader,
			"%zu CHLD lines are added to MEM; if mprof ran with -C, MEM has them "
			"already: --children ignore",
			mprof.children);
	return code;
}
