#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
# --allocator-stats: what peers say that they hold, against known numbers of live bytes.
. tests/tap.sh

# record ALLOCATOR COMMAND...: into $tmp/run.soak, asking each 20 ms
record() {
  allocator=$1
  shift
  "$soak" run --force -i 20ms $options -o "$tmp/run.soak" -a "$allocator" -- "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  status=$?
}

held() {
  sql "$tmp/run.soak" "SELECT $1 FROM samples WHERE ${2:-1}"
}

fact() {
  sql "$tmp/run.soak" "SELECT value FROM facts WHERE key = '$1'"
}

# within_bytes LOW HIGH: of $got
within_bytes() {
  [ -n "$got" ] && [ "$got" -ge "$1" ] && [ "$got" -le "$2" ]
}

# 1009 bytes are 1024 in the size classes of all three; what else a process holds is up to 160 KiB.
options=--allocator-stats=20ms
blocks=10007
last='t_ns = (SELECT max(t_ns) FROM samples WHERE allocator_in_use_bytes NOT NULL)'
for allocator in glibc jemalloc tcmalloc; do
  for way in alone threads fork exec; do
    case $way in threads | fork) parties=3 ;; *) parties=1 ;; esac
    record $allocator "$helpers/hoard" $blocks 1009 $way
    got=$(held 'max(allocator_in_use_bytes)')
    within_bytes $((parties * blocks * 1024)) $((parties * (blocks * 1024 + 163840)))
    ok $? "$allocator, $way: $got bytes in use of $parties times $blocks blocks"
    got=$(held allocator_in_use_bytes "$last")
    within_bytes 1 $((parties * 163840))
    ok $? "$allocator, $way: $got bytes in use after they were freed"
    # While threads take memory an allocator may have counted one of the two before the other.
    from=0
    most='(SELECT max(allocator_in_use_bytes) FROM samples)'
    [ $way = threads ] && from=$(held 'min(t_ns)' "allocator_in_use_bytes = $most")
    is "$(held "count(*) > 9, sum(allocator_committed_bytes < allocator_in_use_bytes AND t_ns >= $from)" \
      'allocator_in_use_bytes NOT NULL')" '1|0' "$allocator, $way: committed bytes are no fewer"
    [ $way = exec ] || continue
    exec_ns=$(sql "$tmp/run.soak" "SELECT max(t_ns) FROM events WHERE kind = 'exec'")
    got=$(held 'max(allocator_in_use_bytes)' "t_ns > $exec_ns")
    within_bytes $((blocks / 2 * 1024)) $((blocks / 2 * 1024 + 163840))
    ok $? "$allocator: $got bytes in use after exec, none of the program before it"
  done
  like "$(fact allocator_stats)" "^$allocator: in use .*, committed " "$allocator: what the columns are"
  like "$(cat "$tmp/out")" "^    \($allocator: in use .*; asked each 20 ms\)$" 'and on the scorecard'
done
like "$(cat "$tmp/out")" '^  allocator: .* in use, .* committed: fragmentation [0-9.]+$' 'fragmentation'
"$soak" plot "$tmp/run.soak" -o "$tmp/run.svg" >/dev/null
like "$(cat "$tmp/run.svg")" 'allocator: fragmentation ' 'and on the picture'

# Asking is no op, and of mimalloc only half of an answer is to be had.
ops='max(ops_alloc) || " " || max(ops_free)'
for allocator in glibc jemalloc tcmalloc mimalloc; do
  record $allocator "$helpers/hoard" 101 1009
  asked=$(held "$ops")
  options= record $allocator "$helpers/hoard" 101 1009
  is "$asked" "$(held "$ops")" "$allocator: as many ops as if nobody asked"
  is "$(held 'count(allocator_in_use_bytes), count(allocator_committed_bytes)')|$(fact allocator_stats)" '0|0|' \
    "$allocator: nothing is told unless asked"
done
record mimalloc "$helpers/hoard" $blocks 1009
got=$(held 'max(allocator_committed_bytes)')
within_bytes $((blocks * 1009)) 200000000
ok $? "mimalloc: $got bytes committed"
is "$(held 'count(allocator_in_use_bytes)')" 0 'mimalloc: in use is absent, not 0'
like "$(cat "$tmp/err")" 'warning: mimalloc does not tell what it has given out' 'mimalloc: and that is said'

# A program that calls nothing but operators that its allocator serves itself.
cat >"$tmp/new.cc" <<'END'
#include <new>
#include <unistd.h>
static void potter()
{
	for (int i = 0; i < 80; i++) {
		::operator delete(::operator new(100));
		usleep(5000);
	}
}
int main()
{
	static void *blocks[20000];
	for (void *&block : blocks)
		block = ::operator new(1009);
	potter();
	for (void *block : blocks)
		::operator delete(block);
	potter();
}
END
${CXX:-g++} -O1 -fno-builtin -o "$tmp/new" "$tmp/new.cc"
record tcmalloc "$tmp/new"
got=$(held 'max(allocator_in_use_bytes)')
within_bytes $((20000 * 1024)) $((20000 * 1024 + 262144))
ok $? "tcmalloc, operator new: $got bytes in use"
got=$(held allocator_in_use_bytes "$last")
within_bytes 1 262144
ok $? "tcmalloc, operator delete: $got bytes in use after"

# What is planted: an allocator whose mallinfo2 aborts, and one that has none.
${CC:-gcc} -DTELLS -shared -fPIC -O1 -fno-builtin -o "$tmp/libtells.so" tests/helpers/planted/telling.c
${CC:-gcc} -shared -fPIC -O1 -fno-builtin -o "$tmp/libsilent.so" tests/helpers/planted/telling.c
options= record "$tmp/libtells.so" "$helpers/hoard" 101 1009
is "$(fact target_exit_status) $(grep -c planted "$tmp/err")" '0 0' 'off: nothing is called'
record "$tmp/libtells.so" "$helpers/hoard" 101 1009
is "$(fact target_signal) $(grep -c planted "$tmp/err")" 'SIGABRT 1' 'on: it is'
${CC:-gcc} -DNESTS -shared -fPIC -O1 -fno-builtin -o "$tmp/libnests.so" tests/helpers/planted/telling.c
record "$tmp/libnests.so" "$helpers/hoard" 211 1009
is "$(fact target_exit_status) $(grep -c planted "$tmp/err")" '0 0' 'nothing is called from inside the allocator'
asked=$(held "$ops")
options= record "$tmp/libnests.so" "$helpers/hoard" 211 1009
is "$asked" "$(held "$ops")" 'what mallinfo2 allocates is no op'
record "$tmp/libnests.so" "$helpers/hoard" 211 1009
is "$(held 'max(allocator_in_use_bytes) > 211 * 1009, max(allocator_committed_bytes)')" "1|$((64 << 20))" \
  'an allocator that is none of these, but has mallinfo2'
record "$tmp/libsilent.so" "$helpers/hoard" 101 1009
is "$(fact target_exit_status)|$(held 'count(allocator_in_use_bytes), count(allocator_committed_bytes)')" '0|0|0' \
  'an allocator that tells nothing: absent'
like "$(cat "$tmp/err")" 'warning: process [0-9]+: its allocator has no statistics ' 'and that is said'
record hakmem "$helpers/hoard" $blocks 1009
got=$(held 'max(allocator_in_use_bytes)')
within_bytes $((blocks * 1009)) $((blocks * 1100))
is "$? $(fact allocator_stats_ms)" '0 ' 'hakmem tells as always, once, and is not asked'
${CC:-gcc} -static -pthread -o "$tmp/static" tests/helpers/hoard.c
record own "$tmp/static" 101 1009
like "$(cat "$tmp/err")" 'warning: no process reported heap statistics' 'a static program: said'
is "$(held 'count(allocator_in_use_bytes)')" 0 'a static program: absent'
record own sh -c "exec '$tmp/static' 101 1009"
exec_ns=$(sql "$tmp/run.soak" "SELECT max(t_ns) FROM events WHERE kind = 'exec'")
is "$(held 'count(*) > 9, count(allocator_in_use_bytes)' "t_ns > $exec_ns")" '1|0' \
  'a static program that follows by exec: absent, what was told before is not its'

# A child answers at its first call, whenever the next question comes.
options=--allocator-stats=60s
record glibc "$helpers/hoard" 101 1009
alone=$(held 'max(allocator_in_use_bytes)')
record glibc "$helpers/hoard" 101 1009 fork
is "$(held 'max(allocator_in_use_bytes)')" $((3 * alone)) 'two children tell without another question'
options=--allocator-stats=20ms

# Places in the page: those of the dead are free again, those of more than 96 at once are missed.
record glibc sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10 11; do
  ( : | sh -c "kill -9 \$\$" ) & done; wait; done'
is "$(grep -c 'found no place' "$tmp/err")" 0 '330 processes one after the other find a place'
record glibc sh -c 'for i in $(seq 101); do sleep 1000 & pids="$pids $!"; done
  until [ "$(pgrep -c -P $$ sleep)" = 101 ]; do :; done; sleep 3; kill $pids; wait'
like "$(cat "$tmp/err")" 'warning: more than 96 processes at once: some could not report' '102 at once: said'

options=--allocator-stats=9ms
record glibc true
is "$status $(wc -l <"$tmp/err")" '2 2' 'too often'
options='--allocator-stats --ops none'
record glibc true
like "$status $(cat "$tmp/err")" '^2 .*leave out --ops none' 'without a page'

# A process that runs already is read from outside: to the byte what its glibc says of itself, with
# arenas of five threads.
cat >"$tmp/arenas.py" <<'END'
import ctypes, os, sys, threading, time
libc = ctypes.CDLL('libc.so.6')
class Info(ctypes.Structure):
    _fields_ = [(n, ctypes.c_size_t) for n in
        'arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost'.split()]
libc.mallinfo2.restype = Info
done = threading.Barrier(6)
def work():
    for i in range(1009):
        libc.malloc(5003)
    libc.malloc(3000017)
    done.wait()
    time.sleep(60)
for i in range(5):
    threading.Thread(target=work, daemon=True).start()
done.wait()
info = libc.mallinfo2()
with open(sys.argv[1] + '.new', 'w') as out:
    out.write(str(info.arena + info.hblkhd))
os.rename(sys.argv[1] + '.new', sys.argv[1])
time.sleep(60)
END
# attach PID: asks each 100 ms for a second
attach() {
  "$soak" attach "$1" --force -d 1s --allocator-stats=100ms -o "$tmp/run.soak" >"$tmp/out" 2>"$tmp/err"
  status=$?
}
/usr/bin/python3 "$tmp/arenas.py" "$tmp/told" &
target=$!
within 30 test -e "$tmp/told"
attach $target
kill $target
told=$(held 'DISTINCT allocator_committed_bytes' 'allocator_committed_bytes NOT NULL')
is "$told $(held 'count(allocator_in_use_bytes)')" \
  "$(cat "$tmp/told") 0" 'attach, glibc: committed is what mallinfo2 says, in use is absent'
like "$(fact allocator_stats)" '^glibc: in use is not told, committed arena \+ hblkhd, read from outside$' \
  'attach: what it is'

# A mimalloc with debug information: its account is found by name, not at a place that is guessed.
cat >"$tmp/mimalloc.c" <<'END'
#include <stdint.h>
typedef struct { int64_t allocated, freed, peak, current; } count_t;
struct { count_t segments, other[ODD]; const volatile count_t committed; } _mi_stats_main = {
  .committed = {1, 2, 3, 1000003}};
END
for odd in 1 6; do
  ${CC:-gcc} -g -DODD=$odd -shared -fPIC -o "$tmp/libmimalloc.so.2" "$tmp/mimalloc.c"
  LD_PRELOAD=$tmp/libmimalloc.so.2 sleep 60 &
  target=$!
  within 10 grep -q libmimalloc "/proc/$target/maps"
  attach $target
  kill $target
  is "$(held 'DISTINCT allocator_committed_bytes' 'allocator_committed_bytes NOT NULL')" 1000003 \
    "attach, mimalloc with $odd counts in between"
done

# refused PRELOAD PATTERN NAME: one line, exit status 4, no recording
refused() {
  rm -f "$tmp/run.soak"
  LD_PRELOAD=$1 sleep 60 &
  target=$!
  within 10 grep -q "${1##*/}" "/proc/$target/maps"
  attach $target
  kill $target
  is "$status $(grep -Ec "$2" "$tmp/err") $(wc -l <"$tmp/err") $(ls "$tmp/run.soak" 2>/dev/null)" '4 1 1 ' "$3"
}
refused "$(ls /usr/lib/*/libjemalloc.so.2)" \
  'jemalloc holds cannot be read from outside.*soak run --allocator-stats$' \
  'attach, jemalloc: refused'
strip -g "$tmp/libmimalloc.so.2"
refused "$tmp/libmimalloc.so.2" 'libmimalloc.so.2 has no debug information here to find _mi_stats_main by' \
  'attach, an allocator without debug information: refused'
done_testing
