/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The known allocators, each in one row: by what name soak finds its library, and how the preload
 * library asks it what it holds. To add one, add a row.
 *
 *   X(ID, "name", "package", "symbol", reader, "meaning", "untold", "file", ...)
 *
 * package: Debian's, or NULL. symbol: exported by this allocator and by none in the rows above it.
 * reader: the function of heap_reader.c that asks it; NULL: it is not asked. meaning, untold: of
 * what it answers, and a warning of what it does not; or NULL. Files of the library follow, the
 * first that is found is taken; NULL: it is the C library's own. A process that maps a file
 * lib<name>* runs with it.
 */
#ifndef SOAK_OPS_ALLOCATORS_H
#define SOAK_OPS_ALLOCATORS_H

/* clang-format off */
#define ALLOCATORS(X)                                                                              \
X(HAKMEM, "hakmem", NULL, "hak_counters", NULL, NULL, NULL, "libhakmem.so")                        \
X(GLIBC, "glibc", NULL, "mallinfo2", read_glibc,                                                   \
	"glibc: in use uordblks + hblkhd, committed arena + hblkhd", NULL, NULL)                   \
X(MIMALLOC, "mimalloc", "libmimalloc2.0", "mi_process_info", read_mimalloc,                        \
	"mimalloc: in use is not told, committed current_commit",                                  \
	"mimalloc does not tell what it has given out (only its debug builds count it): "          \
	"allocator_in_use_bytes is absent",                                                        \
	"libmimalloc.so.2", "libmimalloc.so.3", "libmimalloc.so")                                  \
X(JEMALLOC, "jemalloc", "libjemalloc2", "mallctl", read_jemalloc,                                  \
	"jemalloc: in use stats.allocated, committed stats.resident", NULL,                        \
	"libjemalloc.so.2", "libjemalloc.so")                                                      \
X(TCMALLOC, "tcmalloc", "libtcmalloc-minimal4", "MallocExtension_GetNumericProperty", read_tcmalloc, \
	"tcmalloc: in use generic.current_allocated_bytes, committed "                             \
	"generic.heap_size - tcmalloc.pageheap_unmapped_bytes", NULL,                              \
	"libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libtcmalloc.so")
/* clang-format on */

/* For an array of names: ALLOCATORS(ALLOCATOR_NAME). */
#define ALLOCATOR_NAME(id, name, ...) name,

/* "hakmem, glibc, ..., " */
#define ALLOCATOR_LISTED(id, name, ...) name ", "
#define ALLOCATORS_LISTED ALLOCATORS(ALLOCATOR_LISTED)

#endif
