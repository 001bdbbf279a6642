/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Programs that count none of their ops. Shared by the probe (uncounted.bpf.c) and user space
 * (collectors/uncounted.c).
 *
 * A program counts its ops once it has mapped the ops page for writing. Its children by fork count
 * as their parent does. After an exec the program is examined anew.
 */
#ifndef SOAK_BPF_UNCOUNTED_H
#define SOAK_BPF_UNCOUNTED_H

#include <linux/types.h>

#define UNCOUNTED_NAMES 64 /* a power of two */

/* The files that counting ops takes; set by the observer. */
struct ops_files {
	__u64 page_inode; /* of the ops page; 0: no program is examined */
	__u64 page_bytes;
	__u64 library_inode; /* of libsoakops.so; 0: it is not preloaded */
};

enum ops_state {
	OPS_UNKNOWN,
	OPS_LOADED, /* it has mapped the library, which maps the page before main() */
	OPS_COUNTED,
	OPS_UNCOUNTED,
};

/* One process, since its last exec. */
struct uncounted_calls {
	__u32 state;     /* enum ops_state */
	__u32 entry;     /* of uncounted_names, plus 1; 0: it is in none */
	__u32 inherited; /* its parent was entered, before the fork */
	__u32 pad;
	__u64 loader; /* where its dynamic loader begins; 0: it has none */
	__u64 heap;   /* the program break when it began */
	/* Calls that the loader did not make: those that are not in an entry yet ... */
	__u64 budget, churn;
	/* ... and those that are. */
	__u64 entered_budget, entered_churn;
};

/* All programs of one name; entry 0 is for programs that found no free entry. */
struct uncounted_name {
	char name[16];
	__u64 programs;
	__u64 budget; /* mmap, munmap, madvise, process_madvise */
	__u64 churn;  /* brk, mremap, mprotect */
};

#endif
