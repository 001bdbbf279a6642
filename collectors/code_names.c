/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells allocators, language runtimes and libc wrappers by symbol names. Called by code_file.c. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/code_names.h"

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names) != 0)
		names++;
	return *names != NULL;
}

static bool begins_with_one_of(const char *name, const char *const *names)
{
	while (*names && !begins(name, *names))
		names++;
	return *names != NULL;
}

/* ---- C -------------------------------------------------------------------------------------- */

static const char *const system_calls[] = {"mmap", "mmap64", "munmap", "madvise", "mremap",
	"mprotect", "process_madvise", "brk", "sbrk", "syscall", "__mmap", "__mmap64", "__munmap",
	"__madvise", "__mremap", "__mprotect", "__brk", "__sbrk", "__syscall_ret",
	"__default_morecore", NULL};

static const char *const allocates[] = {"malloc", "free", "cfree", "calloc", "realloc",
	"reallocarray", "memalign", "aligned_alloc", "valloc", "pvalloc", "posix_memalign",
	"free_sized", "free_aligned_sized", "malloc_trim", "malloc_usable_size", NULL};

/* Names that belong to one allocator each, and glibc's and musl's of a static program. */
static const char *const allocator_names[] = {"__libc_malloc", "__libc_free", "__libc_calloc",
	"__libc_realloc", "__libc_memalign", "__libc_valloc", "__libc_pvalloc", "_int_malloc",
	"_int_free", "_int_realloc", "_int_memalign", "__malloc_", "je_", "_rjem_", "mi_", "_mi_",
	"tc_malloc", "tc_calloc", "tc_realloc", "tc_free", "tc_new", "tc_delete", "tc_memalign",
	"tc_posix_memalign", "hak_", "hk_", "rpmalloc", "rpfree", "rprealloc", "rpcalloc",
	"scalable_malloc", "scalable_free", "scalable_realloc", "scalable_calloc", NULL};

/* ---- C++ ------------------------------------------------------------------------------------- */

/* Itanium C++ ABI 5.1: operator new, new[], delete, delete[]. */
static const char *const operators[] = {
	"_Znw", "_Zna", "_Zdl", "_Zda", "_ZN8tcmalloc", "_ZN8snmalloc", "_ZN5scudo", NULL};

/* std and its abbreviations, and where libstdc++ keeps its allocators. */
static const char *const standard[] = {"_ZNSt", "_ZNKSt", "_ZSt", "_ZNSs", "_ZNKSs", "_ZNSa",
	"_ZN9__gnu_cxx", "_ZNK9__gnu_cxx", "_ZN10__cxxabiv1", "__cxa_allocate_exception",
	"__cxa_get_globals", NULL};

/* ---- Rust ------------------------------------------------------------------------------------ */

static const char *const rust_allocates[] = {
	"__rust_alloc", "__rust_realloc", "__rust_dealloc", "__rdl_", "__rg_", NULL};

static bool is_standard_crate(const char *name, size_t length)
{
	static const char *const crates[] = {"alloc", "core", "std", "hashbrown"};

	for (size_t i = 0; i < sizeof(crates) / sizeof(*crates); i++)
		if (strlen(crates[i]) == length && strncmp(name, crates[i], length) == 0)
			return true;
	return false;
}

/* A number, and after it an identifier of that length. */
static const char *read_identifier(const char *at, size_t *ret_length)
{
	char *end;

	*ret_length = isdigit((unsigned char)*at) ? strtoul(at, &end, 10) : 0;
	return *ret_length && strlen(end) >= *ret_length ? end : NULL;
}

/*
 * Legacy mangling looks like C++'s, and ends with 17h, 16 digits and E. A path of <T as Trait>
 * begins with the type.
 */
static bool is_legacy_standard(const char *symbol)
{
	size_t length, whole = strlen(symbol);
	const char *name;

	if (whole < 24 || !begins(symbol + whole - 20, "17h"))
		return false;
	name = read_identifier(symbol + strlen("_ZN"), &length);
	if (!name)
		return false;
	if (is_standard_crate(name, length))
		return true;
	if (!begins(name, "_$LT$"))
		return false;
	name += strlen("_$LT$");
	return is_standard_crate(name, strcspn(name, "."));
}

/*
 * Rust RFC 2603: the crate that the path, or the impl, lies in. *ret_alloc: it is the made-up crate
 * of the allocator's entries, since 1.88.
 */
static bool is_v0_standard(const char *symbol, bool *ret_allocates)
{
	const char *at = symbol + strlen("_R");
	size_t length = 0;

	*ret_allocates = strstr(symbol, "___rustc") && strstr(symbol, "___r");
	while (*at == 'N' || *at == 'I' || *at == 'M' || *at == 'X') {
		bool is_impl = *at == 'M' || *at == 'X';

		at += *at == 'N' ? 2 : 1;
		if (is_impl && *at == 's')
			at += strcspn(at, "_") + 1;
	}
	if (*at != 'C')
		return false;
	at++;
	if (*at == 's')
		at += strcspn(at, "_") + 1;
	at = read_identifier(at, &length);
	if (at && *at == '_')
		at++;
	return at && is_standard_crate(at, length);
}

static enum code_part part_of_mangled(const char *symbol)
{
	bool allocates_for_rust;

	if (begins(symbol, "_R")) {
		if (is_v0_standard(symbol, &allocates_for_rust))
			return CODE_RUNTIME;
		return allocates_for_rust ? CODE_ALLOCATES : CODE_OWN;
	}
	if (begins_with_one_of(symbol, operators))
		return CODE_ALLOCATES;
	if (begins_with_one_of(symbol, standard) || is_legacy_standard(symbol))
		return CODE_RUNTIME;
	return CODE_OWN;
}

enum code_part code_part_of(const char *symbol)
{
	if (symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R'))
		return part_of_mangled(symbol);
	/* Most names begin otherwise: a large program has a million. */
	if (!strchr("_abcfhijkmprstv", symbol[0]) || !symbol[0])
		return CODE_OWN;
	if (is_one_of(symbol, system_calls))
		return CODE_SYSTEM;
	if (is_one_of(symbol, allocates) || begins_with_one_of(symbol, allocator_names) ||
		begins_with_one_of(symbol, rust_allocates))
		return CODE_ALLOCATES;
	return begins_with_one_of(symbol, standard) ? CODE_RUNTIME : CODE_OWN;
}
