/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking processes into the observation: the one at the barrier, or one that already runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collectors/procfs.h"
#include "soak/run/session_state.h"

#define MOST_PROCESSES 1024
#define MOST_THREADS 4096

static int count_threads(struct session *session, pid_t tgid)
{
	static pid_t threads[MOST_THREADS];
	size_t n = procfs_threads(tgid, threads, MOST_THREADS);

	for (size_t i = 0; session->perf && i < n; i++) {
		int code = perf_counters_add(session->perf, threads[i]);

		if (code && code != -ESRCH) {
			session_warn(session, "no perf counters for thread %d: %s", threads[i],
				strerror(-code));
			perf_counters_free(session->perf);
			session->perf = NULL;
		}
	}
	return n ? 0 : -ESRCH;
}

int adopt_process(struct session *session, pid_t pid)
{
	int code = count_threads(session, pid);

	if (!code)
		code = tree_adopt(session->tree, pid);
	if (code) {
		snprintf(session->error, session->error_size, "cannot observe process %d: %s", pid,
			strerror(-code));
		return code;
	}
	return 0;
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

static void find_ops(struct session *session)
{
	bool found = session->options->ops == OPS_NONE;
	int fds[2], pages = ops_page_find(session->options->attach, fds, 2);

	for (int i = 0; i < pages; i++) {
		found = found || take_page(session, fds[i]);
		close(fds[i]);
	}
}

/* The allocator that it runs with; what the user calls it stays its name. */
static void find_allocator(struct session *session)
{
	struct allocator own;

	if (allocator_detect(session->options->attach, &own))
		return;
	if (session->options->allocator)
		snprintf(own.name, sizeof(own.name), "%s", session->options->allocator);
	session->allocator = own;
	session_watch_library(session);
}

/* A process that runs already, and its children. */
int adopt_running(struct session *session)
{
	static pid_t children[MOST_PROCESSES];
	pid_t pid = session->options->attach;
	size_t n = procfs_descendants(pid, children, MOST_PROCESSES);
	int code = adopt_process(session, pid);

	for (size_t i = 0; !code && i < n; i++)
		if (adopt_process(session, children[i]) && procfs_alive(children[i]))
			code = -EPERM;
	if (code)
		return code;
	session->error[0] = 0;
	tick_crosscheck_begin(session);
	find_ops(session);
	find_allocator(session);
	return 0;
}
