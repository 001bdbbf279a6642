/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Can a thread be preempted while a probe runs in it at a system call's tracepoint?
 *
 * Up to Linux 7.1 it cannot: perf_syscall_enter() and perf_syscall_exit() disable preemption
 * (kernel/trace/trace_syscalls.c). On kernels where it can, calls of other threads on that CPU are
 * lost meanwhile: trace_call_bpf() lets only one program at a time run on a CPU and skips the
 * others (kernel/trace/bpf_trace.c).
 */
#ifndef SOAK_PREEMPT_H
#define SOAK_PREEMPT_H

/*
 * Tries it: a probe waits for some milliseconds while another thread wants its CPU. Returns 1
 * (yes), 0 (no), or a negative errno: it could not be tried. `tracefs` is from tracefs_open().
 */
int preempt_try(int tracefs);

#endif
