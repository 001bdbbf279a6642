# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests in containers share. Source it after tap.sh.

# program FILE FUNCTION CALLS: which makes so many madvises by that function, and sleeps.
program() {
  ${CC:-cc} -O1 -DNAME="$2" -DCALLS="$3" -o "$1" tests/helpers/planted/caller.c
}
# calls FILE: of each caller.
calls() {
  sql "$1" "SELECT p.caller, sum(c.calls), certainty FROM callers c JOIN places p ON p.id=c.place
    WHERE c.syscall='madvise' AND p.caller GLOB '*er\`*' GROUP BY 1 ORDER BY 1" |
    sed 's/+0x[0-9a-f]*//' | tr '|\n' '  '
}
cold_calls() {
  sql "$1" "SELECT sum(calls) FROM churn WHERE syscall='madvise' AND kind='cold'"
}
agreement() {
  sql "$1" 'SELECT count(*), sum(bpf = perf) FROM crosscheck'
}
highest_rss() {
  sql "$1" 'SELECT max(rss_anon_bytes + rss_file_bytes + rss_shmem_bytes) FROM samples'
}
# Processes that began before the run or after its end by the recording's own clock.
strays() {
  sql "$1" "SELECT count(*) FROM processes WHERE start_ns < 0 OR end_ns < start_ns OR
    end_ns > (SELECT value FROM facts WHERE key='end_ns') + 1000000000"
}
# sampled FILE: is it being recorded?
sampled() {
  [ "$(sqlite3 -readonly "$1" 'SELECT count(*) > 1 FROM samples' 2>/dev/null)" = 1 ]
}

# rss_of FILE: of smaps_rollups' lines.
rss_of() {
  awk '/^Rss:/ { sum += $2 } END { print sum * 1024 }' "$@"
}
# attach_here PUPPET SOAK FILE: soak attaches to a puppet where both run. Prints the RSS of the puppet and its child.
cat >"$tmp/attach_here" <<'EOF'
mkfifo in
"$1" <in >told &
puppet=$!
exec 3>in
until grep -q ready told; do sleep 0.05; done
"$2" attach $puppet --quiet -o "$3" -i 20ms >judged 2>err &
until [ "$(sqlite3 -readonly "$3" 'SELECT count(*) > 1 FROM samples' 2>/dev/null)" = 1 ]; do
  sleep 0.05
done
echo 'calls 10007' >&3
until [ "$(wc -l <told)" = 2 ]; do sleep 0.05; done
sleep 0.1
cat /proc/$puppet/smaps_rollup /proc/$(pgrep -P $puppet)/smaps_rollup
echo 'exit 0' >&3
wait $!
EOF
