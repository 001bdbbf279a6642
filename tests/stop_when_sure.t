#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --stop-when-sure: a leak ends its run at the first look, a flat program that needs more looks gets them, and check
# agrees with the verdict at the end. That all looks together err no more than promised: tests/judge_looks.c.
. tests/tap.sh

off='--set syscall_budget=off --set fault_growth=off --set throughput_drop=off --set throughput_cv=off'
cat >"$tmp/leak.ini" <<END
[target]
command = $BUILD/bin/bench_planted leak 65536 256 150
allocator = own
[run]
ops = none
duration = 2m
stop-when-sure = yes
output = $tmp/leak.soak
[rules]
rss_drift = 100
END
echo "$off" | sed 's/--set \([a-z_]*\)=off */\1 = off\n/g' >>"$tmp/leak.ini"
# shellcheck disable=SC2086
{
  "$soak" run --quiet "$tmp/leak.ini" >"$tmp/leak" 2>&1 &
  leak=$!
  "$soak" run --quiet -a own --ops none -d 2m --stop-when-sure --set rss_drift=5 $off -o "$tmp/flat.soak" \
    -- "$helpers/rssplay" flat 150 >"$tmp/flat" 2>&1
  flat=$?
  wait "$leak"
  leak=$?
}
is "$leak" 1 'a leak: exit status 1'
like "$(cat "$tmp/leak")" 'how it ended: the verdict was sure at look 1 of 3, confidence 98.33 %' \
  'after the first look'
ended=$(sql "$tmp/leak.soak" "SELECT CAST(value AS INT) FROM facts WHERE key = 'duration_s'")
[ "$ended" -lt 45 ]
ok $? "long before its time was over (after $ended s)"
is "$(sql "$tmp/leak.soak" "SELECT value FROM facts WHERE key = 'confidence'")" 0.983333333 'the confidence is recorded'
is "$flat" 0 'a flat program: exit status 0'
like "$(cat "$tmp/flat")" 'how it ended: the verdict was sure at look [12] of 3' 'it need not run to the end either'
for name in leak flat; do
  # shellcheck disable=SC2086
  is "$("$soak" check --set "rss_drift=$([ $name = leak ] && echo 100 || echo 5)" $off "$tmp/$name.soak")" \
    "$(grep -v '^soak:\|^the target' "$tmp/$name")" "$name: check says what was said at the end"
done
until=$(sql "$tmp/leak.soak" "SELECT value FROM facts WHERE key = 'judged_until_s'")
# shellcheck disable=SC2086
"$soak" check --json $off "$tmp/leak.soak" >"$tmp/json"
is "$(python3 -c "import json; print(abs(json.load(open('$tmp/json'))['steady']['to_s'] - $until) < 1e-6)")" True \
  'and looks at no sample that the deciding look did not see'
"$soak" run --stop-when-sure -- true >"$tmp/out" 2>"$tmp/err"
is $? 2 'without an end: exit status 2'
like "$(cat "$tmp/err")" 'needs a limit of time: --duration' 'and it says what is missing'
done_testing
