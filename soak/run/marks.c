/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of a run that goes on: see marks.h. Called by the session, and by soak mark. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "soak/run/clocks.h"
#include "soak/run/marks.h"

#define ANSWER_S 10
#define TAKEN "taken"

/* ---- what programs mark ---------------------------------------------------------------------- */

void marks_init(struct marks *marks)
{
	*marks = (struct marks){.socket = -1};
}

void marks_release(struct marks *marks)
{
	for (size_t i = 0; i < marks->npages; i++)
		ops_page_close(marks->pages[i].page);
	if (marks->socket >= 0)
		close(marks->socket);
	marks_init(marks);
}

void marks_add_page(struct marks *marks, int page_fd)
{
	const struct soakops_page *page;

	if (marks->npages == MARKS_PAGES || ops_page_open(page_fd, &page))
		return;
	marks->pages[marks->npages].page = page;
	marks->pages[marks->npages++].seen = ops_page_marks(page);
}

/* What a table or a terminal would not take as one line of text. */
static void write_mark(struct recorder *recorder, uint64_t t_ns, char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	recorder_event(recorder, t_ns, "mark", "%s", text);
}

void marks_record(
	struct marks *marks, struct recorder *recorder, uint64_t start_ns, uint64_t now_ns)
{
	struct ops_mark mark;

	for (size_t i = 0; i < marks->npages; i++)
		while (ops_page_next_mark(
			marks->pages[i].page, &marks->pages[i].seen, &marks->lost, &mark))
			write_mark(recorder,
				mark.time_ns < start_ns || mark.time_ns > now_ns ? now_ns
										 : mark.time_ns,
				mark.text);
}

void marks_record_planned(struct marks *marks, const struct marks_plan *plan,
	struct recorder *recorder, uint64_t start_ns, uint64_t now_ns)
{
	for (size_t i = 0; i < plan->n; i++) {
		uint64_t due_ns = start_ns + plan->mark[i].at_ns;
		char text[MARK_TEXT];

		if (due_ns <= marks->planned_ns || due_ns > now_ns)
			continue;
		snprintf(text, sizeof(text), "%s", plan->mark[i].text);
		write_mark(recorder, due_ns, text);
	}
	marks->planned_ns = now_ns;
}

uint64_t marks_lost(const struct marks *marks)
{
	uint64_t lost = marks->lost;

	for (size_t i = 0; i < marks->npages; i++) /* of programs that were killed as they wrote */
		lost += ops_page_marks(marks->pages[i].page) - marks->pages[i].seen;
	return lost;
}

/* ---- what soak mark sends -------------------------------------------------------------------- */

static socklen_t address_of(int run_fd, struct sockaddr_un *ret_address, struct stat *ret_file)
{
	int length;

	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (fstat(run_fd, ret_file))
		return 0;
	length = snprintf(ret_address->sun_path + 1, sizeof(ret_address->sun_path) - 1,
		"soak-mark-%llx-%llx", (unsigned long long)ret_file->st_dev,
		(unsigned long long)ret_file->st_ino);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

int marks_listen(struct marks *marks, int run_fd)
{
	struct sockaddr_un address;
	struct stat file;
	socklen_t length = address_of(run_fd, &address, &file);
	const int yes = 1;
	int fd, code = 0;

	if (!length)
		return -errno;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) ||
		bind(fd, (const struct sockaddr *)&address, length))
		code = -errno;
	if (code)
		close(fd);
	else
		marks->socket = fd;
	return code;
}

/* Whose run it is, or root. */
static bool may_mark(const struct msghdr *message, int run_fd)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct ucred sender;
	struct stat file;

	if (!control || control->cmsg_level != SOL_SOCKET ||
		control->cmsg_type != SCM_CREDENTIALS || fstat(run_fd, &file))
		return false;
	memcpy(&sender, CMSG_DATA(control), sizeof(sender));
	return sender.uid == 0 || sender.uid == geteuid() || sender.uid == file.st_uid;
}

void marks_answer(struct marks *marks, struct recorder *recorder, int run_fd)
{
	char text[MARK_TEXT] = "", control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec into = {text, sizeof(text) - 1};
	struct sockaddr_un sender;
	struct msghdr message = {.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &into,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(marks->socket, &message, MSG_CMSG_CLOEXEC);
	const char *answer = TAKEN;

	if (n < 0)
		return;
	text[n] = '\0';
	if (may_mark(&message, run_fd))
		write_mark(recorder, clocks_now(), text);
	else
		answer = "the run is another user's";
	sendto(marks->socket, answer, strlen(answer), MSG_NOSIGNAL, (struct sockaddr *)&sender,
		message.msg_namelen);
}

static int connect_to(int fd, int run_fd)
{
	const sa_family_t nameless = AF_UNIX; /* the kernel gives a name, to answer to */
	const struct timeval patience = {.tv_sec = ANSWER_S};
	struct sockaddr_un address;
	struct stat file;
	socklen_t length = address_of(run_fd, &address, &file);

	if (!length || bind(fd, (const struct sockaddr *)&nameless, sizeof(nameless)) ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
		connect(fd, (const struct sockaddr *)&address, length))
		return -errno;
	return 0;
}

static int converse(int fd, const char *path, const char *text, struct text *error)
{
	char answer[64] = "";
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	if (n >= 0)
		n = recv(fd, answer, sizeof(answer) - 1, 0);
	if (n < 0) {
		int code = -errno;

		return text_fail(error, code, "%s: whoever records it does not answer: %s", path,
			strerror(-code));
	}
	if (strcmp(answer, TAKEN) == 0)
		return 0;
	return text_fail(error, -EPERM, "%s: %s", path, answer);
}

int marks_send(const char *path, const char *text, struct text *error)
{
	int run_fd = open(path, O_PATH | O_CLOEXEC), fd, code;

	if (run_fd < 0)
		return text_fail(error, -errno, "%s: %m", path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	code = fd < 0 ? -errno : connect_to(fd, run_fd);
	if (code == -ECONNREFUSED) {
		code = -ESRCH;
		text_set(error,
			"%s: nobody records it now; marks are taken while soak run or soak attach "
			"writes it",
			path);
	} else if (code) {
		text_set(error, "%s: %s", path, strerror(-code));
	} else {
		code = converse(fd, path, text, error);
	}
	close(run_fd);
	if (fd >= 0)
		close(fd);
	return code;
}
