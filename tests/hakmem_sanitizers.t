#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# hakmem's sources built with gcc's sanitizers, under the fuzzer, the threads of the stress test and
# a refusing kernel: no reports. Built here and not by SANITIZE=, so that every `make test` does it.
# Leaks are not looked for: what the allocator maps is none, and what these programs hold is theirs.
# timeout: 600
. tests/tap.sh

cc=${CC:-gcc}
flags='-std=gnu11 -D_GNU_SOURCE -DHAKMEM_NO_OVERRIDE -DHAKMEM_OS_FAULTS -DHAKMEM_ASSERTIONS -O1 -g
  -fno-omit-frame-pointer -ftls-model=initial-exec -pthread -I.'
memory=-fsanitize=address,undefined
threads=-fsanitize=thread
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# ThreadSanitizer's address space has no place for a kernel that randomises more than it knows.
here='env'
setarch -R true 2>/dev/null && here='setarch -R'

# diagnose: what the last program said, that matters.
diagnose() {
  grep -E -A 24 'runtime error|Sanitizer|^# ' "$tmp/out" | head -n 30 | sed 's/^/# /'
}

# build NAME SANITIZER: the programs of this test as $tmp/NAME-*.
build() {
  mkdir "$tmp/$1"
  for source in src/*.c; do
    # shellcheck disable=SC2086
    $cc $flags "$2" -fno-sanitize-recover=all -c "$source" \
      -o "$tmp/$1/$(basename "$source" .c).o" >>"$tmp/built" 2>&1 || return 1
  done
  for program in fuzz stress faults; do
    # shellcheck disable=SC2086
    $cc $flags "$2" -fno-sanitize-recover=all "tests/hakmem_$program.c" "$tmp/$1"/*.o \
      -o "$tmp/$1-$program" >>"$tmp/built" 2>&1 || return 1
  done
}

# builds NAME SANITIZER
builds() {
  build "$1" "$2"
  ok $? "builds with $2"
  [ -x "$tmp/$1-faults" ] || sed 's/^/# /' "$tmp/built"
}

# clean NAME PROGRAM ARGUMENT...: it ends well and no sanitizer reports anything.
clean() {
  name=$1 program=$2
  shift 2
  $here "$tmp/$name-$program" "$@" >"$tmp/out" 2>&1
  status=$?
  case $program$status in faults4[23]) status=0 ;; esac # how it says that calls were refused
  grep -qE 'runtime error|Sanitizer' "$tmp/out" && status=1
  ok $status "$name: $program $* ($(env | grep '^HAKMEM_' || echo default))"
  [ $status -eq 0 ] || diagnose
}

# Each sanitizer sees a fault of its kind in this very way of building.
sees() {
  printf '%s\n' "$4" >"$tmp/planted.c"
  # shellcheck disable=SC2086
  $cc $flags $2 -fno-sanitize-recover=all "$tmp/planted.c" -o "$tmp/planted" &&
    ! $here "$tmp/planted" >"$tmp/out" 2>&1 && grep -qE "$3" "$tmp/out"
  ok $? "$1 reports: $3"
}

printf 'int main(void) { return 0; }\n' >"$tmp/probe.c"
for sanitizer in $memory $threads; do
  $cc "$sanitizer" -pthread "$tmp/probe.c" -o "$tmp/probe" 2>/dev/null ||
    skip_all "$cc has no $sanitizer"
done
$here "$tmp/probe" 2>/dev/null || skip_all 'ThreadSanitizer does not run on this kernel'

sees memory $memory 'stack-buffer-overflow' \
  'int main(void) { char a[4] = {0}, *volatile p = a; return p[4]; }'
sees memory $memory 'runtime error: signed integer overflow' \
  'int main(void) { volatile int n = 0x7fffffff; return n + 1; }'
sees threads $threads 'data race' '#include <pthread.h>
long x; static void *f(void *p) { x++; return p; }
int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); x++; pthread_join(t, 0); return 0; }'

builds memory $memory
clean memory fuzz --seed 101 --calls 15013
clean memory fuzz --seed 103 --calls 15013
HAKMEM_CHECK=1 clean memory fuzz --seed 107 --calls 10007
HAKMEM_PROFILE=lean clean memory fuzz --seed 109 --calls 10007
clean memory stress --seed 101 --calls 1009
HAKMEM_CHECK=1 clean memory stress --seed 103 --calls 503
for n in 1 2 3 5 8 13 21 34 55 89; do
  clean memory faults 8 $n
  HAKMEM_KEEP_BYTES=0 clean memory faults 10 $n
done

builds threads $threads
clean threads fuzz --seed 113 --calls 10007
clean threads stress --seed 107 --calls 503
clean threads stress --seed 109 --calls 503
HAKMEM_CHECK=1 clean threads stress --seed 113 --calls 251
HAKMEM_CACHE_BYTES=0 clean threads stress --seed 127 --calls 251
done_testing
