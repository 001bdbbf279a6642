/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Callers of known names, each with a prime number of churn calls of its own:
 *
 *   corpus LIBRARY   all ways to make a call; LIBRARY is tests/helpers/planted/plugin.c
 *   corpus sites N   N call sites in code without a file, and one call from each
 *   corpus family N  N children, one after the other, that each make 17 calls and end at once
 *   corpus late N    N children at the same time that make one call each, 200 us apart, about a
 *                    second after the start
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define EACH(count) for (int i = 0; i < (count); i++)

static char *page;

/* While soak takes in what it was told; on an emulated CPU that takes longer. */
static void wait_for_soak(void)
{
	usleep(getenv("SOAK_TEST_SLOW") ? 3000000 : 100000);
}

/* Not in tail position, or the way back would lead to the caller's caller. */
static volatile long sink;

__attribute__((noinline)) static void by_wrapper(void)
{
	EACH(101)
	sink += madvise(page, PAGE, MADV_NORMAL);
}

__attribute__((noinline)) static void by_syscall(void)
{
	EACH(103)
	sink += syscall(SYS_madvise, page, PAGE, MADV_NORMAL);
}

__attribute__((noinline)) static void by_instruction(void)
{
	EACH(107)
	{
#if defined(__x86_64__)
		long result;

		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_madvise), "D"(page), "S"(PAGE), "d"(MADV_NORMAL)
				 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
		register long number __asm__("x8") = SYS_madvise, result __asm__("x0") = (long)page;
		register long length __asm__("x1") = PAGE, advice __asm__("x2") = MADV_NORMAL;

		__asm__ volatile("svc 0"
				 : "+r"(result)
				 : "r"(number), "r"(length), "r"(advice)
				 : "memory");
#endif
		sink += result;
	}
}

#ifdef __clang__ /* has no such attribute: built by it, the function is like the others */
#define FRAME_POINTER
#else
#define FRAME_POINTER __attribute__((optimize("no-omit-frame-pointer")))
#endif

__attribute__((noinline)) FRAME_POINTER static void with_frame_pointer(void)
{
	EACH(109)
	sink += madvise(page, PAGE, MADV_NORMAL);
}

/* Return addresses that mean nothing any more, where the next call will have its frame. */
__attribute__((noinline)) static long leave_traces(long depth)
{
	return depth ? 1 + leave_traces(depth - 1) + sink : 0;
}

/* After the first call there is time to learn where on the stack such callers differ. */
__attribute__((noinline)) static void by_sbrk(void)
{
	sink += leave_traces(99);
	EACH(113)
	{
		sink += (long)sbrk(PAGE);
		if (i == 0)
			wait_for_soak();
	}
}

__attribute__((noinline)) static void by_mremap(void)
{
	EACH(127)
	sink += (long)mremap(page, PAGE, PAGE, 0);
}

__attribute__((noinline)) static void by_mprotect(void)
{
	EACH(151)
	sink += mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

/* Two that take turns at the same wrapper, and two at what it takes a frame to get through. */
__attribute__((noinline)) static void left(void)
{
	sink += madvise(page, PAGE, MADV_NORMAL);
	sink += (long)sbrk(PAGE);
}

__attribute__((noinline)) static void right(void)
{
	sink -= (long)sbrk(PAGE);
	sink -= madvise(page, PAGE, MADV_NORMAL);
}

static void by_turns(void)
{
	EACH(157)
	{
		left();
		right();
		if (i == 0)
			wait_for_soak();
	}
}

/* Its last instruction is the call: the way back leads to the function behind it. */
void by_last_call(void *address, size_t length, int advice);
#if defined(__x86_64__)
__asm__(".text\n.type by_last_call, @function\nby_last_call:\n"
	"	.cfi_startproc\n	sub $8, %rsp\n	.cfi_adjust_cfa_offset 8\n"
	"	call madvise@plt\n	.cfi_endproc\n.size by_last_call, .-by_last_call\n"
	".type behind_it, @function\nbehind_it:\n"
	"	.cfi_startproc\n	.cfi_adjust_cfa_offset 8\n"
	"	add $8, %rsp\n	.cfi_adjust_cfa_offset -8\n	ret\n"
	"	.cfi_endproc\n.size behind_it, .-behind_it\n");
#elif defined(__aarch64__)
#define CFI_FRAME                                                                                  \
	"	.cfi_def_cfa_offset 16\n	.cfi_offset 29, -16\n	.cfi_offset 30, -8\n"
__asm__(".text\n.type by_last_call, %function\nby_last_call:\n"
	"	.cfi_startproc\n	stp x29, x30, [sp, -16]!\n" CFI_FRAME
	"	bl madvise\n	.cfi_endproc\n.size by_last_call, .-by_last_call\n"
	".type behind_it, %function\nbehind_it:\n"
	"	.cfi_startproc\n" CFI_FRAME
	"	ldp x29, x30, [sp], 16\n	.cfi_restore 29\n	.cfi_restore 30\n"
	"	.cfi_def_cfa_offset 0\n	ret\n"
	"	.cfi_endproc\n.size behind_it, .-behind_it\n");
#endif

static void in_handler(int signal)
{
	(void)signal;
	EACH(131)
	sink += madvise(page, PAGE, MADV_NORMAL);
}

static void by_signal(void)
{
	signal(SIGUSR1, in_handler);
	raise(SIGUSR1);
}

static void by_plugin(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*call)(void *) = library ? (void (*)(void *))dlsym(library, "call_from_plugin") : 0;

	if (!call)
		_exit(3);
	call(page);
}

#if defined(__x86_64__)
/* mov eax, SYS_madvise; syscall; ret */
static const unsigned char own_call[] = {0xb8, SYS_madvise, 0, 0, 0, 0x0f, 0x05, 0xc3};
/* push rbx; call rcx; pop rbx; ret */
static const unsigned char through_libc[] = {0x53, 0xff, 0xd1, 0x5b, 0xc3};
#elif defined(__aarch64__)
/* mov w8, SYS_madvise; svc 0; ret; nop */
static const uint32_t own_call[] = {
	0x52800008 | SYS_madvise << 5, 0xd4000001, 0xd65f03c0, 0xd503201f};
/* stp x29, x30, [sp, -16]!; blr x3; ldp x29, x30, [sp], 16; ret */
static const uint32_t through_libc[] = {0xa9bf7bfd, 0xd63f0060, 0xa8c17bfd, 0xd65f03c0};
#endif

static unsigned char *code_pages(size_t size)
{
	unsigned char *code = mmap(
		NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED)
		_exit(3);
	return code;
}

/* Code without a file: 137 calls by its own instruction, 139 through libc. */
static void by_generated_code(void)
{
	unsigned char *code = code_pages(PAGE);

	memcpy(code, own_call, sizeof(own_call));
	memcpy(code + 64, through_libc, sizeof(through_libc));
	__builtin___clear_cache((char *)code, (char *)code + PAGE);
	EACH(137)
	sink += ((long (*)(void *, long, long))code)(page, PAGE, MADV_NORMAL);
	EACH(139)
	sink += ((long (*)(void *, long, long, void *))(code + 64))(
		page, PAGE, MADV_NORMAL, (void *)madvise);
}

static int make_sites(long count)
{
	unsigned char *code = code_pages(count * sizeof(own_call));

	for (long i = 0; i < count; i++) {
		unsigned char *call = code + i * sizeof(own_call);

		memcpy(call, own_call, sizeof(own_call));
		__builtin___clear_cache((char *)call, (char *)call + sizeof(own_call));
		sink += ((long (*)(void *, long, long))call)(page, PAGE, MADV_NORMAL);
	}
	return 0;
}

__attribute__((noinline)) static void short_lived(int calls)
{
	EACH(calls)
	sink += madvise(page, PAGE, MADV_NORMAL);
}

static void sleep_until(const struct timespec *start, long ns)
{
	struct timespec until = {start->tv_sec, start->tv_nsec + ns};

	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int raise_family(long count, bool at_once)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0) {
			if (at_once)
				sleep_until(&start, 1000000000 + (i - count / 2) * 200000);
			short_lived(at_once ? 1 : 17);
			_exit(0);
		}
		if (!at_once)
			waitpid(child, NULL, 0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argc == 3 && strcmp(argv[1], "sites") == 0)
		return make_sites(atol(argv[2]));
	if (argc == 3 && strcmp(argv[1], "family") == 0)
		return raise_family(atol(argv[2]), false);
	if (argc == 3 && strcmp(argv[1], "late") == 0)
		return raise_family(atol(argv[2]), true);
	if (argc != 2)
		return 2;
	by_wrapper();
	by_syscall();
	by_instruction();
	with_frame_pointer();
	by_mprotect();
	by_sbrk();
	by_mremap();
	by_turns();
	EACH(167)
	by_last_call(page, PAGE, MADV_NORMAL);
	by_signal();
	by_plugin(argv[1]);
	by_generated_code();
	wait_for_soak(); /* a library that was opened late is looked for while it is there */
	return 0;
}
