#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# RSS, second source, VMAs and page tables of a stopped target equal what /proc says of it, to the page.
. tests/tap.sh

# Waits until the recording holds samples that were taken from now on; they are committed once a second.
sampled_anew() {
  known=$(sqlite3 -readonly "$run" 'SELECT ifnull(max(t_ns), 0) FROM samples' 2>/dev/null)
  within 10 eval '[ "$(sqlite3 -readonly "$run" "SELECT max(t_ns) > ${known:-0} + 3000000000 FROM samples")" = 1 ]'
}

# stopped PROGRAM: its last two processes have stopped themselves.
stopped() {
  pids=$(pgrep -x "$1" | tail -2 | tr '\n' ' ')
  set -- $pids
  [ $# = 2 ] && grep -q '^State:.*T' "/proc/$1/status" && grep -q '^State:.*T' "/proc/$2/status"
}

# The sum over both processes of a field of a file in /proc.
sum_of() {
  for pid in $pids; do cat "/proc/$pid/$1"; done | awk -v key="$2:" '$1 == key { sum += $2 } END { print sum * 1024 }'
}

page=$(getconf PAGESIZE)

last() {
  sql "$run" "SELECT $1 FROM samples ORDER BY t_ns DESC LIMIT 1"
}

run=$tmp/held.soak
"$soak" run --quiet -a own --ops none --interval 20ms --output "$tmp/held.soak" -- "$helpers/holder" 10007 \
  >/dev/null 2>&1 &
within 10 stopped holder
ok $? 'the target stands still'
sampled_anew

is "$(last 'rss_anon_bytes+rss_file_bytes+rss_shmem_bytes')" "$(sum_of smaps_rollup Rss)" 'RSS as smaps_rollup'
is "$(last rss_anon_bytes)" "$(sum_of smaps_rollup Anonymous)" 'anonymous RSS as smaps_rollup'
# Before Linux 6.2 it is not that of smaps_rollup: each thread adds up to 64 page events later.
statm=$(for pid in $pids; do cut -d ' ' -f 2 "/proc/$pid/statm"; done | awk '{ sum += $1 } END { print sum }')
is "$(last 'statm_rss_bytes')" "$((statm * page))" 'the second source, statm'
vmas=$(for pid in $pids; do grep -v vsyscall "/proc/$pid/maps"; done | wc -l)
is "$(last vmas)" "$vmas" 'VMAs'
is "$(last pgtables_bytes)" "$(sum_of status VmPTE)" 'page tables'
is "$(last processes)" 2 'processes'
is "$(last threads)" 2 'threads'
# Other programs come and go as sharers of libc: PSS is only nearly what it was a second ago. On a
# slow machine it is read more seldom.
pss_is_right() {
  got=$(sql "$run" 'SELECT pss_bytes FROM samples WHERE pss_bytes IS NOT NULL ORDER BY t_ns DESC LIMIT 1')
  wanted=$(sum_of smaps_rollup Pss)
  [ $((got * 100)) -ge $((wanted * 99)) ] && [ $((got * 99)) -le $((wanted * 100)) ]
}
within 30 pss_is_right
ok $? "PSS: $got, smaps_rollup says $wanted"
faults=$(for pid in $pids; do sed 's/.*) //' "/proc/$pid/stat"; done |
  awk '{ sum += $8 + $10 } END { print sum }')
got=$(last 'minflt+majflt')
# What the first process did before it was the target (some tens of faults) is not in the run.
[ "$got" -le "$faults" ] && [ "$got" -ge $((faults - 200)) ] && [ "$got" -gt 11000 ]
ok $? "faults: $got of the $faults that /proc counts since the fork"
kill -CONT $pids
wait
is "$(sql "$tmp/held.soak" "SELECT count(*) FROM processes
  WHERE wait_status=0 AND peak_rss_bytes >= $page*(10007-3001)")" 2 \
  'both ended well, with their peaks'

# Children that run in their parent's memory: it is counted once, and is not their peak.
for how in '' --no-bpf; do
  "$soak" run --quiet --ops none -i 20ms $how -o "$tmp/borrowed$how.soak" -- "$helpers/borrower" 10007 >/dev/null 2>&1 &
  borrowed() { [ "$(pgrep -cx borrower)" = 3 ] && stopped borrower; }
  within 10 borrowed
  ok $? "two children run in their parent's memory $how"
  children=$pids
  pids=$(pgrep -x borrower | head -1)
  run=$tmp/borrowed$how.soak
  sampled_anew
  rss=$(last 'rss_anon_bytes+rss_file_bytes+rss_shmem_bytes')
  held=$(sum_of smaps_rollup Rss)
  wanted=$held
  [ -z "$how" ] || wanted=$(sum_of status VmRSS)
  is "$rss" "$wanted" "RSS once $how"
  is "$(last 'statm_rss_bytes')" "$(($(cut -d ' ' -f 2 "/proc/$pids/statm") * page))" "the second source once $how"
  is "$(last pgtables_bytes)" "$(sum_of status VmPTE)" "page tables once $how"
  vmas=$(grep -vc vsyscall "/proc/$pids/maps")
  is "$(last "ifnull(vmas, $vmas)")" "$vmas" "VMAs once $how"
  is "$(last 'processes||" "||threads')" '3 3' "each process and thread $how"
  is "$(sql "$run" 'SELECT max(pss_bytes) < 1.5 * max(rss_anon_bytes) FROM samples')" 1 "PSS once $how"
  kill -CONT $children
  wait
  is "$(sql "$run" "SELECT value FROM facts WHERE key='target_exit_status'")" 0 "all ended well $how"
  step=$(sql "$run" "SELECT value FROM facts WHERE key='rss_step_bytes'")
  short=$((held > rss ? held - rss : rss - held))
  [ "$short" -le "${step:-0}" ]
  ok $? "RSS is what its pages say, but for what procfs may lag: $short of ${step:-0} bytes $how"
done
is "$(sql "$tmp/borrowed.soak" "SELECT count(*), sum(peak_rss_bytes > $page*10007) FROM processes")" '3|1' \
  'no peak but the parent is as high as the memory'
peak=$(sql "$tmp/borrowed.soak" "SELECT max(peak_rss_bytes) FROM processes WHERE comm='true'")
# Before Linux 6.16 it is that of a sample, and 0 if the program was gone before there was one.
least=100000
[ "$(printf '%s\n' 6.16 "$(uname -r)" | sort -V | head -n 1)" = 6.16 ] || [ "$peak" != 0 ] || least=-1
[ "$peak" -gt "$least" ] && [ "$peak" -lt 10000000 ]
ok $? "the peak of the program that a child executed: $peak"

# Spawned so often that many samples fall between vfork and exec.
"$soak" run --quiet --ops none -i 10ms -o "$tmp/spawned.soak" -- python3 -c '
import subprocess
memory = bytearray(b"x") * (100 << 20)
for i in range(401): subprocess.run(["/bin/true"])' >/dev/null 2>&1
is "$(sql "$tmp/spawned.soak" 'SELECT max(rss_anon_bytes) < 140 << 20, max(statm_rss_bytes) < 150 << 20,
  max(rss_anon_bytes) > 100 << 20 FROM samples')" '1|1|1' 'RSS of a program that spawns others does not double'
is "$(sql "$tmp/spawned.soak" "SELECT count(*), sum(peak_rss_bytes > 10000000) FROM processes WHERE comm='true'")" \
  '401|0' "no spawned program has its parent's peak"
is "$(leftovers)" '' 'nothing is left behind'
done_testing
