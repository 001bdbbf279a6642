/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking processes into the observation: the one at the barrier, or one that already runs. Called
 * by session.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "collectors/uncounted.h"
#include "soak/run/descriptors.h"
#include "soak/run/session_state.h"

#define MOST_PASSES 1000 /* over the tasks, until all have their counters */
#define SETTLE_NS 500000000ull
#define MOST_LISTS 20 /* likewise without probes: each begins anew */

static void give_up_perf(struct session *session, const char *why)
{
	session_warn_absent(session, SESSION_NO_PERF, "no perf counters, no cross-check: %s", why);
	text_set(&session->cross_absent, "%s", why);
	perf_counters_free(session->perf);
	session->perf = NULL;
}

/* Returns whether counters were opened. */
static bool count_thread(struct session *session, pid_t tid, uint32_t counted, size_t threads)
{
	int code = perf_counters_add(session->perf, tid, counted);
	scoped_text why = {0};

	if (code >= 0)
		return code > 0;
	if (code == -ESRCH) /* it has ended */
		return false;
	if (code == -EMFILE || code == -ENFILE)
		text_set(&why,
			"%zu threads need %zu descriptors, and the limit is %llu (ulimit -Hn)",
			threads, threads * PERF_COUNTERS_FDS, descriptors_limit());
	else
		text_set(&why, "thread %d cannot be counted: %s", tid, strerror(-code));
	give_up_perf(session, text_of(&why));
	return false;
}

/* Opens what is missing. Returns whether anything was. */
static bool count_tasks(struct session *session, const struct adopted_tasks *tasks)
{
	bool opened = false;

	for (size_t i = 0; session->perf && i < tasks->count; i++) {
		const struct adopted_task *task = &tasks->task[i];

		if (task->counted & ADOPT_COUNTED_UNKNOWN)
			give_up_perf(session, "a thread of the target has more perf events than "
					      "can be looked through");
		else
			opened |= count_thread(session, task->tid, task->counted, tasks->count);
	}
	if (opened)
		probes_counters_opened(session->probes);
	return opened;
}

static bool all_settled(const struct adopted_tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		if (tasks->task[i].state & ADOPTED_UNSETTLED)
			return false;
	return true;
}

/*
 * Counters for every marked thread that did not inherit them. One that is born between a pass and
 * the opening of its parent's is found by a later pass, without. That is over when a pass finds
 * nobody and no fork from before can be under way. If threads never sleep, so that this cannot be
 * known, births are watched till the end.
 */
static int count_marked(struct session *session)
{
	struct adopted_tasks tasks = {0};
	uint64_t start = clocks_now();
	bool more = true, settled = false;
	int code = 0;

	probes_counters_opened(session->probes);
	probes_watch_births(session->probes, true);
	for (int pass = 0; session->perf && (more || !settled) && !code; pass++) {
		if (pass && !more) {
			if (clocks_now() - start > SETTLE_NS)
				break;
			usleep(1000);
		}
		session->births_before = probes_uncounted_births(session->probes);
		code = probes_tasks(session->probes, perf_counters_ids(session->perf), &tasks);
		more = !code && count_tasks(session, &tasks);
		more |= tasks.found ||
			probes_uncounted_births(session->probes) != session->births_before;
		settled = all_settled(&tasks);
		if (session->perf && more && pass == MOST_PASSES)
			give_up_perf(session, "threads appear faster than they can be counted");
	}
	probes_watch_births(session->probes, session->perf && !settled);
	free(tasks.task);
	return code;
}

struct thread_list {
	pid_t *tid;
	size_t count;
};

static int list_threads(const struct session *session, struct thread_list *list)
{
	list->count = 0;
	for (size_t i = 0; i < tree_count(session->tree); i++) {
		int code = procfs_list_threads(
			tree_process(session->tree, i)->tgid, &list->tid, &list->count);

		if (code)
			return code;
	}
	return 0;
}

static bool has_thread(const struct thread_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->tid[i] == tid)
			return true;
	return false;
}

/*
 * Without probes nothing tells whether a thread that is listed for the first time after its
 * parent's counters were opened has inherited them. All is begun anew until there is none, or such
 * threads count as not followed.
 */
static int count_listed(struct session *session)
{
	struct thread_list before = {0}, after = {0};
	int code = 0;

	session->unsure_threads = 1;
	for (int i = 0; session->perf && session->unsure_threads && !code && i < MOST_LISTS; i++) {
		perf_counters_drop(session->perf);
		tree_update(session->tree);
		code = list_threads(session, &before);
		for (size_t t = 0; session->perf && !code && t < before.count; t++)
			count_thread(session, before.tid[t], 0, before.count);
		tree_update(session->tree);
		if (!code)
			code = list_threads(session, &after);
		session->unsure_threads = 0;
		for (size_t t = 0; t < after.count; t++)
			session->unsure_threads += !has_thread(&before, after.tid[t]);
	}
	free(before.tid);
	free(after.tid);
	return code;
}

static int adopt(struct session *session, const pid_t *pids, size_t count)
{
	int code = tree_adopt(session->tree, pids, count);

	if (!code && session->perf)
		code = session->probes ? count_marked(session) : count_listed(session);
	if (code)
		text_set(session->error, "cannot observe process %d: %s", pids[0], strerror(-code));
	return code;
}

int adopt_process(struct session *session, pid_t pid)
{
	return adopt(session, &pid, 1);
}

/* Takes a page if anybody counted in it; the preload library's counts are the more complete. */
static bool take_page(struct session *session, int fd)
{
	static const struct {
		enum soakops_source source;
		enum ops_mode mode;
	} sources[] = {{SOAKOPS_PRELOAD, OPS_PRELOAD}, {SOAKOPS_PROGRAM, OPS_PAGE}};

	if (ops_page_open(fd, &session->page))
		return false;
	for (int s = 0; s < 2; s++) {
		ops_page_sum(session->page, sources[s].source, session->ops_base);
		session->ops = sources[s].mode;
		if (session->ops_base[SOAKOPS_ALLOC] || session->ops_base[SOAKOPS_FREE])
			return true;
	}
	ops_page_close(session->page);
	session->page = NULL;
	session->ops = OPS_NONE;
	return false;
}

/* Which of those that run already count in the page that was taken? */
static void find_uncounted(struct session *session, int page_fd)
{
	char library[PATH_MAX] = "", path[PATH_MAX + 32] = "";
	pid_t pid = session->options->attach;
	struct stat page;

	if (session->ops == OPS_PRELOAD &&
		procfs_maps_path(pid, "/libsoakops.so", library, sizeof(library)) == 0)
		procfs_path_of(pid, library, path, sizeof(path));
	if (!session->probes || fstat(page_fd, &page) ||
		uncounted_watch(session->probes, page_fd, path))
		return;
	for (size_t i = 0; i < tree_count(session->tree); i++) {
		struct process *process = tree_process(session->tree, i);

		uncounted_adopt(session->probes, process->slot,
			procfs_maps_memfd(process->tgid, page.st_ino));
	}
}

static void find_ops(struct session *session)
{
	bool found = session->options->ops == OPS_NONE || session->options->attach_count > 1;
	int fds[2], pages = ops_page_find(procfs_speaker(session->options->attach), fds, 2);

	for (int i = 0; i < pages; i++) {
		marks_add_page(&session->marks, fds[i]);
		if (!found && take_page(session, fds[i])) {
			find_uncounted(session, fds[i]);
			found = true;
		}
		close(fds[i]);
	}
}

/* Which allocator has each of them? */
static int detect_all(const struct session_options *options, struct allocator *ret_own)
{
	int code = allocator_detect(options->attach, ret_own);

	for (size_t i = 1; !code && i < options->attach_count; i++) {
		struct allocator other;

		if (allocator_detect(options->attach_all[i], &other) ||
			strcmp(other.name, ret_own->name) == 0)
			continue;
		*ret_own = (struct allocator){.name = "several allocators"};
		break;
	}
	return code;
}

/* The allocator that it runs with; what the user calls it stays its name. */
static void find_allocator(struct session *session)
{
	struct allocator own;

	if (detect_all(session->options, &own))
		return;
	if (session->options->allocator)
		snprintf(own.name, sizeof(own.name), "%s", session->options->allocator);
	session->allocator = own;
	session_watch_library(session);
}

/* Processes that run already, and all below them. */
int adopt_running(struct session *session)
{
	int code = adopt(session, session->options->attach_all, session->options->attach_count);

	if (code)
		return code;
	tick_crosscheck_begin(session);
	find_ops(session);
	find_allocator(session);
	return 0;
}
