#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 900
#
# libhakmem.so in the life of a process: threads and forks by the thousand, libraries, signals,
# limits of all kinds, its ends, and its counters as others see them.

. tests/tap.sh

lib=$BUILD/lib/libhakmem.so
threads=$helpers/hakmem_threads
limits=$helpers/hakmem_limits
calls=$helpers/hakmem_calls
CC=${CC:-gcc}
STATS='^\[SS_OS_STATS\] alloc=[0-9]+ free=[0-9]+ madvise=[0-9]+ madvise_disabled=[01] mmap_total=[0-9]+ '
STATS="${STATS}fallback_mmap=[0-9]+ huge_alloc=[0-9]+\$"
ulimit -c 0

# What a test that dies half way must not leave running.
running=
group=
trap 'kill $running 2>/dev/null; [ -z "$group" ] || rmdir "$group" 2>/dev/null; rm -rf "$tmp"' EXIT

# preloaded COMMAND...
preloaded() {
  timeout -k 5 200 env LD_PRELOAD="$lib" "$@"
}

# quiet NAME COMMAND...: ends with 0 and says nothing.
quiet() {
  name=$1
  shift
  said=$(preloaded "$@" 2>&1)
  is "$? $said" '0 ' "$name"
}

# flat KB NAME COMMAND...: VmRSS grows by no more from a tenth of the way to the end.
flat() {
  most=$1
  name=$2
  shift 2
  rss=$(preloaded "$@" 2>&1)
  is $? 0 "$name"
  set -- $rss
  [ $# -eq 2 ] && [ "$2" -le $(($1 + most)) ]
  ok $? "$name: RSS stays flat, to $most kB"
  echo "#   kB: $rss"
}

# number FIELD TEXT: FIELD=NUMBER in the text's last line that has it.
number() {
  printf '%s\n' "$2" | sed -n "s/.* $1=\([0-9]*\).*/\1/p" | tail -n 1
}

# ---- a steady program -----------------------------------------------------------------------------

set -- $(preloaded "$helpers/hakmem_highs")
is "$1" 0 'a new high of blocks in use takes no page fault: their pages were touched with those before'
[ "$2" -gt 0 ]
ok $? "a far higher one does: $2 page faults"

said=$(preloaded "$helpers/hakmem_cached" 2>&1)
is "$? $said" '0 ' 'cached_bytes is what threads put into their caches'

# ---- threads and forks ---------------------------------------------------------------------------

flat 2000 '40 000 threads, one after the other, with destructors that allocate' "$threads" sequential 40000
flat 8000 '20 000 threads, 16 at once, with destructors that allocate' "$threads" pools 20000
quiet '3 000 forks by three threads, while three others allocate' "$threads" forks 3000
quiet '600 such forks under HAKMEM_CHECK=1' HAKMEM_CHECK=1 "$threads" forks 600
quiet '1 000 processes end while their threads allocate' "$threads" endings 1000
quiet '1 000 such ends under HAKMEM_CHECK=1' HAKMEM_CHECK=1 "$threads" endings 1000
quiet '50 000 signals interrupt allocation' "$threads" signals 50000

cat >"$tmp/library.c" <<'END'
#include <stdlib.h>
#include <string.h>

static char *volatile kept[100];
static __thread char own[3000];

__attribute__((constructor)) static void start(void)
{
	for (int i = 0; i < 100; i++)
		memset(kept[i] = malloc(100 + (size_t)i * 900), i, 100);
}

__attribute__((destructor)) static void end(void)
{
	for (int i = 0; i < 100; i++) {
		char *volatile other = malloc(3000);

		free(kept[i]);
		free(other);
	}
}

char *use(void)
{
	strcpy(own, kept[7][99] == 7 ? "used" : "lost");
	return own;
}
END
$CC -O1 -fPIC -shared -o "$tmp/library.so" "$tmp/library.c"
is $? 0 'a library that allocates in its constructor and destructor'
flat 1500 'opened and closed 2 000 times' "$threads" library "$tmp/library.so" 2000

# ---- limits --------------------------------------------------------------------------------------

for pair in '100 3000000' '3000000 100' '5000 200000' '200000 5000' '40000 1000000' '1000000 40000'; do
  for mode in balanced lean fast; do
    # shellcheck disable=SC2086 # two words
    quiet "RLIMIT_AS, $mode: blocks of ${pair% *} to the last, then of ${pair#* }" HAKMEM_PROFILE=$mode \
      "$limits" address_space $pair
  done
done
for kb in 65536 200000 1000000 3000000 20000000; do
  said=$( (ulimit -v $kb && quiet x true) 2>&1)
  like "$said" '^ok' "ulimit -v $kb: true runs"
  said=$( (ulimit -v $kb && LD_PRELOAD=$lib "$limits" start) 2>&1)
  is "$? $said" '0 ' "ulimit -v $kb: a little of everything is to be had"
done
said=$( (ulimit -v 1000000 && LD_PRELOAD=$lib "$helpers/hakmem_contents" threads) 2>&1)
is "$? $said" '0 ' 'ulimit -v 1000000: threads'

for mode in balanced lean fast; do
  said=$(preloaded HAKMEM_PROFILE=$mode "$limits" maps 2>&1)
  status=$?
  if [ $status -eq 77 ]; then
    tests=$((tests + 1))
    echo "ok $tests - vm.max_map_count, $mode # SKIP it is too high here to be reached"
  else
    is "$status $said" '0 ' "vm.max_map_count, $mode: reached, and no harm done"
  fi
done

# The memory controller of either version of control groups, where there is one and it may be used.
make_group() {
  group=/sys/fs/cgroup/memory/hakmem-$$
  mkdir "$group" 2>/dev/null && echo "$1" >"$group/memory.limit_in_bytes" 2>/dev/null && return
  rmdir "$group" 2>/dev/null
  for base in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    group=$base/hakmem-$$
    echo +memory 2>/dev/null >"$base/cgroup.subtree_control"
    mkdir "$group" 2>/dev/null && echo "$1" 2>/dev/null >"$group/memory.max" && return
    rmdir "$group" 2>/dev/null
  done
  group=
  return 1
}

for mode in balanced lean fast; do
  if make_group 134217728 2>/dev/null; then
    said=$(group=$group preloaded HAKMEM_PROFILE=$mode sh -c 'echo $$ >"$group/cgroup.procs" && exec "$@"' - \
      "$limits" phases 100 2>&1)
    is "$? $said" '0 ' "a memory limit of 128 MiB, $mode: 40 MiB at a time, 100 times"
    within 10 rmdir "$group" || echo "#   $group stays"
    group=
  else
    tests=$((tests + 1))
    echo "ok $tests - a memory limit, $mode # SKIP no memory controller may be used here"
  fi
done

# ---- ends ----------------------------------------------------------------------------------------

for how in return exit _exit _Exit thread main_first handler vfork; do
  said=$(preloaded HAKMEM_SS_OS_STATS=1 "$helpers/hakmem_exits" $how 2>&1)
  is $? 0 "$how: ends with 0"
  is "$(printf '%s\n' "$said" | wc -l)" 1 "$how: one line"
  like "$said" "$STATS" "$how: the line of the counters"
  [ "$how" != vfork ] || like "$said" ' mmap_total=([3-9]|[1-9][0-9])' "$how: it is the line of the process's end"
  is "$(preloaded "$helpers/hakmem_exits" $how 2>&1)" '' "$how: no line unasked"
done

# A child starts from nothing: what it is said to have asked for is what it asked for itself.
preloaded HAKMEM_SS_OS_STATS=1 "$helpers/hakmem_exits" children "$tmp/child" >/dev/null 2>"$tmp/parent"
is $? 0 'children: the parent ends with 0'
for child in parent child.0 child.1 child.2 child.3; do
  is "$(wc -l <"$tmp/$child")" 1 "children: $child: one line"
  like "$(cat "$tmp/$child")" "$STATS" "children: $child: the line of the counters"
done
counts=''
for child in 0 1 2 3; do
  line=$(cat "$tmp/child.$child")
  counts="$counts $(($(number mmap_total "$line") + $(number free "$line") + $(number madvise "$line")))"
done
# A huge block is mapped, or it is given back, or both, where others of its size may still lie.
set -- $counts
[ "$1" -ge 3 ] && [ "$2" -eq 0 ] && [ "$3" -ge 1 ] && [ "$3" -le 4 ] && [ "$4" -ge 2 ] && [ "$4" -le 8 ]
ok $? 'children: each counts its own blocks'
echo "#   calls:$counts, for 3, 0, 1 and 2 huge blocks"

# ---- counters ------------------------------------------------------------------------------------

# address PID: of hak_counters there, by the symbol's value and where the library is mapped.
symbol=$(nm -D --defined-only "$lib" | awk '$3 == "hak_counters" { print $1 }')
base_of() {
  awk -v lib="$(readlink -f "$lib")" '$6 == lib && $3 ~ /^0+$/ { sub("-.*", "", $1); print $1; exit }' "/proc/$1/maps"
}
address() {
  printf '%x\n' $((0x$(base_of "$1") + 0x$symbol))
}

mkfifo "$tmp/to" "$tmp/from"
# The redirections of a background command are the shell's own: no process stands between.
LD_PRELOAD=$lib "$calls" steps <"$tmp/to" >"$tmp/from" &
running=$!
exec 4>"$tmp/to" 5<"$tmp/from"
for step in small free large huge trim; do
  echo >&4
  IFS= read -r own <&5
  is "$("$calls" read "$running" "$(address "$running")")" "$own" "from outside, after step $step: what it says itself"
  eval "$step=\$own"
done
exec 4>&-
IFS= read -r own <&5
wait "$running"
is "$? $own" '0 end' 'the steps end'
running=
exec 5<&-
like "$small" "^version=1 size=[0-9]+ alloc=[1-9]" 'the version, and SuperSlabs'

# between LOW HIGH VALUE NAME
between() {
  [ -n "$3" ] && [ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
  set -- $? "$@"
  ok "$1" "$5"
  [ "$1" -eq 0 ] || echo "#   got ${4:-nothing}, wanted $2 to $3"
}

between 40000000 50000000 "$(number in_use_bytes "$small")" '40 MB of small blocks are in use'
between 40000000 60000000 "$(number committed_bytes "$small")" 'so much is committed for them'
between 0 4000000 "$(number in_use_bytes "$free")" 'then they are not'
between 30000000 40000000 "$(number in_use_bytes "$large")" '30 MB of large blocks'
between 70000000 80000000 "$(number in_use_bytes "$huge")" '70 MB of huge ones'
is "$(number huge_blocks "$huge") $(number huge_blocks "$trim")" '7 0' 'there are 7 of them, then none'
between 0 4000000 "$(number in_use_bytes "$trim")" 'at the end nothing is in use'
between 0 4000000 "$(number retained_bytes "$trim")" 'and after malloc_trim little is kept'
is "$(number threads "$small")" 1 'one thread has a cache'

mkfifo "$tmp/stop" "$tmp/said"
LD_PRELOAD=$lib "$calls" churn <"$tmp/stop" >"$tmp/said" &
running=$!
exec 4>"$tmp/stop" 5<"$tmp/said"
IFS= read -r said <&5
is "$("$calls" read "$running" "$(address "$running")" 1000)" ok \
  'read 1000 times while four threads allocate: no count falls, no amount is absurd'
like "$("$calls" read "$running" "$(address "$running")")" ' threads=[45] ' 'four threads have caches, or five'
exec 4>&- 5<&-
wait "$running"
is $? 0 'they end well'
running=

# ---- against strace ------------------------------------------------------------------------------

# Counts in strace's log the calls of PID whose instruction lies between FROM and TO, or does not:
# one line for each, and one for those between its two calls of getppid() that do not.
cat >"$tmp/count.awk" <<'END'
# PID [ADDRESS] call(...
$2 ~ /^\[/ && $1 == pid {
	at = $2; gsub(/[][]/, "", at)
	split($3, parts, "(")
	inside = at >= from && at < to
	if (parts[1] == "getppid")
		window = !window
	else if (inside)
		own[parts[1]]++
	else if (window && $0 !~ /resumed>/)
		foreign++
}
END {
	printf "free=%d madvise=%d mmap_total=%d mremap=%d brk=%d mprotect=%d foreign=%d\n", own["munmap"],
		own["madvise"], own["mmap"], own["mremap"], own["brk"], own["mprotect"], foreign
}
END

strace -f -i -o "$tmp/strace" -e trace=mmap,munmap,madvise,mremap,brk,mprotect,getppid -E LD_PRELOAD="$lib" \
  -E HAKMEM_SS_OS_STATS=1 "$calls" work >"$tmp/work" 2>"$tmp/lines"
is $? 0 'strace: the program ends with 0'
is "$(wc -l <"$tmp/lines")" 2 'strace: it and its child have a line each'
# Addresses are compared as text: strace's have 16 digits.
read -r parent from to <"$tmp/work"
from=$(printf '%016x' "$from")
to=$(printf '%016x' "$to")
child=$(awk '$1 == "mremap" { print $2; exit }' "$tmp/work")
[ "$child" != "$parent" ]
ok $? 'strace: the child is another'
# The child ends first.
for pid in $child $parent; do
  seen=$(awk -v pid="$pid" -v from="$from" -v to="$to" -f "$tmp/count.awk" "$tmp/strace")
  line=$(sed -n "$([ "$pid" = "$child" ] && echo 1 || echo 2)p" "$tmp/lines")
  who=$([ "$pid" = "$child" ] && echo child || echo parent)
  is "free=$(number free "$line") madvise=$(number madvise "$line") mmap_total=$(number mmap_total "$line") mremap=$(
    awk -v pid="$pid" '$1 == "mremap" && $2 == pid { print $3 }' "$tmp/work"
  ) brk=0 mprotect=$(
    awk -v pid="$pid" '$1 == "mremap" && $2 == pid { print $4 }' "$tmp/work"
  ) foreign=0" "$seen" "strace: $who: every call is counted, and no other is made"
  between 5 100000 "$(number mmap_total "$line")" "strace: $who: there were some to count"
done
done_testing
