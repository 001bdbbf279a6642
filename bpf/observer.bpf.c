/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * All probes as one object, so that they share their maps. One stem per question:
 *   here       what does the observer call a process, and what time is it there?
 *   tree       who belongs to the target?
 *   churn      what does it ask of the address space?
 *   allocator  which of that does its allocator ask, and does it know?
 *   callers    where in its code does it ask?
 *   uncounted  which of its programs count no ops?
 *   faults     in which mode does it fault?
 *   memory     how much memory has it, right now?
 *   speed      how fast are the CPUs on which it runs?
 */
#include "bpf/kernel.h"
#include "bpf/kernel_namespaces.h"
#include "bpf/kernel_perf.h"
#include "bpf/kernel_vma.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "bpf/adopt.h"
#include "bpf/allocator.h"
#include "bpf/callers.h"
#include "bpf/churn.h"
#include "bpf/free_list.h"
#include "bpf/memory.h"
#include "bpf/speed.h"
#include "bpf/syscall_args.h"
#include "bpf/tree.h"

#include "bpf/here.bpf.c"
#include "bpf/marks.bpf.c"
#include "bpf/allocator.bpf.c"
#include "bpf/own_memory.bpf.c"
#include "bpf/uncounted.bpf.c"
#include "bpf/tree.bpf.c"
#include "bpf/adopt.bpf.c"
#include "bpf/tree_late.bpf.c"
#include "bpf/caller_stack.bpf.c"
#include "bpf/callers.bpf.c"
#include "bpf/caller_code.bpf.c"
#include "bpf/churn_call.bpf.c"
#include "bpf/churn.bpf.c"
#include "bpf/faults.bpf.c"
#include "bpf/unseen.bpf.c"
#include "bpf/memory.bpf.c"
#include "bpf/memory_task.bpf.c"
#include "bpf/speed.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
