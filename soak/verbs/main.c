/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soak: a contents list of its verbs. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "soak/run/signals.h"
#include "soak/verbs/completion.h"
#include "soak/verbs/man_page.h"
#include "soak/verbs/verbs.h"
#include "soak/words/choice.h"

static const struct verb *const verbs[] = {&verb_run, &verb_attach, &verb_check, &verb_plan,
	&verb_audit, &verb_plot, &verb_report, &verb_export, &verb_bench, &verb_compare,
	&verb_history, &verb_import, &verb_mark, &verb_crosscheck, &verb_doctor, NULL};

#define VERBS (sizeof(verbs) / sizeof(*verbs) - 1)

static void print_help(FILE *out)
{
	fputs("Usage: soak VERB [OPTION...]\n"
	      "Observe a program for minutes or hours: system calls per "
	      "allocator op, RSS drift, page faults,\nthroughput. Then "
	      "judge whether it passes.\n\n",
		out);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->does);
	fputs("\nExamples:\n"
	      "  soak run --duration 10m --allocator mimalloc      the built-in workload\n"
	      "  soak run --duration 1h -- redis-server --save ''  any program\n"
	      "  soak attach $(pidof redis-server) --duration 30m\n"
	      "  soak check RUN.soak; soak plot RUN.soak; soak report RUN.soak\n"
	      "  soak run jobs/mixed-30m.ini; soak bench; soak compare A/ B/\n\n"
	      "Exit status: 0 pass, 1 a target was missed, 2 usage, 3 inconclusive, 4 cannot "
	      "run here.\n"
	      "More: soak VERB --help, soak(1), soak-VERB(1).\n",
		out);
}

static void say_unknown(const char *verb)
{
	const char *names[VERBS + 1] = {NULL};
	scoped_text error = {0};

	for (size_t i = 0; i < VERBS; i++)
		names[i] = verbs[i]->name;
	choice_unknown(&error, "verb", verb, names, "soak --help");
	fprintf(stderr, "soak: %s\n", text_of(&error));
}

/* A closed standard stream would become the run file's descriptor, and be written to. */
static void open_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

/* A result that could not be written is an error, unless the reader closed the pipe early. */
static int finish(int code)
{
	struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR))
		return code;
	fprintf(stderr, "soak: cannot write the output: %s\n", strerror(errno));
	return EXIT_CANNOT_RUN;
}

/* Called while soak is built: soak --man VERB <man/soak-VERB.prose. */
static int print_man_page(const char *name)
{
	static char prose[1 << 16];
	const char *line;
	size_t i = 0;

	while (i < VERBS && strcmp(verbs[i]->name, name) != 0)
		i++;
	prose[fread(prose, 1, sizeof(prose) - 1, stdin)] = '\0';
	if (i < VERBS && man_page_print(stdout, verbs[i], prose, &line) == 0)
		return finish(EXIT_PASS);
	fprintf(stderr, "soak: --man %s: no such %s\n", name,
		i < VERBS ? "option as the prose speaks of" : "verb");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	signals_remember();
	argp_err_exit_status = EXIT_USAGE;
	open_standard_streams();
	signal(SIGPIPE, SIG_IGN);    /* a closed terminal or pipe must not end a recording */
	gsl_set_error_handler_off(); /* it would abort(); what it cannot compute is NaN */
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		print_help(stdout);
		return EXIT_PASS;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("soak " SOAK_VERSION);
		return EXIT_PASS;
	}
	if (argc > 2 && strcmp(argv[1], "--complete") == 0) {
		complete_words(stdout, verbs, argc - 2, argv + 2);
		return finish(EXIT_PASS);
	}
	if (argc == 3 && strcmp(argv[1], "--man") == 0)
		return print_man_page(argv[2]);
	for (size_t i = 0; argc > 1 && i < VERBS; i++) {
		char name[32];

		if (strcmp(argv[1], verbs[i]->name) != 0)
			continue;
		snprintf(name, sizeof(name), "soak %s", verbs[i]->name);
		argv[1] = name;
		return finish(verbs[i]->run(argc - 1, argv + 1));
	}
	if (argc > 1)
		say_unknown(argv[1]);
	else
		print_help(stderr);
	return EXIT_USAGE;
}
