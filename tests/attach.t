#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak attach: counts every call of a process with threads and a child from then on, by both
# sources, and leaves it as it was.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'

mark=SOAK_ATTACH=$tmp
off='--set syscall_budget=off --set rss_drift=off --set rss_monotonic=off --set memory_drift=off --set fault_growth=off
  --set throughput_drop=off --set throughput_cv=off'
cold="SELECT sum(calls) FROM churn WHERE syscall = 'madvise' AND kind = 'cold'"
puppet=
storm=
helpers_puppet=$helpers/puppet
mkfifo "$tmp/in"
trap '' PIPE # orders to a puppet that has been killed
cleanup() {
  [ -z "$storm" ] || kill -9 "$storm"
  [ -z "$puppet" ] || kill -9 "$puppet" $(pgrep -P "$puppet") 2>/dev/null
  "$helpers/leftovers" "$mark" 0 | sed -n 's/^process \([0-9]*\) .*/\1/p' | xargs -r kill -9
  rm -rf "$tmp"
}
trap cleanup EXIT

has_lines() {
  [ "$(wc -l <"$tmp/out")" -ge "$1" ]
}

# puppet_start [MODE [VARIABLE=VALUE]]: as $puppet; its orders go to descriptor 3.
puppet_start() {
  : >"$tmp/out"
  env ${2:-A=B} "$helpers_puppet" $1 <"$tmp/in" >>"$tmp/out" &
  puppet=$!
  exec 3>"$tmp/in"
  lines=1
  within 20 has_lines 1
}

# order WORDS: and wait until it has been obeyed.
order() {
  echo "$1" >&3
  lines=$((lines + 1))
  within 20 has_lines "$lines"
}

# puppet_ends STATUS NAME: it still runs, obeys, and ends as it is told.
puppet_ends() {
  state=$(sed -n 's/^State:.\([A-Z]\).*/\1/p' "/proc/$puppet/status")
  like "$state" '^[SR]$' "$2: the process still runs"
  order 'calls 12'
  ok $? "$2: and does what it did"
  echo "exit $1" >&3
  exec 3>&-
  wait "$puppet"
  is "$?" "$1" "$2: its exit status is its own"
  puppet=
}

has_samples() {
  [ -s "$tmp/$1.soak" ] &&
    [ "$(sqlite3 -readonly "$tmp/$1.soak" 'SELECT count(*) > 1 FROM samples')" = 1 ]
}

# soak_start FILE OPTION...: attaches to the puppet; waits until it is observed.
soak_start() {
  file=$1
  shift
  rm -f "$tmp/$file.soak"
  env --default-signal=INT "$mark" "$soak" attach ${attach_to:-"$puppet"} -q -o "$tmp/$file.soak" $off "$@" \
    >"$tmp/stdout" 2>"$tmp/stderr" </dev/null 3>&- &
  pid=$!
  within 20 has_samples "$file"
}

# A zombie has ended, whether the shell has reaped it yet or not.
has_ended() {
  ! grep -q '^State:.[^Z]' "/proc/$1/status"
}

# soak_ends PID CODE NAME: within 20 s.
soak_ends() {
  within 20 has_ended "$1" || kill -9 "$1"
  wait "$1" 2>/dev/null
  is "$?" "$2" "$3: exit code"
}

reason() {
  sql "$tmp/$1.soak" "SELECT value FROM facts WHERE key = 'end_reason'"
}

# Both sources have seen all seven system calls, equally often.
agreement() {
  sql "$tmp/$1.soak" 'SELECT count(*), sum(bpf = perf) FROM crosscheck'
}

# ---- exact counts, two observers -----------------------------------------------------------------

name='two observers'
puppet_start
order 'calls 5003' # before anybody looks: not counted
soak_start one
one=$pid
order 'calls 10007'
soak_start two
two=$pid
order 'calls 1009'
kill -INT "$one"
soak_ends "$one" 0 "$name: the first"
order 'calls 101'
kill -TERM "$two"
soak_ends "$two" 0 "$name: the second"
is "$(reason one) $(reason two)" 'interrupted by SIGINT interrupted by SIGTERM' "$name: reasons"
is "$(sql "$tmp/one.soak" "$cold")" $((10007 + 1009)) "$name: calls while the first was there"
is "$(sql "$tmp/two.soak" "$cold")" $((1009 + 101)) "$name: calls while the second was there"
is "$(sql "$tmp/one.soak" "$cold GROUP BY process ORDER BY 1" | tr '\n' ' ')" '5507 5509 ' \
  "$name: threads of each process"
is "$(agreement one) $(agreement two)" '7|7 7|7' "$name: the cross-check agrees"
is "$(sql "$tmp/one.soak" "SELECT perf FROM crosscheck WHERE syscall = 'madvise'")" 11016 \
  "$name: so many by perf"
like "$(sql "$tmp/one.soak" "SELECT value FROM facts WHERE key = 'ops_absent'")" 'publishes no ops' \
  "$name: ops are absent with a reason"
is "$(sql "$tmp/one.soak" 'SELECT max(processes), max(threads), min(rss_anon_bytes) > 0
  FROM samples')" '2|8|1' "$name: processes, threads, RSS"
puppet_ends 7 "$name"
is "$("$helpers/leftovers" "$mark" 10)" '' "$name: nothing is left"

# ---- a process without its first thread ----------------------------------------------------------

name='a process whose first thread has left by pthread_exit'
puppet_start headless
soak_start headless
order 'calls 1013'
within 20 eval '[ "$(sql "$tmp/headless.soak" "$cold")" = 1013 ]'
kill -INT "$pid"
soak_ends "$pid" 0 "$name"
is "$(sql "$tmp/headless.soak" "$cold") $(agreement headless)" '1013 7|7' "$name: counts"
is "$(sql "$tmp/headless.soak" 'SELECT min(rss_anon_bytes) > 0, min(statm_rss_bytes) > 0,
  min(pss_bytes) > 0, max(processes), max(threads) FROM samples')" '1|1|1|2|9' "$name: memory, threads"
is "$(sql "$tmp/headless.soak" "SELECT sum(c.calls) FROM callers c JOIN places p ON p.id = c.place
  WHERE p.caller GLOB 'puppet\`serve+*'")" 1013 "$name: callers have names"
echo "exit 6" >&3
exec 3>&-
wait "$puppet"
is "$?" 6 "$name: its exit status is its own"
puppet=

# ---- by name, by unit, several -------------------------------------------------------------------

# wants FILE NAME PIDS: what reports call it.
wants() {
  like "$(sql "$tmp/$1.soak" "SELECT value FROM facts WHERE key = 'attached'")" "^$3$" "$name: PIDs"
  like "$("$soak" check $off "$tmp/$1.soak" | head -1)" "^PASS +$2 under glibc" "$name: the verdict names it"
}

cp "$helpers/puppet" "$tmp/a-puppet-with-a-long-name"
helpers_puppet=$tmp/a-puppet-with-a-long-name

name='by name'
puppet_start
attach_to=a-puppet-with-a-long-name soak_start named
order 'calls 1009'
kill -INT "$pid"
soak_ends "$pid" 0 "$name"
is "$(sql "$tmp/named.soak" "$cold")" 1009 "$name: counts"
wants named a-puppet-with-a-long-name "$puppet"
(cd "$tmp" && "$soak" attach a-puppet-with-a-long-name -q -d 100ms $off >/dev/null)
like "$(ls "$tmp")" '^soak-a-puppet-with-a-long-name-[0-9]{8}-[0-9]{6}\.soak$' "$name: so is the file"
rm -f "$tmp"/soak-a-puppet*
"$helpers/storm" idle >"$tmp/storm" &
storm=$!
within 20 eval '[ -s "$tmp/storm" ]'
mkfifo "$tmp/twin"
exec 4<>"$tmp/twin"
"$tmp/a-puppet-with-a-long-name" <&4 >/dev/null &
twin=$!
within 20 eval 'pgrep -P "$twin"'
like "$("$soak" attach a-puppet-with-a-long-name -d 1s -o "$tmp/none.soak" 2>&1)" \
  "2 processes are called a-puppet-with-a-long-name: .*( $puppet $twin| $twin $puppet)$" \
  "$name: two of that name, not counting their children"
kill -9 $(pgrep -P "$twin") "$twin"
wait "$twin" 2>/dev/null

name='several'
attach_to="$storm $puppet" soak_start several
order 'calls 1013'
kill -USR1 "$storm"
within 20 eval '[ "$(wc -l <"$tmp/storm")" -ge 2 ]'
kill -INT "$pid"
soak_ends "$pid" 0 "$name"
is "$(sql "$tmp/several.soak" "$cold")" $((1013 + $(sed -n 2p "$tmp/storm"))) "$name: counts of both"
wants several 'storm, a-puppet-with-a-long-name' "$storm $puppet"
like "$(sql "$tmp/several.soak" "SELECT value FROM facts WHERE key = 'ops_absent'")" 'several' \
  "$name: ops are those of none"

name='several, of which a later one fails'
sleep 1000 &
first=$!
mkfifo "$tmp/go"
sh -c 'read -r go; exit 3' <"$tmp/go" &
failing=$!
exec 4>"$tmp/go"
"$soak" attach "$first" "$failing" -q -o "$tmp/failing.soak" 4>&- >/dev/null 2>&1 &
watcher=$!
within 20 has_samples failing
exec 4>&- # which ends it
rm "$tmp/go"
wait "$failing"
kill "$first"
wait "$watcher"
like "$("$soak" check "$tmp/failing.soak")" "the target process $failing \\(sh\\) ended with exit status 3" \
  "$name: it is named"
like "$("$soak" check "$tmp/failing.soak")" '^ *FAIL +target_exit' "$name: and fails the run"
wait "$first"

name='a unit'
for cgroup in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
  mkdir "$cgroup/soak-test-$$.slice" 2>/dev/null || continue
  cgroup=$cgroup/soak-test-$$.slice
  mkdir "$cgroup/soak-test-$$.service"
  echo "$storm" >"$cgroup/soak-test-$$.service/cgroup.procs"
  echo "$puppet" >"$cgroup/soak-test-$$.service/cgroup.procs"
  attach_to="--unit soak-test-$$" soak_start unit
  order 'calls 1019'
  kill -INT "$pid"
  soak_ends "$pid" 0 "$name"
  is "$(sql "$tmp/unit.soak" "$cold")" 1019 "$name: counts"
  wants unit "soak-test-$$" '[0-9]+ [0-9]+'
  break
done
kill "$storm"
wait "$storm"
storm=
puppet_ends 0 'by name, by unit, several'
rmdir "$cgroup/soak-test-$$.service" "$cgroup"
helpers_puppet=$helpers/puppet
rm -f "$tmp/a-puppet-with-a-long-name" "$tmp/storm" "$tmp/twin"

# ---- a busy process ------------------------------------------------------------------------------

puppet_start busy
for round in 1 2 3; do
  name="busy, round $round"
  soak_start busy -d 1s
  soak_ends "$pid" 0 "$name"
  is "$(agreement busy)" '7|7' "$name: the cross-check agrees"
  like "$(cat "$tmp/stdout")" '; to within [0-9]{1,3} calls that were in progress' \
    "$name: but for those of threads that ran while it was done"
  like "$(sql "$tmp/busy.soak" "$cold")" '^[0-9]{4,}$' "$name: it was busy"
done
puppet_ends 3 'busy'

# ---- ops -----------------------------------------------------------------------------------------

# last_ops FILE: allocations and frees.
last_ops() {
  sql "$tmp/$1.soak" 'SELECT max(ops_alloc), max(ops_free) FROM samples'
}

name='a program that publishes its ops'
puppet_start publish
soak_start ops -i 20ms
order 'count 10009'
within 20 eval '[ "$(last_ops ops)" = "10009|0" ]'
kill -INT "$pid"
soak_ends "$pid" 0 "$name"
is "$(last_ops ops)" '10009|0' "$name: those since it was attached to"
puppet_ends 0 "$name"

name='a program with libsoakops.so'
puppet_start '' "LD_PRELOAD=$BUILD/lib/libsoakops.so"
soak_start ops -i 20ms
order 'malloc 10009'
within 20 eval '[ "$(last_ops ops)" = "10009|10009" ]'
kill -INT "$pid"
soak_ends "$pid" 0 "$name"
is "$(last_ops ops)" '10009|10009' "$name: those since it was attached to"
puppet_ends 0 "$name"

# ---- ends ----------------------------------------------------------------------------------------

name='a process that ends'
puppet_start
soak_start ends
order 'calls 1013'
echo 'exit 5' >&3
exec 3>&-
wait "$puppet"
is "$?" 5 "$name: its exit status is its own"
ended=$puppet
puppet=
within 20 has_ended "$pid"
ok $? "$name: soak ends with it"
soak_ends "$pid" 1 "$name"
like "$(reason ends)" 'ended with exit status 5' "$name: reason"
is "$(sql "$tmp/ends.soak" "$cold")" 1013 "$name: counts"
is "$(agreement ends)" '7|7' "$name: the cross-check agrees"
is "$(sql "$tmp/ends.soak" "SELECT wait_status / 256 FROM processes WHERE pid = $ended")" 5 \
  "$name: its status is in the file"

name='kill -9 of soak'
puppet_start
soak_start killed
order 'calls 1013'
kill -9 "$pid"
wait "$pid" 2>/dev/null
is "$("$helpers/leftovers" "$mark" 10)" '' "$name: no probe is left"
puppet_ends 9 "$name"
"$soak" check "$tmp/killed.soak" >/dev/null
is "$?" 3 "$name: the file can be judged"

is "$("$helpers/leftovers" "$mark" 10)$(ls "$tmp" | grep -v -e '\.soak$' -e '^in$' -e '^out$' \
  -e '^std' -e '^killed.soak-')" '' 'nothing is left'
done_testing
