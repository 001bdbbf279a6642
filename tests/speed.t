#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The speed of the target's CPUs: a fixed piece of work, timed on the CPU that runs a thread of the target, and on no
# other. What the judge makes of it is in tests/judge_host.c.
. tests/tap.sh

# speed FILE: how often for each 47 ms of the target's CPU time; whether the time of each is believable.
speed() {
  "$soak" export "$1" | python3 -c "
import csv, sys
rows = [r for r in csv.DictReader(sys.stdin) if r['cpu_ns'] and r['speed_runs']]
cpu, runs, ns = (int(rows[-1][c]) for c in ('cpu_ns', 'speed_runs', 'speed_ns'))
rising = all(int(a[c]) <= int(b[c]) for a, b in zip(rows, rows[1:]) for c in ('speed_runs', 'speed_ns'))
expected = cpu / 47e6
print('often' if 0.7 * expected - 2 <= runs <= 1.3 * expected + 2 else f'{runs} of {expected:.1f}',
      'believable' if runs == 0 or 300 < ns / runs < 300000 else f'{ns / runs:.0f} ns',
      'rising' if rising else 'falling')"
}

"$soak" run -q -f -d 3s -a own -o "$tmp/one.soak" -- /usr/bin/python3 -c 'while True: pass' >"$tmp/out" 2>&1
is "$(speed "$tmp/one.soak")" 'often believable rising' 'one busy thread'
"$soak" run -q -f -d 3s -a own -o "$tmp/family.soak" -- /usr/bin/python3 -c '
import os
for child in range(3):
    if os.fork() == 0:
        break
while True: pass' >"$tmp/out" 2>&1
is "$(speed "$tmp/family.soak")" 'often believable rising' 'four busy processes'

# Another program keeps the CPUs busy: that is not the target's time.
cpus=$(nproc)
for cpu in $(seq "$cpus"); do
  /usr/bin/python3 -c 'while True: pass' &
  busy="$busy $!"
done
"$soak" run -q -f -d 2s -a own -o "$tmp/idle.soak" -- sleep 10 >"$tmp/out" 2>&1
# shellcheck disable=SC2086
kill $busy
is "$(speed "$tmp/idle.soak")" 'often believable rising' 'a target that sleeps beside busy others'
is "$("$soak" export "$tmp/idle.soak" | tail -1 | awk -F, '{ print NF }')" \
  "$("$soak" export "$tmp/idle.soak" | head -1 | awk -F, '{ print NF }')" 'each sample has its columns'
is "$(leftovers)" '' 'nothing is left behind'
done_testing
