#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# soak plan: lengths for given programs, in words and as JSON, and what it refuses. That runs of these lengths are
# decided as promised is shown by tests/judge_plan.c.
. tests/tap.sh

out=$("$soak" plan --set throughput_drop=off --set throughput_cv=off)
is $? 0 'a plan: exit status 0'
like "$out" 'syscall_budget +1e-08 calls/op +7.4 s: 3.69e\+08 ops' 'no call in 3.69 / target ops'
like "$out" '--duration [0-9]+m' 'and what to give to soak run'
"$soak" plan --budget 1e-9 --ops-rate 5M --set rss_drift=off --set throughput_drop=off --json >"$tmp/json"
is "$(python3 -c "
import json
rule = json.load(open('$tmp/json'))['rules'][0]
print(rule['rule'], round(rule['pass_s'], 1), round(rule['pass_ops'] / 1e9, 3))")" 'syscall_budget 737.8 3.689' 'JSON'
length() {
  "$soak" plan --set throughput_drop=off --json "$@" |
    python3 -c "import json, sys; print(int(json.load(sys.stdin)['rules'][1]['pass_s']))"
}
like "$("$soak" plan --set throughput_drop=off --set throughput_cv=off --set memory_drift=2)" \
  'memory_drift +2 %/h +[0-9.]+ ' \
  'memory_drift by its own target'
usual=$(length)
[ "$(length --noise 4%)" -gt "$(length --noise 1%)" ]
ok $? 'noise makes it longer'
[ "$(length --memory 1m)" -gt "$usual" ]
ok $? 'so does noise that remembers'
cv_length() {
  "$soak" plan --set rss_drift=off --set throughput_drop=off --ops-noise 1% --json "$@" |
    python3 -c 'import json, sys; print(*[int(r["pass_s"]) for r in json.load(sys.stdin)["rules"]
      if r["rule"] == "throughput_cv"])'
}
[ "$(cv_length --memory 30s)" -gt $((5 * $(cv_length))) ]
ok $? 'it does so for the scatter of ops/s, too'
[ "$(length --drift 1)" -gt "$usual" ]
ok $? 'and a lower target'
like "$("$soak" plan --set rss_drift=off --set syscall_rate=10)" 'syscall_rate +10 calls/s +0.4 s +1.7 s' \
  'calls per second are planned where they are asked for'
! "$soak" plan --set rss_drift=off | grep -q syscall_rate
ok $? 'and only there'
out=$("$soak" plan --set rss_drift=off --ops-noise 3%)
is $? 3 'ops/s less even than allowed: exit status 3'
like "$out" 'throughput_cv +2 % +no run of 30 days' 'and it says which rule'
like "$("$soak" plan --rss many 2>&1)" 'many is not a quantity; write' 'a quantity that is none'
like "$("$soak" plan --violation 1 2>&1)" 'more than once' 'a violation that is none'

# An imported run has RSS and ops of its own.
awk 'BEGIN {
  print "s,rss,ops"
  for (i = 0; i < 600; i++)
    printf "%d,%d,%d\n", i, 734003200 + 4096 * (i % 3), 3e6 * i
}' >"$tmp/series.csv"
"$soak" import "$tmp/series.csv" --time s --rss rss --ops ops -o "$tmp/imported.soak" >/dev/null
like "$("$soak" plan "$tmp/imported.soak")" '^3 M/s ops.*RSS 700.0 MiB' \
  'an imported run: planned by its RSS and its ops'
like "$("$soak" plan "$tmp/json" 2>&1)" "$tmp/json" 'a file that is no run'

done_testing
