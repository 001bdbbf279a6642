#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built-in workloads: what they publish is what the preload library counts, to the last call;
# they end cleanly when told to; they refuse what they do not understand.

build=${BUILD:-build}
run=$build/tests/ops_preload
library=$build/lib/libsoakops.so
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0
line='^Throughput = [1-9][0-9]* ops/s \[iter=[0-9]* ws=[0-9]*\] time=[0-9]*\.[0-9]*s$'

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

# counts COMMAND…: sets seen_ (by the library) and said_ (by the program) allocations, frees and reallocations.
counts() {
  "$run" run "$library" "$@" >"$tmp/out"
  # shellcheck disable=SC2046 # seven numbers
  set -- $(tail -n 1 "$tmp/out")
  seen_alloc=$1 seen_free=$2 seen_realloc=$3 said_alloc=$5 said_free=$6 said_realloc=$7
}

# exact NAME FEW MANY ARGUMENT…: start and end make calls that are nobody's op: as many in a run of MANY as of FEW.
exact() {
  name=$1 few=$2 many=$3
  shift 3
  what="$name $many${*:+ $*}"
  # shellcheck disable=SC2086 # words
  counts "$build/bin/$name" $few "$@"
  alloc=$((seen_alloc - said_alloc)) free=$((seen_free - said_free)) realloc=$((seen_realloc - said_realloc))
  # shellcheck disable=SC2086 # words
  counts "$build/bin/$name" $many "$@"
  is $((seen_alloc - said_alloc)) $alloc "$what: $said_alloc published allocations are all"
  is $((seen_free - said_free)) $free "$what: $said_free published frees are all"
  is $((seen_realloc - said_realloc)) $realloc "$what: $said_realloc published reallocations are all"
  is "$said_free" "$said_alloc" "$name frees what it allocates"
  grep -c "$line" "$tmp/out" >"$tmp/lines"
  is "$(cat "$tmp/lines")" 1 "$name ends with its throughput"
}

# stopped NAME SIGNAL ARGUMENT…: ended from outside, at a moment that nobody chose.
stopped() {
  name=$1 signal=$2
  shift 2
  # shellcheck disable=SC2016 # the inner shell's
  counts sh -c 's=$1; shift; "$@" & p=$!; sleep 0.3; kill -"$s" $p; wait $p; echo "exit $?"' sh \
    "$signal" "$build/bin/$name" 0 "$@"
  is "$(grep -c "$line" "$tmp/out") $(grep '^exit' "$tmp/out")" '1 exit 0' "$name${*:+ $*} ends at $signal"
  is "$said_free" "$said_alloc" "$name, ended at $signal, has published its last block"
  is "$((said_alloc + said_realloc > ${least:-4096}))" 1 "$name ran until then"
}

# refused NAME ARGUMENT…
refused() {
  "$build/bin/$@" >"$tmp/stdout" 2>"$tmp/stderr"
  is "$? $(wc -l <"$tmp/stdout") $(wc -l <"$tmp/stderr")" '2 0 1' "refused: $*"
}

# A script's background jobs ignore SIGINT from the start; a workload catches it all the same.
for name in bench_random_mixed bench_replace bench_sizes; do
  exact "$name" 1 100003 401 7
done
exact bench_uniform 1 100003 401 7
exact bench_uniform 1 100003 WS=50 MIN=65536 MAX=524288 TOUCH=1
exact bench_uniform 1 100003 THREADS=3
exact bench_prodcon 1 100003 3 MAX=65536
exact bench_prodcon 1 100003 5 RING=1000 FUNNEL=1
exact bench_waves 1 7 BYTES=1000000 PERIOD=0 IDLE=1
exact bench_requests 1 23
exact bench_grow 1 10007 MAX=100000
exact bench_idle '1 BYTES=1' '101 BYTES=100000' THREADS=7
exact bench_drain 1 3 BYTES=1000003 SECONDS=1 SIZE=0 KEPT=20 LIGHT=1
exact bench_latency 1 3 PILE=100000 PERIOD=30 THREADS=3
exact bench_drain '1 BYTES=1000' '1 BYTES=1000003' SECONDS=0 SHUFFLED=1 BUSY=2

for name in bench_random_mixed bench_replace bench_sizes bench_prodcon bench_larson bench_uniform; do
  stopped "$name" TERM
done
stopped bench_random_mixed INT
stopped bench_uniform TERM WS=20 MIN=524288 MAX=4194304 THREADS=2
stopped bench_prodcon TERM 16 RING=44471 FUNNEL=1
stopped bench_waves TERM BYTES=1000000 PERIOD=2
stopped bench_requests TERM MAX=20000
stopped bench_grow TERM MAX=20000
stopped bench_drain TERM BYTES=1000000 SECONDS=0
stopped bench_latency TERM PILE=1000000 PERIOD=10
least=100
stopped bench_waves TERM PERIOD=3600000
stopped bench_idle TERM THREADS=3
stopped bench_drain TERM BYTES=1000000 SECONDS=3600 LIGHT=1
stopped bench_drain TERM BYTES=1000000 SECONDS=3600 BUSY=3

for name in bench_random_mixed bench_replace bench_sizes bench_prodcon bench_larson bench_uniform bench_waves \
  bench_requests bench_grow bench_idle bench_drain bench_latency; do
  "$build/bin/$name" --help >"$tmp/stdout" 2>"$tmp/stderr"
  is "$? $(grep -c '^Usage: '"$name" "$tmp/stdout") $(wc -l <"$tmp/stderr")" '0 1 0' "$name --help"
  refused "$name" x
  refused "$name" 12x
  refused "$name" -1
  refused "$name" ''
  refused "$name" 1 0
  refused "$name" 1 1 99999999999999999999
  refused "$name" 1 1 1 8 8 1 1 1 1 1 1
  refused "$name" NOSUCH=1
  refused "$name" SEED=x
  refused "$name" SEED=
  refused "$name" =1
done
for name in bench_prodcon bench_uniform bench_waves bench_requests bench_grow bench_idle bench_latency; do
  refused "$name" 1 MIN=1025 MAX=1024
  is "$(cat "$tmp/stderr")" "$name: MIN=1025 is more than MAX=1024 (see $name --help)" 'and why'
done
refused bench_drain SIZE=7
refused bench_uniform TOUCH=2
refused bench_uniform THREADS=0

counts "$build/bin/bench_prodcon" 100003 3
is "$said_alloc $said_free" '100003 100003' 'bench_prodcon: three pairs share the iterations'
counts "$build/bin/bench_prodcon" 100003 3 RING=1000 FUNNEL=1
is "$said_alloc $said_free" '100003 100003' 'bench_prodcon: three producers, one consumer'
counts "$build/bin/bench_larson" 100003 3 1 100 4096
is "$said_alloc $said_free" '100303 100303' 'bench_larson: chains of short threads lose no op'
counts "$build/bin/bench_replace" 100003 401
is "$said_alloc $said_free" '100404 100404' 'bench_replace: two ops for an iteration'
counts "$build/bin/bench_drain" 2 BYTES=56320 SIZE=0 SECONDS=0
is "$said_alloc $said_free" '122 122' 'bench_drain: 60 mixed blocks and one that survives, twice'
counts "$build/bin/bench_idle" 20 THREADS=3 BYTES=1
is "$said_alloc $said_free" '23 23' 'bench_idle: one allocation a millisecond'

# What a program asks for, in order; of several threads, whatever the order.
cat >"$tmp/asked.c" <<'END'
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
void *__libc_malloc(size_t), *__libc_realloc(void *, size_t);
void __libc_free(void *);
static unsigned long chain, sum;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void note(unsigned long size)
{
	pthread_mutex_lock(&lock);
	chain = (chain ^ size) * 0x9e3779b97f4a7c15;
	sum += size * size;
	pthread_mutex_unlock(&lock);
}
void *malloc(size_t size) { note(size); return __libc_malloc(size); }
void *realloc(void *old, size_t size) { note(3 * size); return __libc_realloc(old, size); }
void free(void *block) { note(getenv("THREADS") || !block ? 5 : malloc_usable_size(block)); __libc_free(block); }
__attribute__((destructor)) static void tell(void)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%lx\n", getenv("THREADS") ? sum : chain);
	if (write(3, text, length) != length)
		abort();
}
END
${CC:-gcc} -shared -fPIC -O1 -fno-builtin -o "$tmp/asked.so" "$tmp/asked.c"

# asked NAME ARGUMENT…
asked() {
  program=$1
  shift
  LD_PRELOAD="$tmp/asked.so" "$build/bin/$program" "$@" 3>&1 >"$tmp/stdout"
}

# determined NAME ARGUMENT…: the same seed asks for the same blocks, another for others.
determined() {
  first=$(asked "$@" SEED=7)
  is "$(asked "$@" SEED=7)" "$first" "$*: the same seed, the same calls${THREADS:+, in each thread}"
  is "$([ "$(asked "$@" SEED=8)" != "$first" ] && echo others)" others "$*: another seed, other calls"
}
for work in 'bench_random_mixed 10007' 'bench_replace 10007' 'bench_sizes 10007' 'bench_uniform 10007' \
  'bench_uniform 10007 WS=8 MIN=4194304 MAX=16777216' 'bench_waves 3 BYTES=1000000' 'bench_requests 11' \
  'bench_grow 1009' 'bench_drain 2 BYTES=1000000 SIZE=0 SECONDS=1 LIGHT=1 KEPT=20 SHUFFLED=1'; do
  # shellcheck disable=SC2086
  determined $work
done
export THREADS=1
for work in 'bench_uniform 10007 THREADS=3' 'bench_prodcon 10007 3 MAX=65536' 'bench_prodcon 10007 3 FUNNEL=1' \
  'bench_idle 101 THREADS=5 BYTES=100000'; do
  # shellcheck disable=SC2086
  determined $work
done
unset THREADS

# What the programs about memory print.
"$build/bin/bench_drain" 1 BYTES=281600000 SIZE=0 SECONDS=0 KEPT=20 >"$tmp/stdout"
before=$(sed -n 's/^RSS before = \([0-9]*\) KiB$/\1/p' "$tmp/stdout")
is "$((before > 275000 && before < 320000))" 1 "bench_drain: $before KiB are resident before 281.6 MB are freed"
is "$(grep -cE '^RSS after 0 s = [0-9]+ KiB \[peak=[0-9]+ KiB\]$' "$tmp/stdout")" 1 'and what is after it'
is "$(grep -cE '^Longest free = [0-9.]+ us$' "$tmp/stdout") $(grep -c '^Longest malloc' "$tmp/stdout")" '1 0' \
  'the longest free; not a malloc where there was none'
"$build/bin/bench_drain" 1 BYTES=100000 SECONDS=1 LIGHT=1 >"$tmp/stdout"
is "$(grep -cE '^(RSS after 1 s|Longest malloc|Longest free) = ' "$tmp/stdout")" 3 'and of light use both'
"$build/bin/bench_waves" 3 BYTES=64000000 PERIOD=1 >"$tmp/stdout"
is "$(grep -c '^Late: [1-3] of 3 cycles took longer than PERIOD$' "$tmp/stdout")" 1 'bench_waves says when it is late'
"$build/bin/bench_waves" 3 BYTES=100 PERIOD=200 >"$tmp/stdout"
is "$(awk -F 'time=' '/^Throughput/ { print ($2 + 0 >= 0.6) }' "$tmp/stdout")" 1 'bench_waves: three cycles of 200 ms'
"$build/bin/bench_idle" 10 THREADS=5 BYTES=100000 >"$tmp/stdout"
is "$(grep -cE '^RSS of 5 idle threads = [0-9]+ KiB \[before=[0-9]+ KiB, each=-?[0-9.]+ KiB\]$' "$tmp/stdout")" 1 \
  'bench_idle says what a thread costs'
echo "1..$n"
