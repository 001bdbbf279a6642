#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The run file: documented, one plain file afterwards, whole; and the selftest of doctor.
. tests/tap.sh

"$soak" doctor --catalogue >"$tmp/catalogue"
sed '1,/^<!-- from here on/d' docs/run-file.md >"$tmp/documented"
cmp -s "$tmp/catalogue" "$tmp/documented"
ok $? 'docs/run-file.md is what the catalogue says (make docs)'

"$soak" run -q -d 3s -i 10ms -o "$tmp/r.soak" >/dev/null 2>&1
is "$(ls "$tmp" | grep -c 'r\.soak')" 1 'a finished recording is a single file'
is "$(sql "$tmp/r.soak" 'PRAGMA application_id')" 1397702987 'application_id'
is "$(sql "$tmp/r.soak" 'PRAGMA journal_mode')" delete 'no journal'
is "$(sql "$tmp/r.soak" 'PRAGMA integrity_check')" ok 'integrity'
for fact in $(sql "$tmp/r.soak" 'SELECT key FROM facts'); do
  grep -Eq "^\| ([a-z_0-9]+, )*$fact(, [a-z_0-9]+)* \|" docs/run-file.md || missing="$missing $fact"
done
is "$missing" '' 'every fact is documented'
counters=$(sed -n 's/^| \([a-z_]*\) | [a-z]* | [a-z ]*counter .*/\1/p' docs/run-file.md)
for metric in $counters; do
  steps="SELECT $metric - lag($metric) OVER (ORDER BY t_ns) AS d FROM samples WHERE $metric IS NOT NULL"
  falls=$(sql "$tmp/r.soak" "SELECT count(*) FROM ($steps) WHERE d < 0")
  [ "$falls" = 0 ] || fell="$fell $metric"
done
is "$fell" '' 'no counter ever falls'
[ -n "$counters" ]
ok $? 'there are counters in the documentation'
is "$("$soak" export "$tmp/r.soak" | wc -l)" "$(($(sql "$tmp/r.soak" 'SELECT count(*) FROM samples') + 1))" \
  'the CSV export has a line for each sample, and a header'
"$soak" export "$tmp/r.soak" --table churn --format json | python3 -m json.tool >/dev/null
ok $? 'the JSON export is JSON'
cp "$tmp/r.soak" "$tmp/wide.soak"
sql "$tmp/wide.soak" "CREATE TABLE wide($(seq -s, -f 'c%.0f' 300)); INSERT INTO wide(c1, c300) VALUES(7, 8)"
is "$("$soak" export "$tmp/wide.soak" --table wide | tr -d , | tail -1)" 78 'a table of many columns is exported whole'
"$soak" check "$tmp/r.soak" --json | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE")
assert {"from_s", "to_s"} <= set(j["steady"]) and "losses" in j
rules = [r["rule"] for r in j["rules"]]
assert {"syscall_budget", "rss_drift", "rss_monotonic", "fault_growth", "throughput_drop",
        "throughput_cv", "crosscheck"} <= set(rules), rules
for r in j["rules"]:
    assert {"rule", "verdict", "estimate", "low", "high", "target", "unit", "reason"} <= set(r), r
'
ok $? 'check --json has the promised shape'

"$soak" doctor --selftest >"$tmp/selftest"
is $? 0 'doctor --selftest finds all that it planted'
like "$(cat "$tmp/selftest")" '^ok .*10007.*10007' 'among it 10007 mmaps'
[ "$(grep -c WRONG "$tmp/selftest")" = 0 ] || sed 's/^/# /' "$tmp/selftest"

# A metric that was not known when the file was made is one that was not measured.
cp "$tmp/r.soak" "$tmp/old.soak"
for metric in imported_ops speed_ns vmas; do
  sql "$tmp/old.soak" "ALTER TABLE samples DROP COLUMN $metric"
done
verdicts() {
  "$soak" check "$1" | awk 'NF && $1 ~ /^(PASS|FAIL|INCONCLUSIVE)$/ { print $1, $2 }' | tail -n +2
}
is "$(verdicts "$tmp/old.soak")" "$(verdicts "$tmp/r.soak")" 'a file from before some metrics: judged as ever'
"$soak" plot "$tmp/old.soak" -o "$tmp/old.svg" >/dev/null && "$soak" audit "$tmp/old.soak" >/dev/null
is $? 0 'and drawn, and accounted for'

# Damaged pages are an error wherever a run is read, not the end of the data.
pages=$(sql "$tmp/r.soak" 'PRAGMA page_count')
size=$(sql "$tmp/r.soak" 'PRAGMA page_size')
silent=
for page in 2 $((pages / 2)) $((pages * 2 / 3)) $((pages - 1)); do
  cp "$tmp/r.soak" "$tmp/bad.soak"
  head -c 512 /dev/zero | tr '\000' '\377' |
    dd of="$tmp/bad.soak" bs=1 seek=$((size * (page - 1))) conv=notrunc 2>/dev/null
  for verb in check audit export "plot -o $tmp/bad.svg" "compare $tmp/r.soak"; do
    "$soak" $verb "$tmp/bad.soak" >"$tmp/out" 2>"$tmp/err"
    code=$?
    { [ $code -eq 2 ] || [ $code -eq 4 ]; } && [ "$(grep -c 'bad.soak is damaged' "$tmp/err")" = 1 ] ||
      silent="$silent page $page of $pages, $verb: exit $code;"
  done
done
is "$silent" '' 'a damaged page is an error of every verb'

# Nor is an error that comes later, in the middle of a query's rows: a sum that overflows.
"$soak" run --quiet --duration 7s --output "$tmp/late.soak" -- python3 -c 'import mmap, time
while True: mmap.mmap(-1, 4096).close(); time.sleep(0.01)' >/dev/null 2>&1
is "$("$soak" check "$tmp/late.soak" >/dev/null 2>&1; "$soak" audit "$tmp/late.soak" >/dev/null; echo $?)" 0 \
  'a run with calls is accounted for'
sql "$tmp/late.soak" 'UPDATE callers SET calls = 9223372036854775807; UPDATE churn SET calls = 9223372036854775807'
silent=
for verb in check 'check --json' audit 'audit --by syscall' "plot -o $tmp/late.svg" "compare $tmp/r.soak" plan; do
  "$soak" $verb "$tmp/late.soak" >"$tmp/out" 2>"$tmp/err"
  code=$?
  [ $code -eq 4 ] && [ "$(grep -c 'late.soak is damaged: integer overflow' "$tmp/err")" = 1 ] ||
    silent="$silent $verb: exit $code;"
done
is "$silent" '' 'an error in the middle of the rows is an error of every verb that adds them up'

"$soak" run --quiet --duration 20s --ops none --output "$tmp/growing.soak" -- sleep 30 >/dev/null 2>&1 &
growing=$!
within 10 sh -c "[ \"\$(sqlite3 -readonly '$tmp/growing.soak' 'SELECT count(*) > 0 FROM samples')\" = 1 ]"
like "$("$soak" check "$tmp/growing.soak")" 'still recording' 'a growing recording is still recording'
kill "$growing"
wait "$growing"
like "$("$soak" check "$tmp/growing.soak")" 'how it ended:' 'and then it has ended'

# Warnings of what is missing come before the start, and one event says that all probes were left out.
"$soak" run --quiet --no-bpf --no-perf --duration 1s --output "$tmp/bare.soak" -- sleep 2 >/dev/null 2>&1
is "$(sql "$tmp/bare.soak" "SELECT count(*) > 0, min(t_ns) >= 0, max(t_ns) < 60e9 FROM events
  WHERE kind = 'warning'")" \
  '1|1|1' 'what is warned of before the start has no other time'
is "$(sql "$tmp/bare.soak" "SELECT count(*), sum(text = 'kernel probes: left out, by --no-bpf') FROM events
  WHERE kind = 'absent' AND text NOT LIKE 'programs that counted none%'")" '1|1' \
  'probes that were left out: said once, and by what'

# Many runs at once need no large stack.
is "$(ulimit -s 512; "$soak" check "$tmp/bare.soak" >/dev/null 2>&1; echo $?)" \
  "$("$soak" check "$tmp/bare.soak" >/dev/null 2>&1; echo $?)" 'half a MiB of stack is enough to judge'

"$soak" doctor >"$tmp/doctor"
is $? 0 'doctor: this machine allows all that counting needs'
is "$(grep 'probe:' "$tmp/doctor" | grep -vc '^ok\|32-bit entry .*the kernel has no kprobes')" 0 \
  'every probe loads and attaches here, but for one that needs kprobes'
is "$(leftovers)" '' 'nothing is left behind'
done_testing
