/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All 20 forms of operator new and delete under libhakmem.so: that they are the library's, align,
 * fail as the standard says they do, call the new-handler, and survive exceptions.
 *
 *	hakmem_operators             the test
 *	hakmem_operators run CASE    one case, under whatever allocator there is; 0 if all is well
 */
#include "tests/ops_run.h"

#include <dlfcn.h>
#include <initializer_list>
#include <malloc.h>
#include <new>
#include <sys/resource.h>

namespace
{

void *volatile block; /* volatile: no pair may be optimised away */
volatile size_t huge = SIZE_MAX / 4;
volatile size_t too_large = static_cast<size_t>(PTRDIFF_MAX) + 1;
int handler_calls;

void require(bool good, int line)
{
	if (good)
		return;
	fprintf(stderr, "line %d\n", line);
	_exit(3);
}

#define REQUIRE(condition) require(condition, __LINE__)

/* Each byte that was asked for can be written, and the block stands where it was to stand. */
void check(void *got, size_t size, size_t alignment)
{
	REQUIRE(got && reinterpret_cast<uintptr_t>(got) % alignment == 0);
	memset(got, 0xa5, size);
	block = got;
}

bool plain_forms()
{
	for (size_t n = 0; n < 100000; n = n * 9 / 8 + 1) {
		check(::operator new(n), n, 16);
		::operator delete(block);
		check(::operator new(n), n, 16);
		::operator delete(block, n);
		check(::operator new(n, std::nothrow), n, 16);
		::operator delete(block, std::nothrow);
		check(::operator new[](n), n, 16);
		::operator delete[](block);
		check(::operator new[](n), n, 16);
		::operator delete[](block, n);
		check(::operator new[](n, std::nothrow), n, 16);
		::operator delete[](block, std::nothrow);
	}
	return true;
}

bool aligned_forms()
{
	for (size_t a = 1; a <= size_t{1} << 24; a *= 2) {
		std::align_val_t wide{a};

		for (size_t n = 0; n < 5000000; n = n * 5 + 3) {
			check(::operator new(n, wide), n, a);
			::operator delete(block, wide);
			check(::operator new(n, wide), n, a);
			::operator delete(block, n, wide);
			check(::operator new(n, wide, std::nothrow), n, a);
			::operator delete(block, wide, std::nothrow);
			check(::operator new[](n, wide), n, a);
			::operator delete[](block, wide);
			check(::operator new[](n, wide), n, a);
			::operator delete[](block, n, wide);
			check(::operator new[](n, wide, std::nothrow), n, a);
			::operator delete[](block, wide, std::nothrow);
		}
	}
	return true;
}

bool no_size_and_no_block()
{
	void *one = ::operator new(0), *other = ::operator new[](0);

	REQUIRE(one && other && one != other);
	::operator delete(one);
	::operator delete[](other);
	block = nullptr;
	::operator delete(block);
	::operator delete[](block);
	::operator delete (block, size_t{8});
	::operator delete (block, std::align_val_t{64});
	return true;
}

/* Blocks may come from new and go by free(), as many programs have it. */
bool mixed_with_c()
{
	for (size_t n = 1; n < 3000000; n = n * 3 + 1) {
		void *volatile c = malloc(n);

		check(::operator new(n), n, 16);
		REQUIRE(malloc_usable_size(block) >= n);
		free(block);
		::operator delete(c);
	}
	return true;
}

template <typename F> bool throws(F allocate)
{
	try {
		block = allocate();
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

bool bad_alloc()
{
	const std::align_val_t wide{256};

	for (size_t n : {size_t{huge}, size_t{too_large}, size_t{SIZE_MAX - 8}}) {
		REQUIRE(throws([=] { return ::operator new(n); }));
		REQUIRE(throws([=] { return ::operator new[](n); }));
		REQUIRE(throws([=] { return ::operator new(n, wide); }));
		REQUIRE(throws([=] { return ::operator new[](n, wide); }));
		REQUIRE(!::operator new(n, std::nothrow));
		REQUIRE(!::operator new[](n, std::nothrow));
		REQUIRE(!::operator new(n, wide, std::nothrow));
		REQUIRE(!::operator new[](n, wide, std::nothrow));
	}
	for (int i = 0; i < 20000; i++) /* what is thrown is freed */
		REQUIRE(throws([] { return ::operator new(huge); }));
	return true;
}

void third_time_unlucky()
{
	if (++handler_calls == 3)
		std::set_new_handler(nullptr);
}

/* All eight forms call the handler until there is none, and only then give up. */
bool handler_until_none()
{
	const std::align_val_t wide{64};
	void *(*const forms[])() = {
		[] { return ::operator new(huge); },
		[] { return ::operator new[](huge); },
		[] { return ::operator new(huge, wide); },
		[] { return ::operator new[](huge, wide); },
		[] { return ::operator new(huge, std::nothrow); },
		[] { return ::operator new[](huge, std::nothrow); },
		[] { return ::operator new(huge, wide, std::nothrow); },
		[] { return ::operator new[](huge, wide, std::nothrow); },
	};
	int number = 0;

	for (auto form : forms) {
		handler_calls = 0;
		block = &handler_calls;
		std::set_new_handler(third_time_unlucky);
		REQUIRE(throws(form) ? number < 4 : number >= 4 && !block);
		REQUIRE(handler_calls == 3);
		number++;
	}
	return true;
}

rlimit before_limit;

void lift_limit()
{
	handler_calls++;
	setrlimit(RLIMIT_AS, &before_limit);
}

/* The handler makes room, and the very call that found none succeeds. */
bool handler_makes_room()
{
	struct rlimit low;

	getrlimit(RLIMIT_AS, &before_limit);
	low = before_limit;
	low.rlim_cur = 1 << 20; /* less than is mapped already: no mapping succeeds */
	setrlimit(RLIMIT_AS, &low);
	std::set_new_handler(lift_limit);
	block = ::operator new(100000000);
	REQUIRE(block && handler_calls == 1);
	memset(block, 1, 100000000);
	::operator delete(block);
	return true;
}

struct own_failure : std::bad_alloc {
};

void throw_own()
{
	throw own_failure();
}

/* What a handler throws comes out of the forms that may throw. */
bool handler_throws()
{
	bool caught = false;

	std::set_new_handler(throw_own);
	try {
		block = ::operator new(huge);
	} catch (const own_failure &) {
		caught = true;
	}
	return caught;
}

/* The others keep it to themselves. */
bool handler_throws_in_nothrow()
{
	const std::align_val_t wide{128};

	std::set_new_handler(throw_own);
	REQUIRE(!::operator new(huge, std::nothrow));
	REQUIRE(!::operator new[](huge, std::nothrow));
	REQUIRE(!::operator new(huge, wide, std::nothrow));
	REQUIRE(!::operator new[](huge, wide, std::nothrow));
	return true;
}

/* Each by its mangled name, as the linker knows it. */
const char *const symbols[] = {"_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t",
	"_ZnwmSt11align_val_t", "_ZnamSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
	"_ZnamSt11align_val_tRKSt9nothrow_t", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm",
	"_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t", "_ZdlPvSt11align_val_t",
	"_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t",
	"_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t"};

bool all_are_the_librarys()
{
	for (const char *symbol : symbols) {
		Dl_info where = {};
		void *found = dlsym(RTLD_DEFAULT, symbol);

		if (found && dladdr(found, &where) && strstr(where.dli_fname, "libhakmem"))
			continue;
		fprintf(stderr, "%s is in %s\n", symbol,
			where.dli_fname ? where.dli_fname : "none");
		return false;
	}
	return true;
}

struct watched {
	const char *name;
	bool (*run)();
};

const watched cases[] = {
	{"all 20 are the library's", all_are_the_librarys},
	{"the 12 forms that take no alignment", plain_forms},
	{"the 12 forms that take an alignment", aligned_forms},
	{"no size, and deleting nothing", no_size_and_no_block},
	{"blocks of new and of malloc are the same", mixed_with_c},
	{"bad_alloc, or null", bad_alloc},
	{"the new-handler is called until there is none", handler_until_none},
	{"the new-handler makes room", handler_makes_room},
	{"the new-handler throws", handler_throws},
	{"the new-handler throws, and new may not", handler_throws_in_nothrow},
};

void test(const char *self, const watched &c, const char *variable, const char *value)
{
	const char *build = getenv("BUILD");
	char preload[4200], what[256];
	int status = -1;
	pid_t pid;

	snprintf(preload, sizeof(preload), "%s/lib/libhakmem.so", build ? build : "build");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setenv("LD_PRELOAD", preload, 1);
		setenv(variable, value, 1);
		execl("/proc/self/exe", self, "run", c.name, nullptr);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	snprintf(what, sizeof(what), "%s=%s: %s", variable, value, c.name);
	ops_equal(static_cast<uint64_t>(status), 0, what);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "run") == 0) {
		for (const watched &c : cases)
			if (strcmp(argv[2], c.name) == 0)
				return c.run() ? 0 : 1;
		return 2;
	}
	if (OPS_SANITIZED) {
		puts("1..0 # SKIP a sanitizer's allocator cannot be preloaded over");
		return 0;
	}
	for (const watched &c : cases) {
		test(argv[0], c, "HAKMEM_PROFILE", "balanced");
		test(argv[0], c, "HAKMEM_CHECK", "1");
		test(argv[0], c, "HAKMEM_FORCE_LIBC_ALLOC", "1");
	}
	return ops_done();
}
