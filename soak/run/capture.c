/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a program behind the guardian and reads its output. Called by soak bench. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/host.h"
#include "soak/run/capture.h"
#include "soak/run/clocks.h"
#include "soak/run/signals.h"

static void drain(int fd, struct capture *capture, size_t *length)
{
	char beyond[4096];
	ssize_t n;

	do {
		size_t room = sizeof(capture->text) - 1 - *length;

		n = read(fd, room ? capture->text + *length : beyond, room ? room : sizeof(beyond));
		if (n > 0 && room)
			*length += (size_t)n;
	} while (n > 0);
	capture->text[*length] = 0;
}

/* Until the program has ended; the guardian holds the pipe's other end for longer. */
static int wait_for(struct target *target, int fd, struct capture *capture)
{
	struct pollfd fds[] = {{fd, POLLIN, 0}, {target_fd(target), POLLIN, 0}};
	enum target_news news = TARGET_NOTHING;
	size_t length = 0;
	int status = -1;

	while (news == TARGET_NOTHING) {
		poll(fds, 2, -1);
		drain(fd, capture, &length);
		if (fds[1].revents)
			news = target_poll(target, &status);
	}
	drain(fd, capture, &length);
	return status;
}

static double children_cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

/* The kernel counts in ticks: what is below them may come out negative. */
static double of_one_cpu(const struct capture *capture, int64_t ns, double own_ns)
{
	if (ns == SAMPLE_NONE)
		return NAN;
	return fmax((double)ns - own_ns, 0) / capture->seconds / 1e7;
}

static int say_end(int status, const char *program, struct text *error)
{
	if (status == 0)
		return 0;
	if (status < 0)
		text_set(error, "%s: its guardian process was killed", program);
	else if (WIFSIGNALED(status))
		text_set(
			error, "%s was killed by %s", program, signals_name(WTERMSIG(status)).text);
	else
		text_set(error, "%s ended with exit status %d", program, WEXITSTATUS(status));
	return -ECHILD;
}

static int run(
	const struct target_options *options, int fd, struct capture *capture, struct text *error)
{
	struct target *target = NULL;
	double own_ns = children_cpu_ns();
	struct sample sample;
	struct host host;
	uint64_t start_ns;
	int code, status = -1;

	code = target_start(options, &target, error);
	if (code)
		return code;
	host_init(&host);
	start_ns = clocks_now();
	code = target_release(target);
	if (!code)
		status = wait_for(target, fd, capture);
	capture->seconds = (clocks_now() - start_ns) / 1e9;
	sample_clear(&sample);
	host_fill(&host, &sample);
	host_release(&host);
	target_close(target);
	own_ns = children_cpu_ns() - own_ns;
	capture->steal_pct = of_one_cpu(capture, sample.v[METRIC_steal_ns], 0);
	capture->others_pct = of_one_cpu(capture, sample.v[METRIC_host_busy_ns], own_ns);
	if (!code)
		return say_end(status, options->argv[0], error);
	return text_fail(error, code, "%s: %s", options->argv[0], strerror(-code));
}

int capture_run(
	const struct target_options *options, struct capture *ret_capture, struct text *error)
{
	struct target_options to_pipe = *options;
	int fds[2], code;

	*ret_capture = (struct capture){.steal_pct = NAN};
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return text_fail(error, -errno, "cannot make a pipe: %s", strerror(errno));
	fcntl(fds[1], F_SETFL, 0); /* the program's own end shall block as any does */
	to_pipe.output_fd = fds[1];
	code = run(&to_pipe, fds[0], ret_capture, error);
	close(fds[0]);
	close(fds[1]);
	return code;
}
