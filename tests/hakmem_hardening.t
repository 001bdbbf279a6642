#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 600
#
# Programs that misuse their memory under libhakmem.so end by SIGABRT with one line that names the
# pointer; programs that do not are left alone. Each misuse is one run of helpers/hakmem_misuse.c.

. tests/tap.sh

lib=$BUILD/lib/libhakmem.so
misuse=$helpers/hakmem_misuse
ulimit -c 0

# misused VARIABLE=VALUE CASE SIZE [MB]: leaves the status, and what was printed in $tmp/out and $tmp/err.
# What the shell and timeout say of a program that aborts is not its own and goes elsewhere.
misused() {
  status=0
  err=$tmp/err timeout -k 5 100 sh -c 'exec 2>"$err"; exec env LD_PRELOAD="$@"' - "$lib" "$1" "$misuse" "$2" "$3" $4 \
    >"$tmp/out" 2>/dev/null || status=$?
} 2>/dev/null

# dies PATTERN VARIABLE=VALUE CASE SIZE [MB]: by SIGABRT, with a line that matches and no other.
dies() {
  misused "$2" "$3" "$4" "$5"
  pointer=$(head -n 1 "$tmp/out")
  # Where the allocator sees only that a list is broken, it names what it found.
  [ "$pointer" != any ] || pointer=0x[0-9a-f]+
  [ "$status" -eq 134 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && [ -n "$pointer" ] &&
    grep -Eq "^hakmem: .*($1).*: $pointer\$" "$tmp/err"
  set -- $? "$@"
  ok "$1" "$3: $4, $5 bytes${6:+, $6 MB besides}"
  [ "$1" -eq 0 ] || explain "hakmem: $2: $pointer"
}

explain() {
  echo "#   status $status, wanted 134, and: $1"
  head -n 3 "$tmp/out" "$tmp/err" | sed 's/^/#   /'
}

# lives VARIABLE=VALUE CASE SIZE
lives() {
  misused "$@"
  [ "$status" -eq 0 ] && [ ! -s "$tmp/err" ] && [ "$(tail -n 1 "$tmp/out")" = survived ]
  set -- $? "$@"
  ok "$1" "$2: no misuse: $3, $4 bytes"
  [ "$1" -eq 0 ] || explain 'nothing'
}

# A block in its thread's cache is known for what it is; others may be gone or used anew.
for size in 1 24 100 1000 5000 40000; do
  dies 'double free' HAKMEM_CHECK=0 double_at_once $size
done
for size in 1 24 100 1000 5000 40000 200000 1500000; do
  dies 'double free|invalid' HAKMEM_CHECK=0 double_at_once $size
  dies 'double free|invalid' HAKMEM_CHECK=0 double_between $size
  dies 'double free|invalid' HAKMEM_CHECK=0 double_after_exit $size
  # By realloc in place, or while another thread's cache has the block, it may go unseen.
  [ $size -lt 24 ] || dies 'double free|invalid' HAKMEM_CHECK=0 realloc_freed $size
  [ $size -lt 200000 ] || dies 'double free|invalid' HAKMEM_CHECK=0 double_by_another $size
  dies 'double free|invalid' HAKMEM_CHECK=1 double_by_another $size
done
for size in 24 100 1000 5000 40000 200000; do
  dies 'double free|invalid' HAKMEM_CHECK=0 double_after_thousands $size
  dies 'double free|invalid' HAKMEM_CHECK=0 double_among_used $size
  dies 'double free|invalid' HAKMEM_CHECK=0 double_after_trim $size
done
# In a large heap free() looks at a block some calls later, or at the end.
for size in 1 24 100 1000 5000 40000; do
  for case in double_at_once double_between double_after_thousands double_among_used double_after_trim; do
    dies 'double free|invalid' HAKMEM_CHECK=0 $case $size 20
  done
  for case in inside_by_16 inside_by_1 inside_by_half realloc_inside; do
    [ $size -lt 100 ] || dies 'invalid' HAKMEM_CHECK=0 $case $size 20
  done
done
for case in stack global mapping not_mapped not_canonical; do
  dies 'invalid' HAKMEM_CHECK=0 $case 100 20
done
# A huge block is unmapped: the second time its address is nobody's.
for size in 3000000 50000000; do
  dies 'double free|invalid' HAKMEM_CHECK=0 double_at_once $size
  dies 'double free|invalid' HAKMEM_CHECK=0 double_by_another $size
  dies 'double free|invalid' HAKMEM_CHECK=0 realloc_freed $size
done

for case in stack global constant code brk mapping not_mapped first_page not_canonical kernels; do
  dies 'invalid' HAKMEM_CHECK=0 $case 100
done
for size in 100 1000 5000 40000 200000 1500000 3000000 50000000; do
  for case in inside_by_16 inside_by_8 inside_by_1 inside_by_half realloc_inside realloc_inside_same; do
    dies 'invalid' HAKMEM_CHECK=0 $case $size
  done
done
for size in 200000 1500000 3000000 50000000; do
  dies 'invalid' HAKMEM_CHECK=0 inside_by_page $size
  dies 'invalid' HAKMEM_CHECK=0 inside_by_64k $size
done
for size in 100 1000 5000; do
  dies 'invalid' HAKMEM_CHECK=0 free_granule $size
  dies 'invalid|double free' HAKMEM_CHECK=1 never_given $size
done
# Pointers to where no block was given out yet.
for size in 1 24 100 1000 5000 10000 30000; do
  dies 'invalid' HAKMEM_CHECK=0 never_given $size
  dies 'invalid|double free' HAKMEM_CHECK=0 never_given $size 20
done
for size in 48 100 1000 5000 20000 40000; do
  dies 'invalid' HAKMEM_CHECK=0 past_the_last $size
  dies 'invalid' HAKMEM_CHECK=0 past_the_last $size 20
done
for size in 24 100 1000 5000 10000; do
  dies 'never given out' HAKMEM_CHECK=0 never_given_far $size
done
dies 'double free' HAKMEM_CHECK=0 double_after_purge 24
dies 'invalid' HAKMEM_CHECK=0 before 200000
dies 'invalid' HAKMEM_CHECK=0 before 3000000

for size in 24 48 100 1000 5000 40000; do
  for case in link_to_nowhere link_to_global link_and_mark link_zeroed link_bit; do
    dies 'corrupt|free list|written' HAKMEM_CHECK=0 $case $size
  done
done

# These read freed blocks, whose memory must therefore stay mapped.
for size in 16 24 48 100 1000 1024 5000 40000; do
  lives HAKMEM_KEEP_BYTES=64M stale_contents $size
  lives HAKMEM_KEEP_BYTES=64M stale_in_turn $size
done

# What HAKMEM_CHECK=1 finds besides. Sizes that fill their block, and others.
for size in 1 15 16 24 25 100 1000 1024 5000 65536 70000 1500000 3000000; do
  dies 'overflow|past|guard|written|beyond' HAKMEM_CHECK=1 overflow_by_1 $size
  dies 'overflow|past|guard|written|beyond' HAKMEM_CHECK=1 overflow_then_realloc $size
  dies 'overflow|past|guard|written|beyond' HAKMEM_CHECK=1 overflow_not_freed $size
  dies 'double free|invalid' HAKMEM_CHECK=1 double_at_once $size
  dies 'double free|invalid' HAKMEM_CHECK=1 double_between $size
done
for size in 1 15 16 24 25 100 1000 1024 5000 60000 70000 1500000; do
  dies 'freed|written|corrupt' HAKMEM_CHECK=1 late_write_first $size
  # Of large blocks only the beginning is watched: the rest need never become resident.
  [ $size -le 60000 ] || continue
  dies 'freed|written|corrupt' HAKMEM_CHECK=1 late_write_last $size
done
for size in 24 1000; do
  dies 'double free|invalid' HAKMEM_CHECK=1 double_after_thousands $size
  dies 'invalid' HAKMEM_CHECK=1 inside_by_16 $size
  dies 'invalid' HAKMEM_CHECK=1 stack $size
  lives HAKMEM_CHECK=1 stale_contents $size
done
done_testing
