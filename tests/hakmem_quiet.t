#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 200
#
# hakmem asks nothing of the kernel in programs that stay as they are, whatever their blocks are
# like, and gives back what is over: by its own counters, after a shorter and a longer run.
. tests/tap.sh

lib=$BUILD/lib/libhakmem.so

# steady NAME COMMAND...: in the second half of its ops it makes at most 2 calls: a new extreme maps,
# or is named.
steady() {
  name=$1
  shift
  "$soak" run -q -f -a hakmem -i 20ms -o "$tmp/steady.soak" -- "$@" >"$tmp/out" 2>&1
  made=$(sql "$tmp/steady.soak" "WITH s AS (SELECT ops_alloc + ops_free + ops_realloc AS ops,
      mmap + munmap + madvise + mremap + process_madvise AS calls FROM samples
      WHERE t_ns < (SELECT value + 0 FROM facts WHERE key = 'end_ns'))
    SELECT (count(*) > 8) || ' ' || (max(calls) - min(calls)) FROM s WHERE ops >= (SELECT max(ops) FROM s) / 2")
  like "$made" '^1 [012]$' "$name: no calls in the second half"
}

steady 'uniform to 64 KiB' "$BUILD/bin/bench_uniform" ITERS=100000000
steady '64 to 512 KiB' "$BUILD/bin/bench_uniform" WS=50 MIN=65536 MAX=524288 ITERS=20000000
steady '0.5 to 4 MiB' "$BUILD/bin/bench_uniform" WS=20 MIN=524288 MAX=4194304 ITERS=20000000
steady '4 to 16 MiB' "$BUILD/bin/bench_uniform" WS=8 MIN=4194304 MAX=16777216 ITERS=20000000
steady 'waves of 64 MB' "$BUILD/bin/bench_waves" PERIOD=0 ITERS=60
steady 'requests of 8 MB' "$BUILD/bin/bench_requests" ITERS=100000
steady 'arrays that grow' "$BUILD/bin/bench_grow" ITERS=800000

# Threads that sleep hold nothing, some seconds later.
idle=$(env LD_PRELOAD="$lib" "$BUILD/bin/bench_idle" ITERS=10000 THREADS=100 | sed -n 's/.*each=\([0-9]*\).*/\1/p')
[ "${idle:-9999}" -le 128 ]
ok $? 'of 5 MB that a thread used once, at most 128 KiB are left when it sleeps'
echo "#   ${idle:-nothing} KiB each"

# The kernel refuses, or the program is in a sandbox, or forks where locks are held.
for how in locked lockall EINVAL EPERM EAGAIN ENOMEM thin advice sandbox filter fflush handler steps; do
  said=$(env LD_PRELOAD="$lib" timeout -k 5 100 "$helpers/hakmem_refusals" $how 2>&1)
  is "$? $said" '0 ' "refusals: $how"
done

done_testing
