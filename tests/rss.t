#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# RSS, second source, VMAs and page tables of a stopped target equal what /proc says of it, to the page.
. tests/tap.sh

# Waits until COMMAND succeeds, 10 s at most.
wait_for() {
  for i in $(seq 200); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.05
  done
  return 1
}

stopped() {
  pids=$(pgrep -x holder | tr '\n' ' ')
  set -- $pids
  [ $# = 2 ] && grep -q '^State:.*T' "/proc/$1/status" && grep -q '^State:.*T' "/proc/$2/status"
}

# The sum over both processes of a field of a file in /proc.
sum_of() {
  for pid in $pids; do cat "/proc/$pid/$1"; done | awk -v key="$2:" '$1 == key { sum += $2 } END { print sum * 1024 }'
}

last() {
  sql "$tmp/held.soak" "SELECT $1 FROM samples ORDER BY t_ns DESC LIMIT 1"
}

"$soak" run --quiet -a own --ops none --interval 20ms --output "$tmp/held.soak" -- "$helpers/holder" 10007 \
  >/dev/null 2>&1 &
wait_for stopped
ok $? 'the target stands still'
sleep 2 # samples are committed once a second

is "$(last 'rss_anon_bytes+rss_file_bytes+rss_shmem_bytes')" "$(sum_of smaps_rollup Rss)" 'RSS as smaps_rollup'
is "$(last rss_anon_bytes)" "$(sum_of smaps_rollup Anonymous)" 'anonymous RSS as smaps_rollup'
is "$(last 'statm_rss_bytes')" "$(sum_of smaps_rollup Rss)" 'the second source, statm'
vmas=$(for pid in $pids; do grep -v vsyscall "/proc/$pid/maps"; done | wc -l)
is "$(last vmas)" "$vmas" 'VMAs'
is "$(last pgtables_bytes)" "$(sum_of status VmPTE)" 'page tables'
is "$(last processes)" 2 'processes'
is "$(last threads)" 2 'threads'
# Other programs come and go as sharers of libc: PSS is only nearly what it was a second ago.
got=$(sql "$tmp/held.soak" 'SELECT pss_bytes FROM samples WHERE pss_bytes IS NOT NULL ORDER BY t_ns DESC LIMIT 1')
wanted=$(sum_of smaps_rollup Pss)
[ $((got * 100)) -ge $((wanted * 99)) ] && [ $((got * 99)) -le $((wanted * 100)) ]
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
  WHERE wait_status=0 AND peak_rss_bytes >= 4096*(10007-3001)")" 2 \
  'both ended well, with their peaks'
is "$(leftovers)" '' 'nothing is left behind'
done_testing
