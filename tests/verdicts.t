#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Verdicts in life: a program that stands still passes, one that leaks fails, one that breathes is not failed, and a run
# that is too short to know says so.
. tests/tap.sh

# Rules that need ops are off: these programs make none. They hardly use a CPU, and run beside each other.
judge() {
  "$soak" run --quiet --force -a own --ops none --warmup 2s --output "$tmp/$3.soak" --set syscall_budget=off \
    --set throughput_drop=off --set throughput_cv=off --json -- "$helpers/rssplay" "$1" "$2" \
    >"$tmp/$3.json" 2>"$tmp/$3.err"
}
judge flat 30 flat &
flat=$!
judge leak 20 leak &
leak=$!
judge sawtooth 20 sawtooth &
sawtooth=$!
judge flat 3 short &
short=$!

verdict() {
  python3 -c "
import json, sys
j = json.load(open('$tmp/$1.json'))
print(next((r['verdict'] for r in j['rules'] if r['rule'] == '$2'), j['verdict']))"
}

# glibc's heap grows and shrinks by brk, which the budget of three calls does not see.
brk() {
  "$soak" run --quiet --force -d 8s --warmup 2s -a "$1" -o "$tmp/brk.soak" -- "$BUILD/bin/bench_sizes" 0 400 1 \
    >"$tmp/out" 2>"$tmp/err"
  "$soak" check "$tmp/brk.soak" --set churn_budget=1e-6 --json >"$tmp/brk.json"
  verdict brk churn_budget
}
is "$(brk glibc)" FAIL 'churn_budget: glibc with large blocks'
is "$(brk hakmem)" PASS 'churn_budget: hakmem'
"$soak" check "$tmp/brk.soak" --json >"$tmp/brk.json"
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
like "$(cat "$tmp/short.json")" '"advice":.*--duration' 'and it says how long it would take'

wait $flat
is $? 0 'a program that stands still: exit status 0'
is "$(verdict flat all)" PASS 'it passes'
is "$(verdict flat rss_drift)" PASS 'its RSS does not drift'

wait $leak
is $? 1 'a leak: exit status 1'
is "$(verdict leak rss_drift)" FAIL 'its drift is seen'
is "$(verdict leak rss_monotonic)" FAIL 'its steady growth is seen'
is "$("$soak" check --quiet "$tmp/leak.soak" >/dev/null 2>&1; echo $?)" 2 'check has no option --quiet'
"$soak" check "$tmp/leak.soak" --set rss_drift=1000000 --set rss_monotonic=off >/dev/null
[ $? -ne 1 ]
ok $? 'the same recording does not fail other targets'

wait $sawtooth
status=$?
[ "$status" = 0 ] || [ "$status" = 3 ]
ok $? "a healthy sawtooth is not failed (exit status $status)"
[ "$(verdict sawtooth rss_monotonic)" != FAIL ]
ok $? 'no steady growth is seen in it'
done_testing
