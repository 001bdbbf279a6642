#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tools/bench-alloc --budget: its calls are those that strace counts, and it does not print a figure that it lacks.
. tests/tap.sh

[ "$(id -u)" = 0 ] || skip_all 'observing wants root'
command -v strace >/dev/null || skip_all 'no strace'

budget() {
  timeout 250 tools/bench-alloc --budget --json "$tmp/json" "$@" >"$tmp/out" 2>"$tmp/err"
  status=$?
}

# value ALLOCATOR KEY: of the first shape
value() {
  python3 -c "
import json, sys
value = json.load(open('$tmp/json'))['rows'][0]['values']['$1']
print(value if isinstance(value, str) else value['$2'])"
}

# traced COMMAND…: its calls, by strace
traced() {
  strace -f -qq -o "$tmp/trace" -e trace=mmap,munmap,madvise,brk,mremap,mprotect "$@" >/dev/null 2>&1
  grep -cE '^[0-9]+ +(mmap|munmap|madvise|brk|mremap|mprotect)\(' "$tmp/trace"
}

# glibc cuts its heap off after each request: as often in one part of a run as in another.
budget --peers glibc --only requests --ops 31800
program="$BUILD/bin/bench_requests"
few=$(traced "$program" 30)
many=$(traced "$program" 90)
is "$((many - few >= 60))" 1 "90 requests make $((many - few)) calls more than 30, one for a request and more"
is "$status $(python3 -c "
wanted = ($many - $few) / (60 * 106) * $(value glibc ops)
print('as many' if abs($(value glibc calls) / wanted - 1) < 0.05 else f'$(value glibc calls), not {wanted:.0f}')")" \
  '0 as many' 'the calls between N and 3N ops, as strace counts them'
is "$(python3 -c "print(40000 < $(value glibc ops) <= 63600)")" True 'which lie within N and 3N'
like "$(cat "$tmp/out")" '^\| requests: 8 MB .* \| 31800 \| .* \| [0-9.]+ \([0-9]+\); [0-9.]+ \| .*\|$' 'a row'
is "$(python3 -c "print(8e6 < $(value glibc peak) < 40e6)")" True 'the peak of its RSS'

# hakmem alone: at this N, where it has long stopped growing, glibc would take minutes.
budget --peers '' --only requests --ops 636000
is "$status $(value hakmem calls)" '0 0' 'hakmem makes no call between N and 3N ops'
like "$(cat "$tmp/out")" '^\| +\| N \| hakmem \| RSS \|$' 'and is measured without peers'

# Samples that lie 20000 ops apart are too few between 318 and 954, and between ten times as many.
is "$(python3 -B -c "
import sys
sys.path[:0] = ['tools/bench-alloc.d', 'tools/bench.d']
import budget
budget.works.workload = lambda bench, name, iterations: iterations
def record(bench, allocator, iterations):
    ops = range(0, iterations * 106, 20000)
    return [(at // 20000, at) for at in ops], 1000
budget.works.record = record
print(budget.measure(None, None, 'requests', 318))
try:
    budget.measure(None, None, 'requests', 106)
except budget.works.TooShort as error:
    print('too short:', error)")" "{'calls': 2, 'n': 31800, 'ops': 40000, 'peak': 1000}
too short: no two samples lie so many ops apart" 'with too few samples N is ten times as large, twice at most'

# Whom hakmem's memory is compared with.
is "$(python3 -B -c "
import sys
sys.path[:0] = ['tools/bench-alloc.d', 'tools/bench.d']
import budget
peer = lambda calls, peak: {'calls': calls, 'n': 5, 'ops': 10**9, 'peak': peak}
print(budget.beside_leanest({'hakmem': peer(10**6, 3e6), 'a': peer(11, 1e6), 'b': peer(10, 5e6), 'c': peer(0, 4e6),
                             'd': 'crashed'}),
      budget.beside_leanest({'hakmem': peer(0, 3e6), 'a': peer(11, 1e6)}),
      budget.beside_leanest({'hakmem': 'crashed', 'a': peer(0, 1e6)}))")" "(0.75, 'c') None None" \
  'with the leanest of those that make no call'

# An allocator that ends the program.
cat >"$tmp/crash.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
__attribute__((constructor)) static void crash(void)
{
	char exe[4096] = "";
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0 && strstr(exe, "bench_requests"))
		abort();
}
END
mkdir "$tmp/peers"
${CC:-gcc} -shared -fPIC -o "$tmp/peers/libcrash.so" "$tmp/crash.c"
PEERS=$tmp/peers budget --peers crash --only requests --ops 31800
is "$status" 0 'a peer that fails is news about the peer'
like "$(cat "$tmp/out")" '^\| requests: .* \| failed \|  \|$' 'which has no figure'
like "$(cat "$tmp/out")" '^\* \*\*failed\*\*: requests, crash: ' 'but a reason'

# refused WORDS PATTERN
refused() {
  # shellcheck disable=SC2086 # words
  timeout 60 tools/bench-alloc $1 >"$tmp/out" 2>"$tmp/err"
  is "$? $(wc -c <"$tmp/out")" '2 0' "refused: $1"
  like "$(cat "$tmp/err")" "$2" 'and why'
}
refused '--budget --only nosuch' 'nosuch: choose from mixed, replace'
refused '--budget --only release' 'release: choose from mixed, replace'
refused '--only waves-1s' 'waves-1s: choose from mixed, instructions'
refused '--ops 100' '--ops goes with --budget'
refused '--budget --ops 0' '0 is no number above 0'

# Among the results, where a table that is there is left alone.
mkdir "$tmp/results"
echo as it was >"$tmp/results/budget.md"
is "$(OUT=$tmp/results tools/results budget 2>&1)" 'budget: is there' 'tools/results knows the table'
is "$(cat "$tmp/results/budget.md")" 'as it was' 'and does not make it again'
like "$(cat "$tmp/results/README.md")" '^hakmem beside .* \[calls per op and .*\]\(budget.md\)\.$' 'but lists it'
is "$(leftovers)" '' 'nothing is left'
done_testing
