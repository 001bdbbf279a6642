#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# open_fds, threads and mappings of real programs: one that leaks all three, and one that stands still.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'

cat >"$tmp/leak.py" <<'END'
import mmap, os, sys, threading, time
held = []
for i in range(600):
    if len(sys.argv) > 1 and i % 5 == 0:
        held.append(os.dup(0))
        held.append(mmap.mmap(-1, 4096, prot=mmap.PROT_READ | (i // 5 % 2) * mmap.PROT_WRITE))
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    time.sleep(0.1)
END
on='--set open_fds=on --set threads=on --set mappings=on'
for how in leaks still; do
  arguments=$([ $how = leaks ] && echo all)
  # shellcheck disable=SC2086
  "$soak" run --quiet --force --ops none -d 25s --warmup 2s $on -o "$tmp/$how.soak" --json \
    -- python3 "$tmp/leak.py" $arguments >"$tmp/$how.json" 2>"$tmp/$how.err" &
done
wait
verdicts() {
  python3 -c "
import json
rules = {r['rule']: r['verdict'] for r in json.load(open('$tmp/$1.json'))['rules']}
print(*(rules.get(r) for r in ('open_fds', 'threads', 'mappings')))"
}
is "$(verdicts leaks)" 'FAIL FAIL FAIL' 'descriptors, threads and mappings that leak twice a second'
is "$(verdicts still)" 'PASS PASS PASS' 'a program that stands still'
sql "$tmp/still.soak" 'UPDATE samples SET open_fds = open_fds + t_ns / 1000000000'
# shellcheck disable=SC2086
"$soak" check "$tmp/still.soak" $on --json >"$tmp/altered.json"
is "$(verdicts altered)" 'FAIL PASS PASS' 'the same recording with one more descriptor a second'
"$soak" check "$tmp/still.soak" --json >"$tmp/altered.json"
is "$(verdicts altered)" 'None None None' 'they are judged only if asked for'
done_testing
