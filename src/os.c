/* SPDX-License-Identifier: MIT */
/* The only file with system calls, each an inline instruction. os.h says what they promise. */
#include "src/os.h"
#include "src/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#if defined(__x86_64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline long call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "hakmem knows the system calls of x86-64 and arm64 only"
#endif

#ifdef HAKMEM_OS_FAULTS
__attribute__((weak)) bool hk_os_fault(enum hk_os_call call)
{
	(void)call;
	return false;
}
#else
#define hk_os_fault(call) false
#endif

#if !defined(__x86_64__)
size_t hk_os_page(void)
{
	static size_t page;

	if (!__atomic_load_n(&page, __ATOMIC_RELAXED))
		__atomic_store_n(&page, getauxval(AT_PAGESZ), __ATOMIC_RELAXED);
	return __atomic_load_n(&page, __ATOMIC_RELAXED);
}
#endif

static inline bool failed(long result)
{
	return result < 0 && result > -4096;
}

void *hk_os_map(void *hint, size_t bytes, bool lazy)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (lazy ? MAP_NORESERVE : 0);
	long result;

	hk_count(&hak_counters.mmap_total, 1);
	result = hk_os_fault(HK_OS_MMAP) ? -ENOMEM
					 : call6(SYS_mmap, (long)hint, (long)bytes,
						   PROT_READ | PROT_WRITE, flags, -1, 0);
	return failed(result) ? NULL : (void *)result;
}

bool hk_os_unmap(void *start, size_t bytes)
{
	hk_count(&hak_counters.free, 1);
	return !hk_os_fault(HK_OS_MUNMAP) &&
	       !failed(call6(SYS_munmap, (long)start, (long)bytes, 0, 0, 0, 0));
}

bool hk_os_move(void *start, size_t bytes, void *to)
{
	hk_count(&hak_counters.mremap, 1);
	return !hk_os_fault(HK_OS_MREMAP) &&
	       !failed(call6(SYS_mremap, (long)start, (long)bytes, (long)bytes,
		       MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, (long)to, 0));
}

bool hk_os_advise(void *start, size_t bytes, enum hk_os_advice advice)
{
	static const int kernels[] = {
		[HK_OS_PURGE] = MADV_DONTNEED,
		[HK_OS_NO_HUGE] = MADV_NOHUGEPAGE,
		[HK_OS_WANT_HUGE] = MADV_HUGEPAGE,
		[HK_OS_COLLAPSE] = MADV_COLLAPSE,
	};
	bool purges = advice == HK_OS_PURGE;

	if (purges && hk_counter(&hak_counters.madvise_disabled))
		return false;
	hk_count(&hak_counters.madvise, 1);
	return !hk_os_fault(purges ? HK_OS_MADVISE_PURGE : HK_OS_MADVISE) &&
	       !failed(call6(SYS_madvise, (long)start, (long)bytes, kernels[advice], 0, 0, 0));
}

bool hk_os_make_read_only(void *start, size_t bytes)
{
	hk_count(&hak_counters.mprotect, 1);
	return !failed(call6(SYS_mprotect, (long)start, (long)bytes, PROT_READ, 0, 0, 0));
}

/* ---- names ----------------------------------------------------------------------------------- */

bool hk_os_name(void *start, size_t bytes, const char *name)
{
	long result = call6(SYS_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, (long)start, (long)bytes,
		(long)name, 0);

#ifdef HAKMEM_OS_FAULTS /* what is done with named memory is tested on kernels without names, too */
	result = hk_os_fault(HK_OS_NAME) ? -EINVAL : 0;
#endif
	return !failed(result);
}

bool hk_os_extend(void *end, size_t bytes)
{
	size_t page = hk_os_page();

	hk_count(&hak_counters.mremap, 1);
	return !hk_os_fault(HK_OS_MREMAP) && !failed(call6(SYS_mremap, (long)end - (long)page,
						     (long)page, (long)(page + bytes), 0, 0, 0));
}

void *hk_os_map_like(void *pattern, size_t bytes)
{
	long result;

	hk_count(&hak_counters.mremap, 1);
	result = hk_os_fault(HK_OS_MREMAP)
			 ? -ENOMEM
			 : call6(SYS_mremap, (long)pattern, (long)bytes, (long)bytes,
				   MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0, 0);
	return failed(result) ? NULL : (void *)result;
}

/* ---- what the machine is like ---------------------------------------------------------------- */

bool hk_os_wants_huge_pages(void)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	long fd = call6(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0), length;
	char text[64] = "";

	if (failed(fd))
		return false;
	length = call6(SYS_read, fd, (long)text, sizeof(text) - 1, 0, 0, 0);
	call6(SYS_close, fd, 0, 0, 0, 0, 0);
	return !failed(length) && length > 0 && !strstr(text, "[never]");
}

void hk_os_wait(uint32_t *word, uint32_t value)
{
	call6(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}

void hk_os_wake_one(uint32_t *word)
{
	call6(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

bool hk_os_write(int fd, const char *text, size_t length)
{
	while (length > 0) {
		long written = call6(SYS_write, fd, (long)text, (long)length, 0, 0, 0);

		if (written == -EINTR)
			continue;
		if (written <= 0)
			return false;
		text += written;
		length -= (size_t)written;
	}
	return true;
}

int hk_os_duplicate(int fd)
{
	long result = call6(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 512, 0, 0, 0);

	return failed(result) ? -1 : (int)result;
}

int hk_os_process(void)
{
	return (int)call6(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

void hk_os_exit(int status)
{
	for (;;)
		call6(SYS_exit_group, status, 0, 0, 0, 0, 0);
}
