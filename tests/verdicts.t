#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Verdicts in life: a program that stands still passes, one that leaks fails, one that breathes is not failed, and a run
# that is too short to know says so.
. tests/tap.sh

# These programs make no ops: what needs them is left out. They hardly use a CPU, and run beside each other. On a busy
# machine they take most of the warm-up to fill their memory, and make as many faults per second as it lets them.
judge() {
  "$soak" run --quiet --force --ops none --set fault_growth=off --warmup 6s --output "$tmp/$3.soak" --json \
    -- "$helpers/rssplay" "$1" "$2" >"$tmp/$3.json" 2>"$tmp/$3.err"
}
judge flat 30 flat &
flat=$!
judge leak 25 leak &
leak=$!
judge sawtooth 25 sawtooth &
sawtooth=$!
judge flat 3 short &
short=$!

verdict() {
  python3 -c "
import json, sys
j = json.load(open('$tmp/$1.json'))
print(next((r['verdict'] for r in j['rules'] if r['rule'] == '$2'), j['verdict']))"
}

# A service that publishes no ops, and was not started by soak.
sleep 60 &
service=$!
loose='--set rss_drift=3000 --set memory_drift=3000'
# shellcheck disable=SC2086
"$soak" attach $service --quiet -i 50ms -d 8s --profile service $loose -o "$tmp/service.soak" --json \
  >"$tmp/service.json" 2>"$tmp/service.err" &
attached=$!

# glibc's heap grows and shrinks by brk, which the budget does not see.
brk() {
  "$soak" run --quiet --force -d 8s --warmup 2s -a "$1" -o "$tmp/brk.soak" -- "$BUILD/bin/bench_sizes" 0 400 1 \
    >"$tmp/out" 2>"$tmp/err"
  "$soak" check "$tmp/brk.soak" --set churn_budget=1e-6 --json >"$tmp/brk.json"
  verdict brk churn_budget
}
is "$(brk glibc)" FAIL 'churn_budget: glibc with large blocks'
is "$(brk hakmem)" PASS 'churn_budget: hakmem'
"$soak" check "$tmp/brk.soak" --json >"$tmp/brk.json"
# The same recording, with a process_madvise each millisecond.
sql "$tmp/brk.soak" 'UPDATE samples SET process_madvise = t_ns / 1000000'
"$soak" check "$tmp/brk.soak" --set syscall_budget=1e-6 --json >"$tmp/advised.json"
is "$(verdict advised syscall_budget)" FAIL 'syscall_budget: process_madvise is in it'
is "$(grep -c churn_budget "$tmp/brk.json")" 0 'churn_budget is judged only if it is asked for'

# A program's own mmaps are its own: they fail the target's budget, and not its allocator's.
cat >"$tmp/private.py" <<'END'
import mmap, time
end = time.time() + 8
while time.time() < end:
    mmap.mmap(-1, 4096).close()
    for i in range(100):
        bytearray(500 + i)
END
PYTHONMALLOC=malloc "$soak" run --quiet --force --warmup 2s -a hakmem -o "$tmp/private.soak" \
  -- /usr/bin/python3 "$tmp/private.py" >"$tmp/out" 2>"$tmp/err"
scope() {
  "$soak" check "$1" --set syscall_budget=1e-4 --budget-scope "$2" --json >"$tmp/scope.json"
  verdict scope syscall_budget
}
is "$(scope "$tmp/private.soak" target)" FAIL 'private mmaps: the budget of the target'
is "$(scope "$tmp/private.soak" allocator)" PASS 'private mmaps: the budget of the allocator'
like "$(grep reason "$tmp/scope.json")" "0 calls of the allocator's own" 'and it says whose calls these are'
PYTHONMALLOC=malloc "$soak" run --quiet --force -d 3s -a glibc -o "$tmp/private.soak" \
  -- /usr/bin/python3 "$tmp/private.py" >"$tmp/out" 2>"$tmp/err"
is "$(scope "$tmp/private.soak" allocator)" INCONCLUSIVE 'an allocator without counters: not told apart'
like "$("$soak" check "$tmp/private.soak" --budget-scope mine 2>&1)" 'choose target or allocator, not mine' \
  'a scope that is none'

# The programs of the beginning have ended, or will soon.
wait $short
is $? 3 'three seconds are too short to know: exit status 3'
is "$(verdict short all)" INCONCLUSIVE 'inconclusive'
"$soak" check "$tmp/short.soak" >"$tmp/out"
is "$(grep -Eo '^  (PASS|NOT JUDGED|INCONCLUSIVE|with more time)' "$tmp/out" | uniq | xargs)" \
  'PASS NOT JUDGED with more time INCONCLUSIVE' 'what is decided comes first'
like "$(cat "$tmp/out")" '^  with more time \(--duration [0-9]+[smh] or longer\): rss_drift, rss_monotonic' \
  'then how long would decide the rest'
like "$(cat "$tmp/short.json")" '"advice":.*--duration' 'and it says how long it would take'

wait $flat
is $? 0 'a program that stands still: exit status 0'
is "$(verdict flat all)" PASS 'it passes'
is "$(verdict flat rss_drift)" PASS 'its RSS does not drift'
is "$(verdict flat memory_drift)" PASS 'nor does its memory, swap and page tables included'
is "$(verdict flat syscall_rate)" PASS 'its calls are judged per second'
# The same recording, but for one figure that grows by 2 MB a second, of which RSS shows nothing.
altered() {
  cp "$tmp/flat.soak" "$tmp/altered.soak"
  sql "$tmp/altered.soak" "UPDATE samples SET $1"
  "$soak" check "$tmp/altered.soak" --json >"$tmp/altered.json"
  echo "$(verdict altered rss_drift) $(verdict altered memory_drift)"
}
for figure in swap_bytes pgtables_bytes; do
  is "$(altered "$figure = $figure + t_ns / 500")" 'PASS FAIL' "memory_drift: a leak into $figure"
done
altered 'swap_bytes = NULL' >"$tmp/out"
like "$(grep -A1 '"memory_drift"' "$tmp/altered.json")" '"reason":.*swap was not read' \
  'a run that could not read swap says so'
like "$(grep -A2 throughput_drop "$tmp/flat.json")" '"reason":.*--ops none' 'throughput is not judged, and why'
"$soak" check "$tmp/flat.soak" --profile allocator >"$tmp/out"
is "$? $(grep -c '^  INCONCLUSIVE' "$tmp/out") $(grep -c '^  by the profile allocator$' "$tmp/out")" '3 4 1' \
  'the profile allocator takes nothing that is left out'

wait $attached
is $? 0 'a service without ops: exit status 0'
kill $service
is "$(verdict service all) $(verdict service target_exit) $(verdict service syscall_rate)" 'PASS PASS PASS' \
  'it passes, and its calls per second do'
is "$(sql "$tmp/service.soak" "SELECT value FROM facts WHERE key IN ('left_out', 'profile') ORDER BY key" | xargs)" \
  'ops service' 'the recording knows what was left out, and the profile'
# shellcheck disable=SC2086
"$soak" check "$tmp/service.soak" $loose --json | grep -c '"profile":.*"service"' >"$tmp/out"
is "$? $(cat "$tmp/out")" '0 1' 'soak check judges by the recorded profile'
# shellcheck disable=SC2086
"$soak" check "$tmp/service.soak" --profile default $loose >"$tmp/out"
is "$? $(grep -c '^  NOT JUDGED ' "$tmp/out") $(grep -c '^  [A-Z ]* *fault_growth' "$tmp/out")" '0 3 1' \
  'or by another'
sqlite3 "$tmp/service.soak" "UPDATE facts SET value = 'nosuch' WHERE key = 'profile'"
is "$("$soak" check "$tmp/service.soak" 2>&1 | grep -c 'profile nosuch.*give --profile')" 1 \
  'a recorded profile that is not known is not guessed'
"$soak" run --quiet --force -d 1s --ops page --set syscall_budget=on -o "$tmp/lost.soak" -- sleep 60 >"$tmp/out" 2>&1
is "$? $(grep -c '^  INCONCLUSIVE syscall_budget' "$tmp/out")" '3 1' \
  'ops that were to be published are lost, not left out'

wait $leak
is $? 1 'a leak: exit status 1'
is "$(verdict leak rss_drift)" FAIL 'its drift is seen'
is "$(verdict leak memory_drift)" FAIL 'that of its memory as well'
like "$(grep 'memory went from' "$tmp/leak.json")" '; anonymous [0-9.]+ MiB, shared 0 B, swap' 'and of which kind it is'
is "$(verdict leak rss_monotonic)" FAIL 'its steady growth is seen'
is "$("$soak" check --quiet "$tmp/leak.soak" >/dev/null 2>&1; echo $?)" 2 'check has no option --quiet'
"$soak" check "$tmp/leak.soak" --set rss_drift=1000000 --set rss_monotonic=off --set memory_drift=1000000 >/dev/null
[ $? -ne 1 ]
ok $? 'the same recording does not fail other targets'

wait $sawtooth
status=$?
[ "$status" = 0 ] || [ "$status" = 3 ]
ok $? "a healthy sawtooth is not failed (exit status $status)"
[ "$(verdict sawtooth rss_monotonic)" != FAIL ]
ok $? 'no steady growth is seen in it'
done_testing
