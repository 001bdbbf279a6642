#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The account of a run's calls: whole, by every key; and whose calls the budget is held against.
. tests/tap.sh

# total ARGUMENTS...: the sum of calls over the rows of an account in JSON
total() {
  "$soak" audit "$tmp/run.soak" --json --phase all --top 0 "$@" | python3 -c '
import json, sys
print(sum(row["calls"] for row in json.load(sys.stdin)["rows"]))'
}

"$soak" run -q -f -a glibc -d 8s --warmup 2s -o "$tmp/run.soak" -- "$BUILD/bin/bench_sizes" 5000000000 >"$tmp/out" 2>&1
calls=$(sql "$tmp/run.soak" 'SELECT sum(calls) FROM churn')
ok $((calls < 1000)) "a run with calls: $calls"
for keys in phase syscall kind process caller phase,syscall,kind,process,caller; do
  is "$(total --by $keys)" "$calls" "by $keys: none is lost"
done
folded() {
  "$soak" audit "$tmp/run.soak" --folded=$1 | awk '{sum += $NF} END {printf "%.0f\n", sum}'
}
is "$(folded calls)" "$calls" 'folded stacks: none is lost'
bytes=$(sql "$tmp/run.soak" 'SELECT sum(bytes) FROM churn')
is "$(folded bytes)" "$bytes" 'weighed by bytes'
like "$("$soak" audit "$tmp/run.soak" --folded)" \
  '^bench_sizes;.*bench_sizes`main;libc.*malloc;.*;libc.so.6`brk;brk:grow [0-9]+$' 'from main to brk'
is "$("$soak" audit "$tmp/run.soak" --folded | grep -vcE '^[^ ]+(;[^;]+)+ [0-9]+$')" 0 \
  'a line is frames and a number, as flamegraph.pl reads it'

# Phases: the samples say how many calls there were at the warm-up's end and at the run's.
at() {
  sql "$tmp/run.soak" "SELECT brk FROM samples WHERE t_ns >= $1 ORDER BY t_ns LIMIT 1"
}
end=$(sql "$tmp/run.soak" "SELECT value FROM facts WHERE key='end_ns'")
steady=$("$soak" audit "$tmp/run.soak" --json --by syscall | python3 -c '
import json, sys
print([row["calls"] for row in json.load(sys.stdin)["rows"] if row["syscall"] == "brk"][0])')
wanted=$(($(at "$end") - $(at 2000000000)))
ok $((steady < wanted * 99 / 100 || steady > wanted * 101 / 100)) "steady calls: $steady, by the samples $wanted"
text=$("$soak" audit "$tmp/run.soak")
like "$text" '^  steady +6\.0 ' 'the steady phase is 6 s long'
like "$text" 'brk:shrink  bench_sizes: bench_sizes`main\+0x[0-9a-f]+ \[allocator\]' 'the top churner has its name'
like "$text" '^  callers: 9[0-9.]+ % of all calls exact' 'how well callers are known'
is "$("$soak" audit "$tmp/run.soak" --by caller --top 1 | grep -c allocator)" 1 '--top 1 is one row'

# Too short for a steady window: what there is is shown, by phase; before, "no call" was all.
"$soak" run -q -f --ops none -o "$tmp/short.soak" -- sh -c 'exec sleep 0.3' >"$tmp/out" 2>&1
text=$("$soak" audit "$tmp/short.soak")
like "$text" '^  all phases:' 'a short run: all phases'
like "$text" ' start-up  *mmap:fixed  sh: ' 'with their calls, each with its phase'
is "$(printf '%s\n' "$text" | grep -Ec '^  (start-up|warm-up|steady|tear-down) ')" 4 'the table has every phase'
is "$("$soak" audit "$tmp/short.soak" --json | grep -c '"phase":.*"\(warm-up\|steady\)"')" 2 'those without a call, too'
like "$("$soak" audit "$tmp/short.soak" --phase steady)" 'no call; --phase all shows' 'one phase, if it is asked for'

# Whose calls count. mmap and munmap by the program itself, then by its allocator.
budget() {
  "$soak" check "$1" --set syscall_budget=1e-3 --budget-scope "$2" --json | python3 -c '
import json, sys
print([rule["verdict"] for rule in json.load(sys.stdin)["rules"] if rule["rule"] == "syscall_budget"][0])'
}
"$soak" run -q -f -a mimalloc -d 7s --warmup 1s -o "$tmp/own.soak" -- /usr/bin/python3 -c '
import mmap
while True:
    mmap.mmap(-1, 4096).close()
    x = [str(i) * 99 for i in range(99)]' >"$tmp/out" 2>&1
is "$(budget "$tmp/own.soak" target) $(budget "$tmp/own.soak" allocator)" 'FAIL PASS' \
  "a program's own mmaps do not fail its allocator"
MALLOC_MMAP_THRESHOLD_=4096 "$soak" run -q -f -a glibc -d 7s --warmup 1s -o "$tmp/heap.soak" -- \
  "$BUILD/bin/bench_sizes" 5000000000 >"$tmp/out" 2>&1
is "$(budget "$tmp/heap.soak" target) $(budget "$tmp/heap.soak" allocator)" 'FAIL FAIL' "an allocator's do"
"$soak" run -q -f -a own --ops none -d 1s -o "$tmp/none.soak" --no-bpf -- sleep 1 >"$tmp/out" 2>&1
like "$("$soak" audit "$tmp/none.soak" 2>&1)" 'has no callers: ' 'a run without callers says so'
is "$("$soak" audit "$tmp/none.soak" >/dev/null 2>&1; echo $?)" 4 'and cannot be audited'
"$soak" run -q -f -a own --ops none -o "$tmp/counts.soak" --no-callers -- "$helpers/corpus" family 3 >"$tmp/out" 2>&1
is "$("$soak" audit "$tmp/counts.soak" --phase all --json | python3 -c '
import json, sys
print(sum(row["calls"] for row in json.load(sys.stdin)["rows"] if row["syscall"] == "madvise"))')" \
  "$(sql "$tmp/counts.soak" "SELECT sum(calls) FROM churn WHERE syscall='madvise'")" 'counts alone are audited'
is "$("$soak" audit "$tmp/counts.soak" --by caller >/dev/null 2>&1; echo $?)" 4 'but not by caller'

# A program may be called what neither a terminal, nor JSON, nor a folded line can bear.
odd=$(printf 'a;b \033\377')
cp "$helpers/corpus" "$tmp/$odd"
"$soak" run -q -f -a own --ops none -o "$tmp/odd.soak" -- "$tmp/$odd" family 3 >"$tmp/out" 2>&1
"$soak" audit "$tmp/odd.soak" --json --phase all | python3 -c 'import json, sys; json.load(sys.stdin)' 2>"$tmp/err"
is "$?" 0 'an odd name in JSON'
is "$("$soak" audit "$tmp/odd.soak" --phase all | grep -c "$(printf '\033')")" 0 'on a terminal'
is "$("$soak" audit "$tmp/odd.soak" --folded | grep -a madvise | head -1 | cut -d';' -f1 | cut -c1-4)" 'a_b ' \
  'as the first frame of a folded stack'

# A recording that was broken off names files, if not functions.
"$soak" run -q -f -a glibc -o "$tmp/killed.soak" -- "$BUILD/bin/bench_sizes" 5000000000 >"$tmp/out" 2>&1 &
pid=$!
within 10 test -s "$tmp/killed.soak-wal"
has_places() {
  [ "$(sql "$tmp/killed.soak" 'SELECT count(*) FROM callers c JOIN places p ON p.id = c.place
    WHERE p.caller IS NOT NULL')" -gt 0 ]
}
within 20 has_places
kill -9 $pid
wait $pid 2>/dev/null
like "$("$soak" audit "$tmp/killed.soak" --phase all 2>&1)" 'bench_sizes: bench_sizes\+0x[0-9a-f]+' \
  'a broken-off run has callers'

for wrong in '--by place' '--phase middle' '--top x' '--folded=time' '--warmup x'; do
  "$soak" audit "$tmp/run.soak" $wrong >"$tmp/out" 2>&1
  is "$?" 2 "$wrong: a usage error"
done

done_testing
