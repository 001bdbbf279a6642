// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks so large that each is mapped: 211 by operator new, 223 by a vector, 227 by malloc, 229 by
// each of two functions with the names of Rust's, mangled in its two ways.
#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace planted
{

static const size_t large = 100 << 20;
static void *volatile kept;

struct maker {
	template <typename T> __attribute__((noinline)) void by_new(T *)
	{
		kept = new T[large];
		delete[](T *) kept;
		kept = nullptr;
	}
	__attribute__((noinline)) void by_vector()
	{
		std::vector<char> bytes;
		bytes.reserve(large);
		kept = bytes.data();
	}
	__attribute__((noinline)) void by_malloc()
	{
		kept = malloc(large);
		free(kept);
		kept = nullptr;
	}
};

} // namespace planted

extern "C" {

#define WITHOUT_TAIL_CALL __asm__ volatile("")

// alloc::raw_vec::finish_grow, of the standard library, and r::maker, which is not
__attribute__((noinline)) void *legacy_grow() __asm__(
	"_ZN5alloc7raw_vec11finish_grow17h0123456789abcdefE");
__attribute__((noinline)) void legacy_maker() __asm__("_ZN1r5maker17h0123456789abcdefE");

void *legacy_grow()
{
	void *block = malloc(planted::large);

	WITHOUT_TAIL_CALL;
	return block;
}

void legacy_maker()
{
	free(planted::kept = legacy_grow());
	WITHOUT_TAIL_CALL;
}

// <alloc::raw_vec::RawVecInner>::finish_grow, and r::grow
__attribute__((noinline)) void *v0_grow() __asm__(
	"_RNvMs2_NtCslNYArtu3iFV_5alloc7raw_vecNtB2_11RawVecInner11finish_grow");
__attribute__((noinline)) void v0_maker() __asm__("_RNvCs6GmmlP4bgsG_1r4grow");

void *v0_grow()
{
	void *block = malloc(planted::large);

	WITHOUT_TAIL_CALL;
	return block;
}

void v0_maker()
{
	free(planted::kept = v0_grow());
	WITHOUT_TAIL_CALL;
}
}

// After the first ones there is time to learn where on the stack such callers differ.
int main()
{
	planted::maker maker;

	for (int i = 0; i < 229; i++) {
		if (i < 211)
			maker.by_new((char *)nullptr);
		if (i < 223)
			maker.by_vector();
		if (i < 227)
			maker.by_malloc();
		legacy_maker();
		v0_maker();
		if (i < 12)
			usleep(60000);
	}
	return 0;
}
