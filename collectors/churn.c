/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of system calls and kinds, and sums over a process's counters. Called by whoever records
 * or prints them.
 */
#include <stddef.h>

#include "collectors/churn.h"

static const struct {
	const char *name;
	enum churn_syscall call;
} kinds[CHURN_KIND_COUNT] = {
#define X(call_, kind_) [CHURN_##call_##_##kind_] = {#kind_, CHURN_##call_},
	CHURN_KINDS(X)
#undef X
};

const char *churn_syscall_name(enum churn_syscall call)
{
	static const char *const names[] = {
#define X(name) [CHURN_##name] = #name,
		CHURN_SYSCALLS(X)
#undef X
	};

	return names[call];
}

const char *churn_kind_name(enum churn_kind kind)
{
	return kinds[kind].name;
}

enum churn_syscall churn_kind_syscall(enum churn_kind kind)
{
	return kinds[kind].call;
}

const char *churn_errno_name(enum churn_errno class)
{
	static const char *const names[] = {[CHURN_ENOMEM] = "ENOMEM",
		[CHURN_EINVAL] = "EINVAL",
		[CHURN_EAGAIN] = "EAGAIN",
		[CHURN_EPERM] = "EPERM",
		[CHURN_EOTHER] = "other"};

	return names[class];
}

void churn_add(struct churn_counts *sum, const struct churn_counts *part)
{
	/* The struct is nothing but counters. */
	const volatile __u64 *from = (const volatile __u64 *)part;
	__u64 *to = (__u64 *)sum;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(__u64); i++)
		to[i] += from[i];
}

uint64_t churn_calls(const struct churn_counts *counts, enum churn_syscall call)
{
	uint64_t calls = 0;

	for (int k = 0; k < CHURN_KIND_COUNT; k++)
		if (kinds[k].call == call)
			calls += counts->kind[k].calls;
	return calls;
}

void churn_fill(const struct churn_counts *counts, struct sample *sample)
{
	int64_t ns = 0, errors = 0;

#define X(name) sample->v[METRIC_##name] = churn_calls(counts, CHURN_##name);
	CHURN_SYSCALLS(X)
#undef X
	for (int k = 0; k < CHURN_KIND_COUNT; k++)
		ns += counts->kind[k].ns;
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		for (int e = 0; e < CHURN_ERRNO_COUNT; e++)
			errors += counts->errors[c][e];
	sample->v[METRIC_churn_ns] = ns;
	sample->v[METRIC_churn_errors] = errors;
}
