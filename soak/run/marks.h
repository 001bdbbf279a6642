/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks: moments of a run that somebody named. Programs make them by soakops_mark() in their ops
 * pages, anybody else by `soak mark`, whose words come through a socket that is bound to the run
 * file: its name is abstract and made of the file's device and inode, so that nothing is left
 * behind by a soak that is killed.
 */
#ifndef SOAK_RUN_MARKS_H
#define SOAK_RUN_MARKS_H

#include "collectors/ops/page.h"
#include "soak/record/recorder.h"
#include "soak/words/text.h"

#define MARKS_PAGES 2
#define MARK_TEXT 128 /* of soak mark, its NUL included */

struct marks {
	struct {
		const struct soakops_page *page;
		uint64_t seen;
	} pages[MARKS_PAGES];
	size_t npages;
	uint64_t lost;
	int socket; /* -1: there is none */
};

void marks_init(struct marks *marks);
void marks_release(struct marks *marks);

/* Marks that are made in this page from now on. What is no ops page is left out. */
void marks_add_page(struct marks *marks, int page_fd);

/* Opens the socket. Returns 0 or a negative errno. */
int marks_listen(struct marks *marks, int run_fd);

/*
 * Writes what programs marked since the last time. The time of a mark is its program's word: one
 * from before the run or from after `now_ns` is taken for `now_ns`.
 */
void marks_record(
	struct marks *marks, struct recorder *recorder, uint64_t start_ns, uint64_t now_ns);

/* The same of what came through the socket, and answers. */
void marks_answer(struct marks *marks, struct recorder *recorder, int run_fd);

/* How many were lost in all. Not before the last marks_record(). */
uint64_t marks_lost(const struct marks *marks);

/*
 * Sends a mark to whoever records this file, and waits until it is taken. Returns 0, or a negative
 * errno with one line in `error`.
 */
int marks_send(const char *path, const char *text, struct text *error);

#endif
