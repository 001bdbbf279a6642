/* SPDX-License-Identifier: MIT */
/*
 * operator new and delete in all their forms, under the names that the Itanium C++ ABI gives them
 * (section 5.1.4): malloc(), but for what happens without memory. Written in C, so that a C program
 * does not load the C++ library; one that calls these has it, and its functions are found then.
 */
#include "src/cache.h"
#include "src/entry.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef HAKMEM_NO_OVERRIDE

typedef void (*new_handler)(void);

/* std::get_new_handler(), std::__throw_bad_alloc() */
extern new_handler get_new_handler(void) __asm__("_ZSt15get_new_handlerv") __attribute__((weak));
extern _Noreturn void throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv")
	__attribute__((weak));

/* align 0: what malloc() gives. A handler may throw, which passes through here. */
static __attribute__((noinline)) void *try_again(size_t size, size_t align)
{
	for (;;) {
		void *p = align ? hk_memalign(align, size) : malloc(size);
		new_handler handler;

		if (p)
			return p;
		handler = get_new_handler ? get_new_handler() : NULL;
		if (!handler)
			break;
		handler();
	}
	if (throw_bad_alloc)
		throw_bad_alloc();
	abort();
}

/*
 * The forms that do not throw must catch what a handler throws, which C cannot. The C++ library's
 * own can: they call the form that throws, which is ours again, and return NULL if it has thrown.
 */
static __attribute__((noinline)) void *try_without_throwing(
	const char *name, size_t size, size_t align, const void *nothrow)
{
	void *theirs = dlsym(RTLD_NEXT, name);

	if (!theirs)
		return NULL;
	if (align)
		return ((void *(*)(size_t, size_t, const void *))theirs)(size, align, nothrow);
	return ((void *(*)(size_t, const void *))theirs)(size, nothrow);
}

#define OPERATOR(name, ...)                                                                        \
	ENTRY void *name(__VA_ARGS__);                                                             \
	ENTRY void *name(__VA_ARGS__)

#define NEW(name)                                                                                  \
	OPERATOR(name, size_t size)                                                                \
	{                                                                                          \
		void *p = malloc(size);                                                            \
                                                                                                   \
		return likely(p) ? p : try_again(size, 0);                                         \
	}
#define NEW_NOTHROW(name)                                                                          \
	OPERATOR(name, size_t size, const void *nothrow)                                           \
	{                                                                                          \
		void *p = malloc(size);                                                            \
                                                                                                   \
		return likely(p) ? p : try_without_throwing(#name, size, 0, nothrow);              \
	}
#define NEW_ALIGNED(name)                                                                          \
	OPERATOR(name, size_t size, size_t align)                                                  \
	{                                                                                          \
		return try_again(size, align);                                                     \
	}
#define NEW_ALIGNED_NOTHROW(name)                                                                  \
	OPERATOR(name, size_t size, size_t align, const void *nothrow)                             \
	{                                                                                          \
		void *p = hk_memalign(align, size);                                                \
                                                                                                   \
		return likely(p) ? p : try_without_throwing(#name, size, align, nothrow);          \
	}

/* clang-format off */
NEW(_Znwm)                                       /* operator new(size_t) */
NEW(_Znam)                                       /* operator new[](size_t) */
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)                 /* ... nothrow */
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)                /* ... aligned */
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)
/* clang-format on */

/* Whatever else delete is told about the block, its address says enough. */
#define DELETE(name)                                                                               \
	ENTRY void name(void *p);                                                                  \
	ENTRY void name(void *p)                                                                   \
	{                                                                                          \
		free(p);                                                                           \
	}

/* clang-format off */
DELETE(_ZdlPv)
DELETE(_ZdaPv)
DELETE(_ZdlPvm)
DELETE(_ZdaPvm)
DELETE(_ZdlPvRKSt9nothrow_t)
DELETE(_ZdaPvRKSt9nothrow_t)
DELETE(_ZdlPvSt11align_val_t)
DELETE(_ZdaPvSt11align_val_t)
DELETE(_ZdlPvmSt11align_val_t)
DELETE(_ZdaPvmSt11align_val_t)
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t)
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t)
/* clang-format on */

#endif
