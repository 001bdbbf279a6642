/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks: named moments of a run. Programs make them by soakops_mark() in their ops pages, jobs by
 * the clock, other users by a signal or by `soak mark`, which sends the text through a socket. The
 * socket's name is abstract and made of the run file's device and inode, so a soak that is killed
 * leaves nothing behind.
 */
#ifndef SOAK_RUN_MARKS_H
#define SOAK_RUN_MARKS_H

#include "collectors/ops/page.h"
#include "soak/record/recorder.h"
#include "soak/words/text.h"

#define MARKS_PAGES 2
#define MARKS_PLANNED 32
#define MARK_TEXT 128 /* of soak mark, its NUL included */

/* Marks that are made by the clock. */
struct marks_plan {
	size_t n;
	struct {
		uint64_t at_ns; /* since the start of the run */
		const char *text;
	} mark[MARKS_PLANNED];
};

struct marks {
	struct {
		const struct soakops_page *page;
		uint64_t seen;
	} pages[MARKS_PAGES];
	size_t npages;
	uint64_t lost;
	uint64_t planned_ns; /* what was planned until then is written */
	int socket;          /* -1: there is none */
};

void marks_init(struct marks *marks);
void marks_release(struct marks *marks);

/* Adds a page, for marks made from now on. A file that is not an ops page is ignored. */
void marks_add_page(struct marks *marks, int page_fd);

/* Opens the socket. Returns 0 or a negative errno. */
int marks_listen(struct marks *marks, int run_fd);

/*
 * Records the marks that programs made since the last call. The program sets the time of a mark; a
 * time before the run or after `now_ns` becomes `now_ns`.
 */
void marks_record(
	struct marks *marks, struct recorder *recorder, uint64_t start_ns, uint64_t now_ns);

/* Writes the planned ones that are due, each with the time that was planned. */
void marks_record_planned(struct marks *marks, const struct marks_plan *plan,
	struct recorder *recorder, uint64_t start_ns, uint64_t now_ns);

/* Records a mark that came through the socket, and answers the sender. */
void marks_answer(struct marks *marks, struct recorder *recorder, int run_fd);

/* Number of marks lost in all. Call it after the last marks_record(). */
uint64_t marks_lost(const struct marks *marks);

/*
 * Sends a mark to the soak that records this file, and waits until it is recorded. Returns 0, or a
 * negative errno with one line in `error`.
 */
int marks_send(const char *path, const char *text, struct text *error);

#endif
