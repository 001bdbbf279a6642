/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is the allocator that was asked for the target's, or which one has it by itself? Asked of the
 * first process as it runs now; and where that has no place for it, as a static init, of those that
 * it starts.
 */
#include <errno.h>

#include "soak/run/served.h"
#include "soak/run/session_state.h"

/* The program's libraries follow one another within it, or on a busy machine within more. */
#define LOADED_NS 50000000ull
#define ALONE_NS 4000000000ull /* an init, or a shell, has started something by then */

void verify_executed(struct session *session)
{
	text_release(&session->verify.why);
	session->verify = (struct verify){.open = true, .since_ns = clocks_now()};
}

/* Sets `why` if it is not and will not be. */
static bool has_allocator(struct session *session, pid_t pid, struct text *why)
{
	struct allocator own;

	if (session->options->allocator)
		return served_by(pid, session->allocator.path, why) == SERVED;
	if (allocator_detect(pid, &own))
		return false;
	session->allocator = own;
	session_watch_library(session);
	return true;
}

static bool another_has(struct session *session)
{
	pid_t first = target_pid(session->target);

	for (size_t i = 0; i < tree_count(session->tree); i++) {
		pid_t pid = tree_process(session->tree, i)->tgid;

		if (pid != first && has_allocator(session, pid, NULL))
			return true;
	}
	return false;
}

static void give_up(struct session *session)
{
	session->verify.open = false;
	if (session->options->allocator && session->verify.why.length)
		session_end(session, "the allocator did not load");
	else if (session->counter_path[0])
		session_warn(session, "process %d loads no library: statically linked or set-uid?",
			target_pid(session->target));
}

void verify_look(struct session *session)
{
	struct verify *verify = &session->verify;
	uint64_t now = clocks_now();

	if (!verify->open || session->end_ns)
		return;
	if (has_allocator(session, target_pid(session->target), &verify->why))
		verify->seen = true;
	else if (!verify->seen && another_has(session))
		verify->seen = verify->behind = true;
	if (tree_count(session->tree) > 1 && !verify->seen)
		verify->since_ns = now;
	if (verify->behind || (verify->seen && now - verify->since_ns > LOADED_NS))
		verify->open = false;
	else if (now - verify->since_ns > ALONE_NS)
		give_up(session);
}

bool verify_failed(struct session *session)
{
	const struct verify *verify = &session->verify;

	if (!session->options->allocator || verify->seen || !verify->why.length)
		return false;
	text_set(session->error,
		"%s did not load into the target or does not serve it: %s; "
		"-a own runs the target with its own allocator",
		session->allocator.path, text_of(&verify->why));
	session->broken = -ELIBBAD;
	return true;
}
