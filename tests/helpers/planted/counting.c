/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A library that counts its own system calls as hakmem does, and makes a known number of them when
 * it is loaded: 13 mmaps, 11 munmaps and 7 madvises by 3 threads each. PLANT says what is wrong:
 *   twice   the last mmap is counted twice
 *   not     the last munmap is not counted
 *   past    the last madvise is made by libc's function, and not counted
 *   late    a munmap is counted and not made as the program ends, after the last call
 *   uncalled  the same when it is loaded
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE 4096ul

struct {
	uint32_t version, size;
	uint64_t alloc, free, madvise, madvise_disabled, mmap_total, fallback_mmap, huge_alloc,
		mremap, in_use_bytes, committed_bytes;
} hak_counters = {
	.version = 1, .size = sizeof(hak_counters), .in_use_bytes = 1009, .committed_bytes = 2003};

static long call3(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS;
	register long r8 __asm__("r8") = -1;
	register long r9 __asm__("r9") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number, result __asm__("x0") = a;
	register long x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = MAP_PRIVATE | MAP_ANONYMOUS;
	register long x4 __asm__("x4") = -1, x5 __asm__("x5") = 0;

	__asm__ volatile("svc 0"
			 : "+r"(result)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
#endif
	return result;
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void *make_calls(void *unused)
{
	char *maps[13];

	for (int i = 0; i < 13; i++) {
		count(&hak_counters.mmap_total);
		maps[i] = (char *)call3(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE);
	}
	for (int i = 0; i < 7; i++) {
		count(&hak_counters.madvise);
		call3(SYS_madvise, (long)maps[12], PAGE, MADV_DONTNEED);
	}
	for (int i = 0; i < 11; i++) {
		count(&hak_counters.free);
		call3(SYS_munmap, (long)maps[i], PAGE, 0);
	}
	return unused;
}

static void plant(const char *what)
{
	if (strcmp(what, "twice") == 0)
		count(&hak_counters.mmap_total);
	if (strcmp(what, "twice") == 0 || strcmp(what, "right") == 0) {
		count(&hak_counters.mmap_total);
		call3(SYS_mmap, 0, PAGE, PROT_READ);
	} else if (strcmp(what, "not") == 0) {
		call3(SYS_munmap, 0, PAGE, 0);
	} else if (strcmp(what, "past") == 0) {
		madvise(NULL, PAGE, MADV_COLD);
	} else if (strcmp(what, "uncalled") == 0) {
		count(&hak_counters.free);
	}
}

__attribute__((destructor)) static void unload(void)
{
	const char *what = getenv("PLANT");

	if (what && strcmp(what, "late") == 0)
		count(&hak_counters.free);
}

__attribute__((constructor)) static void load(void)
{
	const char *what = getenv("PLANT");
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, make_calls, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	if (what)
		plant(what);
}
