/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Call sites: the places in the target's code where churn calls are made. Shared by the probe
 * (callers.bpf.c) and user space (collectors/callers.c); docs/callers.md describes the way from a
 * call site to a name.
 *
 * A site takes a line when its first call returns. User space gives the line back when it has
 * recorded the site and no thread can count on it any more: after the process has ended.
 */
#ifndef SOAK_BPF_CALLERS_H
#define SOAK_BPF_CALLERS_H

#include <linux/types.h>

#define CALLER_SITES 131072 /* lines; line 0 means none */
#define CALLER_STACK_BYTES 4096
#define CALLER_SHORT_STACK_BYTES 512 /* of sites beyond an image's first CALLER_DEEP_STACKS */
#define CALLER_DEEP_STACKS 512
#define CALLER_STACK_WORDS (CALLER_STACK_BYTES / 8)
#define CALLER_FILES 16
#define CALLER_DEPTH 4 /* words that are looked at further up the stack */

/* In DWARF's order (x86-64 psABI 3.6.2, with the instruction pointer; AArch64 DWARF 4.1). */
#define CALLER_REGISTERS 32

struct caller_key {
	__u32 image; /* process_slot.image */
	__u32 kind;  /* enum churn_kind */
	__u64 ip;    /* address behind the system call instruction */
	__u64 word;  /* SYSCALL_CALLER if it points into code; else 0 */
	__u64 deep;  /* hash of the words further up the stack that were compared; else 0 */
};

/*
 * Does the word on top of the stack tell sites of one instruction apart? It does if it points into
 * code, as the return address of a wrapper such as libc's mmap() does. Once such a word does not
 * point into code, the words were a variable all along.
 */
enum caller_words { WORDS_UNDECIDED, WORDS_TELL, WORDS_DO_NOT };

struct caller_instruction {
	__u32 image, pad;
	__u64 ip;
};

struct caller_site {
	struct caller_key key;
	__u32 next; /* of the same slot; 0: the last */
	/*
	 * Set by user space: the distance from the stack pointer to the caller's return address, or
	 * to the first word in which the site's stacks differ. From then on each word there that
	 * points into code makes a site of its own; all other words share one site. 0: not set.
	 */
	__u32 deep_bytes;
	__u32 looked_bytes; /* deep_bytes of the site that this one was told from ... */
	__u32 parent;       /* ... and its line; 0: none */
	__u32 stack_bytes;  /* bytes sent of each of its stacks; 0: not decided yet */
	__u32 pad;
	char program[16];    /* comm of the image; the process may have executed another since */
	__u64 calls, errors; /* returned, failed ones included; failed */
	__u64 bytes, ns;     /* as in struct churn_cell */
};

/* A mapping with code, of a file or anonymous, that some word on the stack points into. */
struct caller_file {
	__u64 start, end, offset_bytes; /* offset in the file of `start` */
	__u64 inode;                    /* 0: no file */
	__u32 device;                   /* as the kernel packs it: major << 20 | minor */
	char name[36];                  /* last part of its path, perhaps cut short */
};

/* Sent through the ring buffer as a site's 1st, 2nd, 4th, 8th ... call returns. */
struct caller_event {
	__u32 line, image, slot, tgid;
	__u32 stack_bytes, files;
	__u64 ip;
	__u64 registers[CALLER_REGISTERS];
	struct caller_file file[CALLER_FILES];
	__u64 stack[CALLER_STACK_WORDS]; /* from the stack pointer upwards, stack_bytes of it */
};

/* The site that a thread last counted on, for one of CALLER_RECENT groups of kinds. */
#define CALLER_RECENT 4

struct caller_recent {
	__u64 deep_word;
	__u32 line;       /* 0: none */
	__u32 deep_bytes; /* distance of deep_word from the stack pointer; 0: it does not matter */
};

/* A file's code, as a process mapped it. */
#define CALLER_CODE 16

struct caller_code {
	__u64 start; /* 0: none */
	__u64 file;  /* made of its inode and device */
};

struct caller_losses {
	__u64 sites;  /* calls at new sites that found no free line */
	__u64 stacks; /* ring buffer full */
};

#endif
