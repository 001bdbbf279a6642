/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/* TAP: short memory and a fork that fails are errors with a line that says so, and leak nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soak/judge/rule.h"
#include "soak/record/recorder.h"
#include "soak/record/run_reader.h"
#include "soak/run/preload.h"
#include "soak/run/target.h"
#include "tests/tap.h"

void *__libc_calloc(size_t n, size_t size);

static bool short_of_memory;

void *calloc(size_t n, size_t size)
{
	if (!short_of_memory || n != 1)
		return __libc_calloc(n, size);
	errno = ENOMEM;
	return NULL;
}

/* Nothing in this test needs a fork that succeeds. */
pid_t fork(void)
{
	errno = EAGAIN;
	return -1;
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

static void expect(int code, const struct text *error, int want, const char *word, const char *what)
{
	tap_ok(code == want && strstr(text_of(error), word), what);
	printf(" (%d: %s)\n", code, text_of(error));
}

static void test_recording(const char *path)
{
	struct recorder *recorder = NULL;
	scoped_text error = {0};
	struct run *run;

	text_set(&error, "stale");
	short_of_memory = true;
	expect(recorder_open(path, true, &recorder, &error), &error, -ENOMEM,
		"Cannot allocate memory", "recorder_open");
	short_of_memory = false;
	if (recorder_open(path, true, &recorder, &error) != 0)
		abort();
	recorder_close(recorder);
	text_set(&error, "stale");
	short_of_memory = true;
	expect(run_open(path, &run, &error), &error, -ENOMEM, "Cannot allocate memory", "run_open");
	short_of_memory = false;
}

static void test_target(void)
{
	char true_[] = "true", *argv[] = {true_, NULL};
	struct target_options options = {.argv = argv, .keep_fd = -1, .output_fd = -1};
	scoped_text error = {0};
	struct target *target;
	int before = descriptors();

	text_set(&error, "stale");
	short_of_memory = true;
	expect(target_start(&options, &target, &error), &error, -ENOMEM, "Cannot allocate memory",
		"target_start");
	short_of_memory = false;
	expect(target_start(&options, &target, &error), &error, -EAGAIN, "cannot fork",
		"target_start, no fork");
	expect(preload_try("LD_PRELOAD=", "/bin/true", NULL, &error), &error, -EAGAIN,
		"cannot fork", "preload_try, no fork");
	tap_near(descriptors(), before, 0, "no descriptor is left open");
}

static void test_figures(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
	struct rule_result result = {0};
	int found = 0;

	for (int i = 0; i < 9; i++)
		rule_also(&result, names[i], i);
	for (int i = 0; i < RULE_FIGURES && result.also[i].name; i++)
		found++;
	tap_near(found, 9, 0, "a rule has nine figures");
}

int main(void)
{
	const char *parent = getenv("TMPDIR");
	char *folder, *path;

	if (asprintf(&folder, "%s/soak-failures-XXXXXX", parent ? parent : "/tmp") < 0 ||
		!mkdtemp(folder) || asprintf(&path, "%s/r.soak", folder) < 0)
		abort();
	test_recording(path);
	test_target();
	test_figures();
	unlink(path);
	rmdir(folder);
	free(path);
	free(folder);
	return tap_done();
}
