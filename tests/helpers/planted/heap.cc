// SPDX-License-Identifier: GPL-3.0-or-later
// Holds heap by operator new, in a template and a container of the standard library.
#include <cstdio>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace planted
{
template <typename T> struct keeper {
	std::vector<T *> all;
	__attribute__((noinline)) void by_new(int n)
	{
		for (int i = 0; i < n; i++)
			all.push_back(new T());
	}
};
struct wide {
	char bytes[900];
};
} // namespace planted

__attribute__((noinline)) void by_map(std::map<int, std::string> &names, int n)
{
	for (int i = 0; i < n; i++)
		names[i] = std::string(400, 'x');
}

int main()
{
	planted::keeper<planted::wide> keeper;
	std::map<int, std::string> names;
	char line;

	keeper.by_new(10000);
	by_map(names, 10000);
	puts("held");
	fflush(stdout);
	if (read(0, &line, 1) > 0)
		puts("ends");
	return 0;
}
