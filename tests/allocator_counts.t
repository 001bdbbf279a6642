#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 600
# An allocator's own counters against the kernel's: equal in every process, and each planted difference is found.
. tests/tap.sh

${CC:-cc} -O2 -fPIC -shared -pthread -o "$tmp/libcounting.so" tests/helpers/planted/counting.c
ok $? 'a library that counts its calls'

# record FILE ALLOCATOR COMMAND...
record() {
  file=$1
  allocator=$2
  shift 2
  "$soak" run --quiet --force --ops none --output "$file" -a "$allocator" -- "$@" \
    >"$tmp/out" 2>"$tmp/err" </dev/null
}

# calls FILE SYSCALL: by the kernel and by the allocator, over all processes
calls() {
  sql "$1" "SELECT sum(bpf), sum(own) FROM allocator WHERE syscall='$2'"
}

rule() {
  "$soak" check "$1" --json | python3 -c '
import json, sys
rule = [r for r in json.load(sys.stdin)["rules"] if r["rule"] == "crosscheck"][0]
print(rule["verdict"] + ":", rule["reason"])'
}

# Without these hakmem keeps what is wanted back, and makes no calls that could be counted.
export HAKMEM_KEEP_BYTES=0 HAKMEM_KEEP_PERCENT=0

# What hakmem says at its exit is what the file has, after known work and to the call.
HAKMEM_SS_OS_STATS=1 "$soak" run -q -f -a hakmem --ops none -o "$tmp/exit.soak" -- \
  "$BUILD/bin/bench_uniform" 3000 WS=3 MIN=60000000 MAX=100000000 >"$tmp/out" 2>"$tmp/err" </dev/null
said() {
  sed -n "s/^\[SS_OS_STATS\] .*\b$1=\([0-9]*\).*/\1/p" "$tmp/err" | tail -1
}
counted() {
  sql "$tmp/exit.soak" "SELECT own || ' ' || bpf FROM allocator WHERE syscall='$1'"
}
for pair in mmap:mmap_total munmap:free madvise:madvise; do
  line=$(said "${pair#*:}")
  is "$(counted "${pair%:*}")" "$line $line" "the exit line's ${pair#*:}"
done

# By known counts: over three threads, then over an exec, then in children.
record "$tmp/one.soak" "$tmp/libcounting.so" sleep 0.3
is "$(calls "$tmp/one.soak" mmap) $(calls "$tmp/one.soak" munmap) $(calls "$tmp/one.soak" madvise)" \
  '39|39 33|33 21|21' 'by 3 threads'
like "$(rule "$tmp/one.soak")" '^PASS: .* counted its own 93$' 'rule crosscheck'
held='SELECT max(allocator_in_use_bytes), max(allocator_committed_bytes) FROM samples'
is "$(sql "$tmp/one.soak" "$held")" \
  '1009|2003' 'what the allocator holds is in the samples'
like "$("$soak" check "$tmp/one.soak")" 'allocator: 1009 B in use, 1.96 KiB committed: fragmentation 1.99' \
  'fragmentation on the scorecard'
is "$(sql "$tmp/one.soak" 'SELECT count(allocator_cached_bytes), count(allocator_purges) FROM samples')" '0|0' \
  'what a library of fewer counters does not tell is absent'
"$soak" plot "$tmp/one.soak" -o "$tmp/one.svg" >/dev/null
like "$(cat "$tmp/one.svg")" 'allocator: fragmentation 1.99' 'and on the picture'
record "$tmp/exec.soak" "$tmp/libcounting.so" sh -c 'sleep 0.2; exec sh -c "exec sleep 0.2"'
is "$(sql "$tmp/exec.soak" "SELECT process, bpf, own FROM allocator WHERE syscall='mmap'" | tr '\n' ' ')" \
  '1|117|117 2|39|39 ' 'one process over two execs, and its child'
record "$tmp/many.soak" "$tmp/libcounting.so" \
  sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do /bin/true; done; sleep 0.1'
is "$(sql "$tmp/many.soak" "SELECT count(*), sum(bpf), sum(own) FROM allocator WHERE syscall='munmap'")" \
  "15|$((15 * 33))|$((15 * 33))" 'processes that end at once'

# What is wrong is found, with its place.
export PLANT
PLANT=right
record "$tmp/right.soak" "$tmp/libcounting.so" sleep 0.2
is "$(calls "$tmp/right.soak" mmap)" '40|40' 'nothing wrong: one more'
PLANT=twice
record "$tmp/twice.soak" "$tmp/libcounting.so" sleep 0.2
like "$(rule "$tmp/twice.soak")" "^FAIL: sleep, mmap: 40 calls from the allocator's code, 41 by " \
  'a call that was counted twice'
PLANT=not
record "$tmp/not.soak" "$tmp/libcounting.so" sleep 0.2
like "$(rule "$tmp/not.soak")" "^FAIL: sleep, munmap: 34 calls from the allocator's code, 33 " \
  'a call that was not counted'
PLANT=past
record "$tmp/past.soak" "$tmp/libcounting.so" sleep 0.2
like "$(rule "$tmp/past.soak")" "^FAIL: sleep, madvise: 22 calls from the allocator's code, 21 " \
  "a call past the library's own instructions"
"$soak" export "$tmp/past.soak" --table allocator --format csv | tr -d '\r' >"$tmp/table"
is "$(grep ,madvise "$tmp/table")" '1,madvise,22,21,0' 'the table shows it'
PLANT=late
record "$tmp/late.soak" "$tmp/libcounting.so" sleep 0.2
like "$(rule "$tmp/late.soak")" "^FAIL: sleep, munmap: 33 calls from the allocator's code, 34 " \
  'a call that was counted and not made, after the last that was'
PLANT=uncalled
record "$tmp/uncalled.soak" "$tmp/libcounting.so" env -u PLANT sleep 0.2
like "$(rule "$tmp/uncalled.soak")" "^FAIL: sleep, munmap: 66 calls from the allocator's code, 67 " \
  'the same before an exec'
unset PLANT

# agrees FILE CALLS NAME: no difference in any process, and more calls than that.
agrees() {
  is "$(sql "$1" "SELECT sum(bpf <> own), sum(bpf) > $2 FROM allocator")" '0|1' "$3"
  sql "$1" 'SELECT * FROM allocator WHERE bpf <> own' | sed 's/^/# /'
}

# hakmem itself: threads, forks, execs, ends by signal.
for work in 'bench_random_mixed 300007 400' 'bench_sizes 300007 4001' 'bench_prodcon 300007' \
  'bench_drain 3 30000000 SECONDS=0' 'bench_threads 1009'; do
  # shellcheck disable=SC2086
  record "$tmp/work.soak" hakmem "$BUILD/bin/"$work
  agrees "$tmp/work.soak" 2 "hakmem: $work"
done
cat >"$tmp/family.py" <<'END'
import os, signal, threading
def churn(n):
    for i in range(n):
        bytearray(250000 + i)
for child in range(7):
    pid = os.fork()
    if pid == 0:
        threads = [threading.Thread(target=churn, args=(97,)) for _ in range(5)]
        [t.start() for t in threads]
        churn(31)
        if child % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        [t.join() for t in threads]
        os._exit(0)
    churn(11)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
END
for round in 1 2 3 4 5; do
  PYTHONMALLOC=malloc record "$tmp/family.soak" hakmem python3 "$tmp/family.py"
  agrees "$tmp/family.soak" 1000 "hakmem: 8 processes with 5 threads, some of them killed; round $round"
done

# What hakmem keeps: in the samples, in their export, and on the scorecard.
cat >"$tmp/keeps.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *(*volatile do_malloc)(size_t) = malloc;
static void (*volatile do_free)(void *) = free;
int main(void)
{
	static void *blocks[3000], *live[3000];
	/* A heap that is mostly empty empties its caches. */
	for (int i = 0; i < 3000; i++)
		live[i] = memset(do_malloc(10000), 1, 10000);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 3000; i++)
			blocks[i] = memset(do_malloc(10000), 1, 10000);
		usleep(60000);
		for (int i = 0; i < 3000; i++)
			do_free(blocks[i]);
		for (int light = 0; light < 11; light++) {
			void *small[100];
			for (int i = 0; i < 100; i++)
				small[i] = do_malloc(512);
			for (int i = 0; i < 100; i++)
				do_free(small[i]);
			usleep(10000);
		}
	}
	return !live[0];
}
END
${CC:-cc} -O1 -o "$tmp/keeps" "$tmp/keeps.c"
HAKMEM_KEEP_BYTES=4M "$soak" run -q -f -i 10ms --ops none -o "$tmp/keeps.soak" -a hakmem -- "$tmp/keeps" \
  >"$tmp/out" 2>"$tmp/err" </dev/null
is "$(sql "$tmp/keeps.soak" 'SELECT max(allocator_cached_bytes) BETWEEN 10000 AND 6000000,
  max(allocator_retained_bytes) BETWEEN 1000000 AND 40000000,
  max(allocator_retained_peak_bytes) >= max(allocator_retained_bytes), max(allocator_purges) > 5,
  max(allocator_refaulted_bytes) > 1000000,
  max(allocator_regretted_bytes) BETWEEN 1000000 AND max(allocator_refaulted_bytes) FROM samples')" \
  '1|1|1|1|1|1' 'what is cached, retained, and was purged too soon'
sql "$tmp/keeps.soak" 'SELECT max(allocator_cached_bytes), max(allocator_retained_bytes),
  max(allocator_retained_peak_bytes), max(allocator_purges), max(allocator_refaulted_bytes),
  max(allocator_regretted_bytes) FROM samples' | sed 's/^/#   /'
like "$("$soak" export "$tmp/keeps.soak" --table samples --format csv | head -1)" \
  ',allocator_cached_bytes,allocator_retained_bytes,allocator_retained_peak_bytes,allocator_purges,' 'exported'
like "$("$soak" check "$tmp/keeps.soak")" ' cached by threads, .* retained, at most ' 'on the scorecard: what is kept'
like "$("$soak" check "$tmp/keeps.soak")" ' purges; wanted back within a second: .*, within 16 s: ' 'and purges'

# A process that has counted before it was observed.
cat >"$tmp/churn.py" <<'END'
import time
while True:
    for i in range(7):
        bytearray(2500000 + i)
    print("ready", flush=True)
    time.sleep(0.001)
END
LD_PRELOAD="$BUILD/lib/libhakmem.so" PYTHONMALLOC=malloc python3 "$tmp/churn.py" >"$tmp/ready" &
pid=$!
within 10 grep -q ready "$tmp/ready"
"$soak" attach "$pid" -q -f -d 2s -o "$tmp/attach.soak" >"$tmp/out" 2>&1
kill "$pid"
agrees "$tmp/attach.soak" 10 'attached to a process that churns'

# An allocator without counters may have more system call instructions alike than there is room for.
[ "$(uname -m)" = aarch64 ] && instruction='svc 0' || instruction=syscall
cat >"$tmp/alike.c" <<END
__asm__(".text\n.balign 4096\n.rept 5\n$instruction\nret\n.balign 4096\n.endr");
END
${CC:-cc} -shared -o "$tmp/libalike.so" "$tmp/alike.c"
"$soak" run -f -a "$tmp/libalike.so" -o "$tmp/alike.soak" -- sleep 0.3 >"$tmp/out" 2>&1
is "$(grep -c 'counters of' "$tmp/out")" 0 'no counters: nothing is said of its instructions'
done_testing
