#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The preload library against a second counter: a library behind it that counts what reaches the
# next allocator. Whole programs, from their first call to their last, and start-up situations that
# need a library made for them: a dlsym that allocates, and C++ code that only dlopen brought in.

build=${BUILD:-build}
run=$build/tests/ops_preload
library=$build/lib/libsoakops.so
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

if ! command -v ${CC:-gcc} >/dev/null || ! command -v ${CXX:-g++} >/dev/null; then
  echo "1..0 # SKIP no compiler"
  exit 0
fi
if nm -D "$run" 2>/dev/null | grep -qE '__asan_init|__tsan_init'; then
  echo "1..0 # SKIP a sanitizer's allocator cannot be preloaded over"
  exit 0
fi

# is GOT WANT NAME
is() {
  n=$((n + 1))
  if [ "$1" = "$2" ]; then
    echo "ok $n - $3"
  else
    echo "not ok $n - $3"
    echo "# got $1, want $2"
  fi
}

# Counts what arrives, and keeps it in the file $ORACLE; every process adds to it.
cat >"$tmp/oracle.c" <<'END'
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t), *__libc_valloc(size_t), *__libc_pvalloc(size_t);
void __libc_free(void *);

static unsigned long nowhere[3], *counts;

static void count(int kind)
{
	int saved = errno, fd;

	if (!counts) {
		counts = nowhere;
		fd = open(getenv("ORACLE") ? getenv("ORACLE") : "", O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			counts = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	__atomic_fetch_add(&counts[kind], 1, __ATOMIC_RELAXED);
	errno = saved;
}

void *malloc(size_t n) { count(0); return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { count(0); return __libc_calloc(n, m); }
void *memalign(size_t a, size_t n) { count(0); return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { count(0); return __libc_memalign(a, n); }
void *valloc(size_t n) { count(0); return __libc_valloc(n); }
void *pvalloc(size_t n) { count(0); return __libc_pvalloc(n); }
int posix_memalign(void **p, size_t a, size_t n)
{
	count(0);
	*p = __libc_memalign(a, n);
	return *p ? 0 : ENOMEM;
}
void free(void *p) { count(1); __libc_free(p); }
void *realloc(void *p, size_t n) { count(2); return __libc_realloc(p, n); }
END

# A dlsym that allocates before there is an allocator, reallocates, and frees some of it at once.
cat >"$tmp/dlsym.c" <<'END'
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static char *kept, *other;

void *dlsym(void *handle, const char *name)
{
	static void *(*real)(void *, const char *);
	char *scratch = malloc(100), *zero = calloc(10, 10);

	if (!real)
		real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
	if (!real)
		real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
	if (!scratch || !zero || zero[99])
		abort();
	strcpy(scratch, "still here");
	free(zero);
	if (!kept)
		kept = realloc(scratch, 200);
	else if (!other)
		other = scratch;
	else
		free(scratch);
	return real(handle, name);
}

__attribute__((destructor)) static void end(void)
{
	kept = realloc(kept, 4000);
	if (!kept || strcmp(kept, "still here"))
		abort();
	free(kept);
	free(other); /* never moved: not the allocator's */
}
END

cat >"$tmp/plugin.cc" <<'END'
#include <new>
#include <string>

extern "C" int plugin(int n)
{
	int length = 0;

	for (int i = 0; i < n; i++) {
		std::string *s = new std::string(100, 'x');
		length += s->size() == 100;
		delete s;
	}
	return length;
}
END

cat >"$tmp/host.c" <<'END'
#include <dlfcn.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	void *handle = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*plugin)(int) = handle ? (int (*)(int))dlsym(handle, "plugin") : NULL;

	return plugin && plugin(atoi(argv[2])) == atoi(argv[2]) ? 0 : 1;
}
END

${CC:-gcc} -shared -fPIC -O1 -fno-builtin -o "$tmp/oracle.so" "$tmp/oracle.c" -ldl &&
  ${CC:-gcc} -shared -fPIC -O1 -fno-builtin -o "$tmp/dlsym.so" "$tmp/dlsym.c" -ldl &&
  ${CXX:-g++} -shared -fPIC -O1 -o "$tmp/plugin.so" "$tmp/plugin.cc" &&
  ${CC:-gcc} -o "$tmp/host" "$tmp/host.c" -ldl || {
  echo "Bail out! a helper did not compile"
  exit 1
}

# against_oracle NAME COMMAND…: all calls, of all processes, from first to last.
against_oracle() {
  name=$1
  shift
  head -c 4096 /dev/zero >"$tmp/counts"
  got=$(ORACLE=$tmp/counts "$run" run "$library:$tmp/oracle.so" "$@" | tail -n 1 |
    cut -d' ' -f1-3)
  want=$(od -An -t u8 -N 24 "$tmp/counts" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')
  is "$got" "$want" "$name: $want reached the next allocator"
}

for case in malloc calloc realloc aligned early at-exit threads short-threads destructors \
  forks spawn; do
  against_oracle "$case" "$run" calls "$case" 7
done
against_oracle 'C++' "$build/tests/ops_operators" calls one 1009
against_oracle 'sort' sh -c 'seq 20000 | sort -n | sort -r >/dev/null'
against_oracle 'awk' awk 'BEGIN { for (i = 0; i < 5000; i++) a[i] = i "x"; print length(a) }'
if python3 -c '' 2>/dev/null; then
  against_oracle 'python' python3 -c \
    'import subprocess as s; s.run(["sh", "-c", "ls; ls"], stdout=s.DEVNULL)'
fi

plain=$("$run" run "$library" "$run" calls malloc 1009)
strange=$("$run" run "$library:$tmp/dlsym.so" "$run" calls malloc 1009)
is $? 0 'a dlsym that allocates: the program runs, and keeps what it got from there'
alloc=$((${strange%% *} - ${plain%% *}))
is "$alloc" 0 'a dlsym that allocates: none of it is counted'

# Difference of two runs: 9973 strings are 9973 pairs of operator new and delete, twice.
few=$("$run" run "$library" "$tmp/host" "$tmp/plugin.so" 0)
many=$("$run" run "$library" "$tmp/host" "$tmp/plugin.so" 9973)
is $((${many%% *} - ${few%% *})) 19946 'C++ from dlopen(RTLD_LOCAL): allocations'
few=${few#* } many=${many#* }
is $((${many%% *} - ${few%% *})) 19946 'C++ from dlopen(RTLD_LOCAL): frees'
if [ -e /usr/lib/x86_64-linux-gnu/libjemalloc.so.2 ]; then
  few=$("$run" run "$library:libjemalloc.so.2" "$tmp/host" "$tmp/plugin.so" 0)
  many=$("$run" run "$library:libjemalloc.so.2" "$tmp/host" "$tmp/plugin.so" 9973)
  is $((${many%% *} - ${few%% *})) 19946 'the same under jemalloc'
fi
echo "1..$n"
