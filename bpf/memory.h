/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One process's memory, read on demand. Shared by memory.bpf.c and collectors/memory.c. */
#ifndef SOAK_BPF_MEMORY_H
#define SOAK_BPF_MEMORY_H

#include <linux/types.h>

#define MEMORY_MAX_CPUS 1024
#define MEMORY_MAX_THREADS 65536

/* The argument of the program memory_read, in and out. */
struct memory_request {
	__u32 tgid;   /* in: in the initial PID namespace */
	__s32 status; /* out: 0, or -ESRCH: no such process, or it has no address space any more */
	__s64 file_pages, anon_pages, swap_entries, shmem_pages;
	__u64 mm; /* tells address spaces apart, while they live */
	__s64 vmas;
	__s64 pgtables_bytes;
	__u64 minflt, majflt; /* of all threads that ever were */
	__u64 cpu_ns;
	__u32 threads;
	__s32 sharers; /* users of the address space beside the threads; memory_task alone tells */
};

#endif
