/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Can a thread be preempted while a probe runs in it at a system call's tracepoint?
 *
 * Up to Linux 7.1 it cannot: perf_syscall_enter() and perf_syscall_exit() disable preemption
 * (kernel/trace/trace_syscalls.c). Where it can, the calls of other threads on that CPU are lost
 * meanwhile: trace_call_bpf() lets one program at a time run on a CPU and skips the others
 * (kernel/trace/bpf_trace.c).
 */
#ifndef SOAK_PREEMPT_H
#define SOAK_PREEMPT_H

/*
 * Tries: a probe waits for some milliseconds while another thread wants its CPU. Returns 1 or 0, or
 * a negative errno if it could not be tried. `tracefs` as by tracefs_open().
 */
int preempt_try(int tracefs);

#endif
