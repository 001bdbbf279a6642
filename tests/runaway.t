#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --abort-at: a target whose memory runs away is ended, the run FAILs and its recording is whole; one that stays below
# the limits, or is loaded at once, is left alone.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'

# Takes MIB at once, then 4 MiB each 50 ms until it is told to end, which SIGTERM does not; at most 1 GiB.
cat >"$tmp/run_away.py" <<'END'
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
held = [bytearray(1 << 20) for i in range(int(sys.argv[1]))]
grows = len(sys.argv) > 2
for i in range(1200):
    if grows and i < 240:
        held.append(bytearray(4 << 20))
    time.sleep(0.05)
END
judged="--set syscall_budget=off --set syscall_rate=off --set rss_drift=off --set rss_monotonic=off"
judged="$judged --set memory_drift=off --set fault_growth=off"
run() {
  # shellcheck disable=SC2086
  timeout -k 5 120 "$soak" run --quiet --force --ops none $judged -o "$tmp/run.soak" "$@" \
    >"$tmp/out" 2>"$tmp/err"
  code=$?
}
fact() {
  sql "$tmp/run.soak" "SELECT value FROM facts WHERE key = '$1'"
}

run -d 60s --abort-at 200MiB -- python3 "$tmp/run_away.py" 0 grows
is $code 1 'memory beyond the ceiling: exit status 1'
like "$(fact end_reason)" '^aborted: its memory reached 2[0-9]+\.[0-9] MiB, where --abort-at allows 200\.0 MiB$' \
  'the file says why the run ended'
like "$(cat "$tmp/out")" 'FAIL +target_exit' 'a rule fails'
like "$(cat "$tmp/out")" 'was killed by soak: its memory reached' 'and says what happened'
is "$(sql "$tmp/run.soak" 'PRAGMA integrity_check')" ok 'the recording is whole'
peak=$(sql "$tmp/run.soak" 'SELECT max(rss_anon_bytes) / 1048576 FROM samples')
[ "$peak" -ge 180 ] && [ "$peak" -lt 600 ]
ok $? "it has the memory up to there, $peak MiB"
"$soak" check "$tmp/run.soak" --set target_exit=off >"$tmp/out"
is $? 1 'a later check fails, though the rule is switched off'

run -d 60s --abort-at 8GiB,10MiB/s -- python3 "$tmp/run_away.py" 0 grows
is $code 1 'faster than the pace: exit status 1'
like "$(fact end_reason)" 'memory grew by [0-9.]+ MiB/s over [5-9]\.[0-9] s to [0-9.]+ MiB' 'and says how fast'
like "$(fact duration_s)" '^([5-9]|[1-5][0-9])\.' 'after five seconds of it'

run -d 9s --abort-at 400MiB,100MiB/s -- python3 "$tmp/run_away.py" 150
like "$code $(fact end_reason)" '^[03] the time is over$' 'what is loaded at once runs on'
is "$(fact aborted)" '' 'and is not said to be aborted'

python3 "$tmp/run_away.py" 0 grows &
victim=$!
# shellcheck disable=SC2086
"$soak" attach $victim --quiet --force -d 60s $judged --abort-at 150MiB -o "$tmp/run.soak" >"$tmp/out" 2>"$tmp/err"
is $? 1 'attached: exit status 1'
like "$(cat "$tmp/out")" 'ran away: its memory reached' 'it says so'
kill -0 $victim
ok $? 'the process is left alone'
kill -9 $victim

cat >"$tmp/job.ini" <<END
[target]
command = python3 $tmp/run_away.py 0 grows
[run]
duration = 60s
ops = none
abort-at = 120MiB
output = $tmp/job.soak
END
"$soak" run "$tmp/job.ini" --quiet >"$tmp/out" 2>"$tmp/err"
is $? 1 'a job file has the limit'
like "$(cat "$tmp/out" "$tmp/err")" 'where --abort-at allows 120\.0 MiB' 'its own'

for wrong in 8 50% fast 8GiB,9GiB 5MiB/m 8GiB,; do
  out=$("$soak" run --abort-at "$wrong" -- true 2>&1)
  is $? 2 "$wrong: refused"
  like "$out" "$wrong is not a size, a pace or both; write 8GiB" "$wrong: and told why"
done
done_testing
