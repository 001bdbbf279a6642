#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak attach to programs that start processes or threads at that very moment: each is followed, by
# both sources, or the run says that it may lack some. ROUNDS=200 tests/attach_storm.t attaches so
# often to each kind; MODES names the kinds.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'

rounds=${ROUNDS:-3}
off='--set syscall_budget=off --set rss_drift=off --set rss_monotonic=off --set memory_drift=off --set fault_growth=off
  --set throughput_drop=off --set throughput_cv=off'
cold="SELECT coalesce(sum(calls), 0) FROM churn WHERE syscall = 'madvise' AND kind = 'cold'"
storm=
trap '[ -z "$storm" ] || kill "$storm"; rm -rf "$tmp"' EXIT

has_samples() {
  [ -s "$tmp/run.soak" ] &&
    [ "$(sqlite3 -readonly "$tmp/run.soak" 'SELECT count(*) > 0 FROM samples')" = 1 ]
}

has_lines() {
  [ "$(wc -l <"$tmp/out")" -ge "$1" ]
}

# attach MODE [N]: once; prints right, told or what is wrong.
attach() {
  : >"$tmp/out"
  rm -f "$tmp/run.soak"
  "$helpers/storm" "$@" >"$tmp/out" &
  storm=$!
  within 20 has_lines 1
  [ "$1" = idle ] || [ "$1" = crowd ] || sleep 0.2 # until short ones and keepers of every age are there
  env --default-signal=INT "$soak" attach "$storm" -q --force -i 50ms -o "$tmp/run.soak" $off \
    >"$tmp/verdict" 2>"$tmp/errors" &
  pid=$!
  within 30 has_samples || echo "no sample"
  kill -USR1 "$storm"
  within 30 has_lines 2 || echo "no answer"
  kill -INT "$pid"
  wait "$pid"
  code=$?
  kill "$storm"
  wait "$storm"
  storm=
  made=$(sed -n 2p "$tmp/out") counted=$(sql "$tmp/run.soak" "$cold")
  case $code in
  0) [ "$made" = "$counted" ] && echo right || echo "PASS, and $counted of $made calls counted" ;;
  3) echo "told: $(grep -A 2 'INCONCLUSIVE crosscheck' "$tmp/verdict" | sed -n 2,3p | tr -s ' \n' ' ')" ;;
  *) echo "exit $code: $(cat "$tmp/errors" "$tmp/verdict" | tr '\n' ' ')" ;;
  esac
}

for mode in ${MODES:-processes threads idle}; do
  round=0
  : >"$tmp/results"
  while [ $((round += 1)) -le "$rounds" ]; do
    attach "$mode" >>"$tmp/results"
  done
  is "$(grep -v -e '^right' -e '^told' "$tmp/results")" '' "$mode: nothing wrong in $rounds attaches"
  right=$(grep -c '^right' "$tmp/results")
  echo "# $mode: $right of $rounds exact"
  grep '^told' "$tmp/results" | sort | uniq -c | sed 's/^/# /'
  [ "$((right * 3))" -ge "$rounds" ]
  ok $? "$mode: and not all of them inconclusive"
done

# More threads than a usual limit allows descriptors, more than a table of 4096 would hold.
is "$(ulimit -Sn 1024; attach crowd 2503)" right '2503 threads, under a soft limit of 1024 descriptors'
is "$(sql "$tmp/run.soak" 'SELECT max(threads), (SELECT count(*) FROM crosscheck WHERE bpf != perf)
  FROM samples')" '2504|0' 'all of them seen, by both sources'
result=$(attach crowd 5003)
case $result in
right) ok 0 '5003 threads' ;;
*) like "$result" '^told: .* 5004 threads need 35028 descriptors, and the limit is' \
  '5003 threads: told that the limit is below' ;;
esac
is "$(sql "$tmp/run.soak" "SELECT max(threads) FROM samples; $cold")" "5004
$(sed -n 2p "$tmp/out")" 'and counted nevertheless'

# ---- the price -----------------------------------------------------------------------------------

# A pass looks at all tasks of the system: few are made, however many processes there are.
if command -v strace >/dev/null; then
  sh -c 'for i in 1 2 3 4 5; do for j in 1 2 3 4 5 6 7 8; do sleep 1000 & done; done; wait' &
  storm=$!
  within 20 eval '[ "$(pgrep -c -P "$storm" sleep)" -eq 40 ]'
  strace -o "$tmp/trace" -e trace=bpf "$soak" attach "$storm" -q --force -d 200ms \
    -o "$tmp/run.soak" $off >"$tmp/verdict" 2>&1
  kill $(pgrep -P "$storm") "$storm"
  wait "$storm"
  storm=
  passes=$(grep -c BPF_ITER_CREATE "$tmp/trace")
  [ "$passes" -gt 0 ] && [ "$passes" -lt 40 ]
  ok $? "$passes passes over all tasks for 41 processes"
else
  ok 0 'passes over all tasks: SKIP no strace'
fi

# ---- the limit on descriptors --------------------------------------------------------------------

# limited HOW LIMIT: attaches to 30 threads and processes and more, which take 7 descriptors each.
limited() {
  : >"$tmp/out"
  "$helpers/storm" idle >"$tmp/out" &
  storm=$!
  within 20 has_lines 1
  setpriv --bounding-set -sys_resource sh -c "ulimit $1 $2; exec \"\$@\"" sh \
    "$soak" attach "$storm" -q --force -d 200ms -o "$tmp/run.soak" $off >"$tmp/verdict" 2>&1
  code=$?
  kill "$storm"
  wait "$storm"
  storm=
}

limited -Sn 200
is "$code" 0 'a soft limit of 200 descriptors is raised'
limited -n 200
is "$code" 3 'a hard limit of 200 descriptors: no second source'
like "$(cat "$tmp/verdict")" 'threads need [0-9]+ descriptors, and the limit is 200' 'and it says so'
is "$(ulimit -Sn 300; "$soak" run -q -f --ops none -o "$tmp/run.soak" -- sh -c 'ulimit -Sn >&2' \
  2>&1 >/dev/null | head -1)" 300 'a target started keeps the limit that soak was given'
done_testing
