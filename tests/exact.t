#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 900
# Counts equal the ground truth: over threads, forks, vforks and execs, against perf_event and against strace.
. tests/tap.sh

record() {
  file=$1
  shift
  "$soak" run --quiet --force -a own --ops none --output "$file" -- "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
}

cold="SELECT sum(calls) FROM churn WHERE syscall='madvise' AND kind='cold'"
mismatches="SELECT count(*) FROM crosscheck WHERE bpf IS NOT perf"

# A third of a million calls, twenty times: 4 processes x 8 threads x 2 images x 5003, and vforks.
wanted=$((4 * 8 * 2 * 5003 + 4 * 2 * 7))
exact=0
agree=0
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  record "$tmp/million.soak" "$helpers/churner" 4 8 1 5003
  got=$(sql "$tmp/million.soak" "$cold")
  [ "$got" = "$wanted" ] && exact=$((exact + 1)) || echo "# round $round: got $got, wanted $wanted"
  [ "$(sql "$tmp/million.soak" "$mismatches")" = 0 ] && agree=$((agree + 1)) ||
    sql "$tmp/million.soak" 'SELECT * FROM crosscheck' | sed 's/^/# /'
done
is "$exact" 20 "$wanted calls by 8 threads in 4 processes over an exec: exact 20 times of 20"
is "$agree" 20 'perf_event agrees to the call, 20 times of 20'

# The same totals by process, latency and samples.
is "$(sql "$tmp/million.soak" 'SELECT count(*), sum(time_ns) FROM latency, churn')" '0|' \
  'latency is not measured unless it is asked for'
gains="SELECT sum(calls) FROM churn WHERE syscall='madvise'"
is "$(sql "$tmp/million.soak" "SELECT max(madvise) - ($gains) FROM samples")" 0 \
  'the last sample holds as many calls as the table of gains'
is "$(sql "$tmp/million.soak" 'SELECT count(*), sum(peak_rss_bytes > 0) FROM processes WHERE wait_status=0')" '12|4' \
  'all 12 processes (4, and a vfork for each of their 8 images) ended well; the 4 have a peak RSS of their own'

# More processes at once than the table holds: totals stay exact, and the file says so.
record "$tmp/crowd.soak" "$helpers/crowd" 1499 101
is "$(sql "$tmp/crowd.soak" "$cold")" $((1499 * 101)) 'exact with 1500 processes at once'
is "$(sql "$tmp/crowd.soak" "SELECT value > 400 FROM facts WHERE key='overflowed'")" 1 'some had no slot'
is "$(sql "$tmp/crowd.soak" "$mismatches")" 0 'perf_event agrees on them'

# With latency: the same counts, each in its histogram.
"$soak" run -q -f --latency -a own --ops none -o "$tmp/latency.soak" -- "$helpers/churner" 4 8 1 1009 >"$tmp/out" 2>&1
is "$(sql "$tmp/latency.soak" "$cold")" $((4 * 8 * 2 * 1009 + 4 * 2 * 7)) 'exact with --latency'
is "$(sql "$tmp/latency.soak" "SELECT sum(l.calls)-(SELECT sum(calls) FROM churn) FROM latency l")" 0 \
  'the latency histograms hold as many calls as were counted'
is "$(sql "$tmp/latency.soak" "$mismatches")" 0 'perf_event agrees with --latency'
gains='SELECT sum(time_ns) FROM churn'
is "$(sql "$tmp/latency.soak" "SELECT max(churn_ns) > 0 AND max(churn_ns) = ($gains) FROM samples")" \
  1 'the samples hold the same time in these calls as the table of gains'

# Every kind, in a child: prime counts, lengths, errors.
record "$tmp/kinds.soak" "$helpers/kinds"
cp "$tmp/out" "$tmp/planted"
while read -r call kind calls bytes; do
  case $call in
  mmap | madvise | mremap | brk | mprotect | process_madvise | munmap) ;;
  *) continue ;;
  esac
  # The other parts of the helper map 5 more pages of anonymous memory.
  if [ "$call $kind" = 'mmap anon' ]; then
    calls=$((calls + 5))
    bytes=$((bytes + (2 + 64 + 64 + 1 + 1) * 4096))
  fi
  where="process=2 AND syscall='$call' AND kind='$kind'"
  is "$(sql "$tmp/kinds.soak" "SELECT sum(calls), sum(bytes) FROM churn WHERE $where")" \
    "$calls|$bytes" "$call $kind"
done <"$tmp/planted"
# Before Linux 6.13 some advice is invalid.
advice="syscall = 'process_madvise' AND errno = 'EINVAL'"
errors="SELECT * FROM errors WHERE process=2 AND NOT ($advice) ORDER BY syscall, errno"
is "$(sql "$tmp/kinds.soak" "SELECT group_concat(syscall||' '||errno||' '||calls, ', ') FROM ($errors)")" \
  'madvise EINVAL 59, mmap ENOMEM 11, mremap ENOMEM 3, process_madvise other 4' 'errors by class'

# Against strace, whose counts are an independent program's.
strace_count() {
  awk -v call="$2" '$NF == call { print $4; found = 1 } END { if (!found) print 0 }' "$1"
}

total() {
  sql "$tmp/$1.soak" "SELECT max($2) FROM samples"
}

compare() {
  name=$1
  shift
  setarch -R strace -f -c -o "$tmp/strace" "$@" >/dev/null 2>&1 </dev/null
  record "$tmp/same.soak" setarch -R "$@"
  # setarch is one more image: its own calls are known by running it alone.
  record "$tmp/alone.soak" setarch -R setarch -R true
  record "$tmp/once.soak" setarch -R true
  for call in mmap munmap madvise mremap brk mprotect; do
    extra=$(($(total alone "$call") - $(total once "$call")))
    got=$(($(total same "$call") - extra))
    is "$got" "$(strace_count "$tmp/strace" "$call")" "$name: $call as strace counts it"
  done
}

compare 'threads and forks' "$helpers/churner" 3 5 1 101
compare 'sqlite3' sqlite3 :memory: 'create table t(a); insert into t values(1),(2),(3); select sum(a) from t'
compare 'python3' /usr/bin/python3 -S -E -c 'x = [bytes(1000) for i in range(20000)]'
printf 'int main(void) { return 0; }\n' >"$tmp/x.c"
compare 'gcc' gcc -O1 -c "$tmp/x.c" -o "$tmp/x.o"

is "$(leftovers)" '' 'nothing is left behind'
done_testing
