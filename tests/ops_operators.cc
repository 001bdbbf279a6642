/* SPDX-License-Identifier: GPL-3.0-or-later */
/* needs: no root */
/*
 * The 20 forms of operator new and delete count once each under the preload library: where the
 * allocator has operators of its own, where the C++ runtime's call malloc, and where forms of both
 * kinds are mixed.
 *
 *	ops_operators                   the test
 *	ops_operators calls CASE N      what it watches
 */
#include "tests/ops_run.h"

#include <new>

namespace
{

void *volatile block; /* volatile: no pair may be optimised away */
constexpr std::align_val_t wide{256};
volatile size_t huge = SIZE_MAX / 4;

void check(void *got, size_t alignment)
{
	block = got;
	if (!got || reinterpret_cast<uintptr_t>(got) % alignment)
		_exit(3);
}

void one()
{
	check(::operator new(24), 16);
	::operator delete(block);
	check(::operator new(24), 16);
	::operator delete (block, size_t{24});
	check(::operator new(24, std::nothrow), 16);
	::operator delete(block, std::nothrow);
}

void array()
{
	check(::operator new[](24), 16);
	::operator delete[](block);
	check(::operator new[](24), 16);
	::operator delete[](block, size_t{24});
	check(::operator new[](24, std::nothrow), 16);
	::operator delete[](block, std::nothrow);
}

void aligned_one()
{
	check(::operator new(24, wide), 256);
	::operator delete(block, wide);
	check(::operator new(24, wide), 256);
	::operator delete (block, size_t{24}, wide);
	check(::operator new(24, wide, std::nothrow), 256);
	::operator delete(block, wide, std::nothrow);
}

void aligned_array()
{
	check(::operator new[](24, wide), 256);
	::operator delete[](block, wide);
	check(::operator new[](24, wide), 256);
	::operator delete[](block, size_t{24}, wide);
	check(::operator new[](24, wide, std::nothrow), 256);
	::operator delete[](block, wide, std::nothrow);
}

void delete_null()
{
	block = nullptr;
	::operator delete(block);
	::operator delete[](block);
}

/* The exception passes through the library's frames. */
void throwing()
{
	check(::operator new[](24), 16);
	::operator delete[](block);
	try {
		block = ::operator new[](huge);
		_exit(3);
	} catch (const std::bad_alloc &) {
	}
}

struct watched {
	const char *name;
	void (*call)();
	uint64_t alloc, freed;
	bool throws;
};

const watched cases[] = {
	{"one", one, 3, 3, false},
	{"array", array, 3, 3, false},
	{"aligned-one", aligned_one, 3, 3, false},
	{"aligned-array", aligned_array, 3, 3, false},
	{"delete-null", delete_null, 0, 2, false},
	{"throwing", throwing, 2, 1, true},
};

int watched_main(const char *name, long n)
{
	for (const watched &c : cases) {
		if (strcmp(name, c.name) != 0)
			continue;
		while (n-- > 0)
			c.call();
		return 0;
	}
	return 2;
}

ops_result run_case(const ops_run &how, const char *self, const char *name, long n)
{
	char number[24];
	char *argv[] = {const_cast<char *>(self), const_cast<char *>("calls"),
		const_cast<char *>(name), number, nullptr};

	snprintf(number, sizeof(number), "%ld", n);
	return ops_run_command(&how, argv);
}

void test_case(const ops_run &how, const char *self, const watched &c, const char *where)
{
	const long n = 1009;
	ops_result none = run_case(how, self, c.name, 0), some = run_case(how, self, c.name, n);
	char what[128];

	for (int kind = 0; kind < SOAKOPS_KINDS; kind++)
		some.count[kind] -= none.count[kind];
	/* a thrown exception is itself allocated and freed: once for each throw, by malloc */
	snprintf(what, sizeof(what), "%s, operators, %s: exact", where, c.name);
	ops_counts(some.count, (c.alloc + c.throws) * n, (c.freed + c.throws) * n, 0, what);
	snprintf(what, sizeof(what), "%s, operators, %s: ends well", where, c.name);
	ops_equal(static_cast<uint64_t>(some.status), 0, what);
}

void test_allocator(const char *self, const char *name, const char *library)
{
	char preload[4200];
	ops_run how{};

	how.preload = preload;
	if (!ops_preload(library, preload, sizeof(preload))) {
		printf("ok %d # SKIP %s is not installed\n", ++ops_tests, library);
		return;
	}
	for (const watched &c : cases) {
		if (c.throws && strcmp(name, "mimalloc") == 0)
			printf("ok %d # SKIP this mimalloc aborts where it should throw\n",
				++ops_tests);
		else
			test_case(how, self, c, name);
	}
}

} // namespace

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "calls") == 0)
		return watched_main(argv[2], atol(argv[3]));
	if (OPS_SANITIZED) {
		puts("1..0 # SKIP a sanitizer's allocator cannot be preloaded over");
		return 0;
	}
	test_allocator(argv[0], "glibc", "");
	test_allocator(argv[0], "mimalloc", "libmimalloc.so.2");
	test_allocator(argv[0], "jemalloc", "libjemalloc.so.2");
	test_allocator(argv[0], "tcmalloc", "libtcmalloc_minimal.so.4");
	return ops_done();
}
