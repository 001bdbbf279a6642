/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the built-in workloads share: linked into each, with the implementation of soakops.h. */
#define SOAKOPS_IMPLEMENTATION
#include "soak/workloads/longest.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define EXIT_USAGE 2
#define EXIT_CANNOT_RUN 4
#define NAP_NS 50000000

volatile sig_atomic_t workload_stopped;
static const char *program = "workload";

static void stop(int signal_number)
{
	(void)signal_number;
	workload_stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static void print_usage(const char *summary, const struct workload_arg *args, int count)
{
	printf("Usage: %s", program);
	for (int i = 0; i < count; i++)
		printf(" [%s", args[i].name);
	for (int i = 0; i < count; i++)
		putchar(']');
	printf("\n%s\n\n", summary);
	for (int i = 0; i < count; i++)
		printf("  %-8s %s (default %" PRIu64 ")\n", args[i].name, args[i].help,
			args[i].value);
	puts("\nAn argument may be given by its name, too: NAME=NUMBER.\n"
	     "Publishes its allocator calls in the ops page (SOAK_OPS), and prints at the end:\n"
	     "  Throughput = N ops/s [iter=ITERATIONS ws=BLOCKS] time=SECONDSs\n"
	     "SIGINT and SIGTERM end it early, with that line and exit code 0.");
}

_Noreturn static void usage_error(const char *problem, const char *what)
{
	fprintf(stderr, "%s: %s%s (see %s --help)\n", program, problem, what, program);
	exit(EXIT_USAGE);
}

static void read_number(struct workload_arg *arg, const char *text)
{
	char problem[128];
	char *end;

	errno = 0;
	arg->value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || arg->value < arg->min ||
		arg->value > arg->max) {
		snprintf(problem, sizeof(problem),
			"%s must be a whole number from %" PRIu64 " to %" PRIu64 ", not ",
			arg->name, arg->min, arg->max);
		usage_error(problem, *text ? text : "empty");
	}
}

static struct workload_arg *find_arg(struct workload_arg *args, int count, const char *text)
{
	for (int i = 0; i < count; i++) {
		size_t length = strlen(args[i].name);

		if (strncmp(args[i].name, text, length) == 0 && text[length] == '=')
			return &args[i];
	}
	usage_error("no argument is called so: ", text);
}

static void read_args(int argc, char **argv, struct workload_arg *args, int count)
{
	int place = 0;

	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');

		if (equals)
			read_number(find_arg(args, count, argv[i]), equals + 1);
		else if (place < count)
			read_number(&args[place++], argv[i]);
		else
			usage_error("one argument too many: ", argv[i]);
	}
}

void workload_begin(
	int argc, char **argv, const char *summary, struct workload_arg *args, int count)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc > 0)
		program = slash ? slash + 1 : argv[0];
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_usage(summary, args, count);
			exit(0);
		}
	}
	read_args(argc, argv, args, count);
	if (args[0].value == 0)
		args[0].value = UINT64_MAX;
	catch_signals();
	soakops_count_alloc(0);
}

void workload_refuse(const struct workload_arg *arg, const char *why)
{
	char problem[128];

	snprintf(problem, sizeof(problem), "%s=%" PRIu64 " ", arg->name, arg->value);
	usage_error(problem, why);
}

void workload_check_range(const struct workload_arg *min, const struct workload_arg *max)
{
	char why[64];

	snprintf(why, sizeof(why), "is more than %s=%" PRIu64, max->name, max->value);
	if (min->value > max->value)
		workload_refuse(min, why);
}

int workload_end(uint64_t iterations, uint64_t ws, uint64_t ops, uint64_t elapsed_ns)
{
	double seconds = (double)(elapsed_ns ? elapsed_ns : 1) / 1e9;

	printf("Throughput = %.0f ops/s [iter=%" PRIu64 " ws=%" PRIu64 "] time=%.3fs\n",
		(double)ops / seconds, iterations, ws, seconds);
	if (fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "%s: cannot write the result: %s\n", program, strerror(errno));
	return EXIT_CANNOT_RUN;
}

uint64_t workload_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* In naps: a signal that sets the stop flag may have reached another thread. */
void workload_wait_until(uint64_t time_ns)
{
	for (uint64_t now_ns; !workload_stopped && (now_ns = workload_now_ns()) < time_ns;) {
		uint64_t nap_ns = time_ns - now_ns < NAP_NS ? time_ns - now_ns : NAP_NS;
		struct timespec nap = {.tv_nsec = (long)nap_ns};

		nanosleep(&nap, NULL);
	}
}

uint64_t workload_light_use(uint64_t times, uint64_t *state, struct longest *longest)
{
	uint64_t done = 0, due_ns = workload_now_ns();

	for (; done < times && !workload_stopped; done++) {
		uint64_t size = 16 + workload_low(workload_random(state), 1009);

		longest_free(longest, longest_alloc(longest, size));
		soakops_count_alloc(1);
		soakops_count_free(1);
		workload_wait_until(due_ns += 1000000);
	}
	return done;
}

void workload_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", program, what);
	exit(EXIT_CANNOT_RUN);
}

/* One step of a Weyl sequence and a finalizer in the manner of MurmurHash3. */
uint64_t workload_seed(uint64_t seed)
{
	uint64_t x = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x ? x : 1;
}

void *workload_array(uint64_t count, size_t size)
{
	void *array = calloc(count, size);

	if (!array)
		workload_fail("out of memory");
	return array;
}

void workload_free_slots(void **slots, uint64_t ws)
{
	uint64_t frees = 0;

	for (uint64_t i = 0; i < ws; i++) {
		if (!slots[i])
			continue; /* free(NULL) would be an op */
		free(slots[i]);
		frees++;
	}
	soakops_count_free(frees);
	free(slots);
}
