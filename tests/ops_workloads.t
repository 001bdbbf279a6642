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

# counts COMMAND…: sets seen_ (by the library) and said_ (by the program) allocations and frees.
counts() {
  "$run" run "$library" "$@" >"$tmp/out"
  # shellcheck disable=SC2046 # seven numbers
  set -- $(tail -n 1 "$tmp/out")
  seen_alloc=$1 seen_free=$2 said_alloc=$5 said_free=$6
}

# Start and end make calls that are nobody's op: as many in a run of ITERS as in one of 1.
exact() {
  name=$1
  shift
  counts "$build/bin/$name" 1 "$@"
  alloc=$((seen_alloc - said_alloc)) free=$((seen_free - said_free))
  counts "$build/bin/$name" 100003 "$@"
  is $((seen_alloc - said_alloc)) $alloc "$name: $said_alloc published allocations are all"
  is $((seen_free - said_free)) $free "$name: $said_free published frees are all"
  is "$said_free" "$said_alloc" "$name frees what it allocates"
  grep -c "$line" "$tmp/out" >"$tmp/lines"
  is "$(cat "$tmp/lines")" 1 "$name ends with its throughput"
}

# Ended from outside, at a moment that nobody chose.
stopped() {
  name=$1 signal=$2
  counts sh -c '"$1" 0 & p=$!; sleep 0.3; kill -"$2" $p; wait $p; echo "exit $?"' sh \
    "$build/bin/$name" "$signal"
  is "$(grep -c "$line" "$tmp/out") $(grep '^exit' "$tmp/out")" '1 exit 0' "$name ends at $signal"
  is "$said_free" "$said_alloc" "$name, ended at $signal, has published its last block"
  is "$((said_alloc > 4096))" 1 "$name ran until then"
}

# refused NAME ARGUMENT…
refused() {
  "$build/bin/$@" >"$tmp/stdout" 2>"$tmp/stderr"
  is "$? $(wc -l <"$tmp/stdout") $(wc -l <"$tmp/stderr")" '2 0 1' "refused: $*"
}

# A script's background jobs ignore SIGINT from the start; a workload catches it all the same.
for name in bench_random_mixed bench_replace bench_sizes; do
  exact "$name" 401 7
done
for name in bench_random_mixed bench_replace bench_sizes bench_prodcon bench_larson; do
  stopped "$name" TERM
  "$build/bin/$name" --help >"$tmp/stdout" 2>"$tmp/stderr"
  is "$? $(grep -c '^Usage: '"$name" "$tmp/stdout") $(wc -l <"$tmp/stderr")" '0 1 0' "$name --help"
  refused "$name" x
  refused "$name" 12x
  refused "$name" -1
  refused "$name" ''
  refused "$name" 1 0
  refused "$name" 1 1 99999999999999999999
  refused "$name" 1 1 1 1 1 1
done
stopped bench_random_mixed INT

counts "$build/bin/bench_prodcon" 100003 3
is "$said_alloc $said_free" '100003 100003' 'bench_prodcon: three pairs share the iterations'
counts "$build/bin/bench_larson" 100003 3 1 100 4096
is "$said_alloc $said_free" '100303 100303' 'bench_larson: chains of short threads lose no op'
counts "$build/bin/bench_replace" 100003 401
is "$said_alloc $said_free" '100404 100404' 'bench_replace: two ops for an iteration'
echo "1..$n"
