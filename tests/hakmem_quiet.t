#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 200
#
# hakmem asks nothing of the kernel in programs that stay as they are, whatever their blocks are
# like, and gives back what is over: by its own counters, after a shorter and a longer run.
. tests/tap.sh

lib=$BUILD/lib/libhakmem.so

# calls COMMAND...: how often it called mmap, munmap, madvise and mremap.
calls() {
  env LD_PRELOAD="$lib" HAKMEM_SS_OS_STATS=1 "$@" 2>&1 >/dev/null |
    sed -n 's/^\[SS_OS_STATS\] alloc=[0-9]* free=\([0-9]*\) madvise=\([0-9]*\) .* mmap_total=\([0-9]*\) .*/\1 \2 \3/p' |
    awk '{ print $1 + $2 + $3 }'
}

# steady NAME SHORT LONG COMMAND...: the longer run, ITERS=LONG, makes at most 2 calls more: a new
# extreme maps, or is named.
steady() {
  name=$1 short=$2 long=$3
  shift 3
  few=$(calls "$@" ITERS="$short")
  many=$(calls "$@" ITERS="$long")
  [ "${few:-0}" -gt 0 ] && [ "$many" -le $((few + 2)) ]
  ok $? "$name: as many calls in $long iterations as in $short"
  echo "#   $few and $many"
}

steady 'uniform to 64 KiB' 1000000 3000000 "$BUILD/bin/bench_uniform"
steady '64 to 512 KiB' 300000 900000 "$BUILD/bin/bench_uniform" WS=50 MIN=65536 MAX=524288
steady '0.5 to 4 MiB' 300000 900000 "$BUILD/bin/bench_uniform" WS=20 MIN=524288 MAX=4194304
steady '4 to 16 MiB' 1000000 3000000 "$BUILD/bin/bench_uniform" WS=8 MIN=4194304 MAX=16777216
steady 'waves of 64 MB' 20 40 "$BUILD/bin/bench_waves" PERIOD=0
steady 'requests of 8 MB' 1000 3000 "$BUILD/bin/bench_requests"
steady 'arrays that grow' 300000 500000 "$BUILD/bin/bench_grow"

# Threads that sleep hold nothing, some seconds later.
idle=$(env LD_PRELOAD="$lib" "$BUILD/bin/bench_idle" ITERS=10000 THREADS=100 | sed -n 's/.*each=\([0-9]*\).*/\1/p')
[ "${idle:-9999}" -le 128 ]
ok $? 'of 5 MB that a thread used once, at most 128 KiB are left when it sleeps'
echo "#   ${idle:-nothing} KiB each"

# The kernel refuses, or the program is in a sandbox, or forks where locks are held.
for how in locked lockall EINVAL EPERM EAGAIN ENOMEM thin advice sandbox fflush handler steps; do
  said=$(env LD_PRELOAD="$lib" timeout -k 5 100 "$helpers/hakmem_refusals" $how 2>&1)
  is "$? $said" '0 ' "refusals: $how"
done

done_testing
