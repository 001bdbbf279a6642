/* SPDX-License-Identifier: MIT */
/*
 * The operating system. Every system call that the allocator makes is an instruction in os.c. So an
 * observer can tell the allocator's calls from all others by their address alone. Each call to
 * mmap, munmap, madvise and mremap is counted in hak_counters before it is made.
 *
 * No function here changes errno: free() must not, and malloc() sets it once, at the top. All are
 * safe in any thread and in signal handlers.
 */
#ifndef SRC_OS_H
#define SRC_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/layout.h"

enum hk_os_advice {
	HK_OS_PURGE,     /* give the pages back; they read as zeros when next touched */
	HK_OS_NO_HUGE,   /* no transparent huge pages here, whatever the system's default */
	HK_OS_WANT_HUGE, /* huge pages here, from the first touch or when khugepaged comes by */
	HK_OS_COLLAPSE,  /* make the pages here into huge pages, now; since Linux 6.1 */
};

/* The kernel's page: HK_PAGE on x86-64, up to HK_GRANULE on arm64. */
#if defined(__x86_64__)
static inline size_t hk_os_page(void)
{
	return HK_PAGE;
}
#else
size_t hk_os_page(void);
#endif

/*
 * Fresh, zeroed, private memory of `bytes`, a multiple of hk_os_page(), at the hint if that is
 * free, otherwise anywhere. NULL: the kernel refused. `lazy` promises that most of the memory will
 * not be touched (MAP_NORESERVE).
 */
void *hk_os_map(void *hint, size_t bytes, bool lazy);

/* False: the kernel refused; splitting a mapping may exceed vm.max_map_count. */
bool hk_os_unmap(void *start, size_t bytes);

/*
 * Moves the pages of `bytes` from `start` to `to`, replacing the pages there. The memory at `start`
 * stays mapped and reads as zeros. Since Linux 5.7. False: the kernel refused, nothing is changed.
 */
bool hk_os_move(void *start, size_t bytes, void *to);

/*
 * False: the kernel refused. HK_OS_PURGE also returns false, without asking the kernel, while
 * hak_counters.madvise_disabled is 1.
 */
bool hk_os_advise(void *start, size_t bytes, enum hk_os_advice advice);

/* Makes whole pages read-only. At the start alone. */
bool hk_os_make_read_only(void *start, size_t bytes);

/*
 * The name of private memory in /proc/PID/maps. False if the kernel knows none: before Linux 5.17,
 * or built without CONFIG_ANON_VMA_NAME. The only call about memory that sandboxes may not allow:
 * none after the start.
 */
bool hk_os_name(void *start, size_t bytes, const char *name);

/* More memory at the end of a mapping, which keeps its name; false if something else is there. */
bool hk_os_extend(void *end, size_t bytes);

/*
 * Fresh memory anywhere with the name of another mapping, which is as long and was never touched.
 * Since Linux 5.7. NULL if the kernel refuses.
 */
void *hk_os_map_like(void *pattern, size_t bytes);

/* False: transparent huge pages are set to "never", or the kernel has none. */
bool hk_os_wants_huge_pages(void);

/* Sleeps while *word is `value`; may return early. */
void hk_os_wait(uint32_t *word, uint32_t value);
void hk_os_wake_one(uint32_t *word);

/* False: nothing could be written. */
bool hk_os_write(int fd, const char *text, size_t length);

/* A duplicate of a descriptor, out of the program's way and closed by exec; -1 if there is none. */
int hk_os_duplicate(int fd);
int hk_os_process(void);
_Noreturn void hk_os_exit(int status);

/* For fault injection: a test built with HAKMEM_OS_FAULTS defines it; true makes the call fail. */
enum hk_os_call {
	HK_OS_MMAP,
	HK_OS_MUNMAP,
	HK_OS_MADVISE, /* all but HK_OS_PURGE */
	HK_OS_MADVISE_PURGE,
	HK_OS_MREMAP,
	HK_OS_NAME, /* a call that is granted else, whatever the kernel says */
	HK_OS_CALLS
};
bool hk_os_fault(enum hk_os_call call);

#endif
