#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What run, check, compare and plan make of programs that have just run. What they make of given series stands in
# outputs.t, compare.t and plan.t.
. tests/tap.sh

cd "$tmp" || exit 1

# soak run prints every format of soak check, of its own run; what the target prints is not among it.
for format in json junit tap markdown; do
  "$soak" run -q -f -d 1s -a own "--$format" -o own.soak -- sh -c 'echo target; exec sleep 5' >run.out 2>run.err
  first=$?
  "$soak" check own.soak "--$format" >out 2>err
  is "$first $(cat err)" "$? " "soak run --$format: exit status"
done
"$soak" run -q -f -d 1s -a own --junit -o own.soak -- sh -c 'echo target; exec sleep 5' >run.xml 2>said
"$soak" check own.soak --junit >out 2>err
is "$(cat run.xml) $(cat said)" "$(cat out) target" 'soak run prints what soak check would'
like "$("$soak" run --json --tap -- true 2>&1)" 'choose one format: --json or --tap' 'two formats'

# The same program, then one that maps twice as much. What the first does is 1e-2 calls per op.
cat >work.py <<'END'
import mmap, os, time
end = time.time() + 9
while time.time() < end:
    for i in range(int(os.environ['MAPS'])):
        mmap.mmap(-1, 4096).close()
    for i in range(300):
        bytearray(500 + i)
END
record() {
  MAPS=$2 PYTHONMALLOC=malloc "$soak" run -q -a glibc --warmup 2s -o "$1.soak" \
    -- /usr/bin/python3 work.py >/dev/null 2>&1
}
record main 1 &
record same 1 &
record worse 2
wait
calls() {
  "$soak" check "$1" --baseline "$2" --json >x.json
  python3 -c '
import json
print(*(r["verdict"] for r in json.load(open("x.json"))["rules"] if r["rule"] == "calls_per_op"))'
}
is "$(calls worse.soak main.soak)" FAIL 'twice as many calls per op: FAIL'
"$soak" check worse.soak --baseline main.soak >/dev/null
is $? 1 'and so the run fails'
is "$(calls main.soak worse.soak)" PASS 'half as many: PASS'
[ "$(calls same.soak main.soak)" != FAIL ]
ok $? 'the same program is not failed'
"$soak" check worse.soak --baseline main.soak --set syscall_budget=1 >out
like "$(cat out)" 'PASS +calls_per_op' 'a rate within the budget is no regression'

# Two workloads, three times each.
for i in 1 2 3; do
  "$soak" run -q -d 1s -a mimalloc -o "fast$i.soak" >>run.log 2>&1
  "$soak" run -q -d 1s -a mimalloc -W sizes -o "slow$i.soak" >>run.log 2>&1
done
"$soak" compare --json --a fast?.soak --b slow?.soak >out 2>err
is "$(echo $? | tr 3 1) $(python3 -c '
import json
print(json.load(open("out"))["figures"][0]["ratio"] < 1)')" '1 True' \
  'small blocks, and large: slower, or too uneven to say so'
like "$(cat out)" '6 of 6 runs are too short' 'runs without a steady window'

# Half of 12 s is a window long enough even if nothing settles on a busy machine.
"$soak" run --quiet --force -d 12s -a own -o run.soak -- "$BUILD/bin/bench_random_mixed" 0 400 1 \
  >out 2>err
out=$("$soak" plan run.soak --set throughput_cv=off --set throughput_drop=off --rss 1GiB 2>&1)
like "$out" 'RSS 1.00 GiB' 'an option goes before what the run shows'
like "$out" 'rss_drift +5 %/h' 'a plan from an earlier run'
"$soak" run --quiet --force -d 2s -a own -o short.soak -- "$BUILD/bin/bench_random_mixed" 0 400 1 \
  >out 2>err
like "$("$soak" plan short.soak 2>&1)" 'no steady window to plan from .*: record a longer run' \
  'one that is too short for that'
done_testing
