#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# However a run ends, by the target, by a signal, by a full disk or by kill -9: its file is readable
# and says what happened, the exit code is right, and no process, probe, mount or file stays behind.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'
command -v ${CC:-gcc} >/dev/null || skip_all 'no compiler'

# All that soak starts inherits its case's mark, and nothing else has it.
marks=SOAK_ENDING=$tmp
ending=$helpers/ending
# Short runs cannot pass these rules; with them off, a run that ends in order passes.
off='--set syscall_budget=off --set rss_drift=off --set rss_monotonic=off --set memory_drift=off --set fault_growth=off
  --set throughput_drop=off --set throughput_cv=off'
mounts=$(grep -cE ' (tracefs|debugfs|bpf) ' /proc/mounts)

kill_leftovers() {
  for case in case stubborn costly; do
    "$helpers/leftovers" "$marks/$case" 0 | sed -n 's/^process \([0-9]*\) .*/\1/p' |
      xargs -r kill -9
  done
}
cleanup() {
  kill_leftovers
  umount "$tmp/small" 2>/dev/null
  rm -rf "$tmp"
}
trap cleanup EXIT
chmod 755 "$tmp"

# Each case has a folder of its own, $dir, and its recording is run.soak there.
# begin NAME [FOLDER]
begin() {
  name=$1
  look_at "${2:-case}"
  rm -rf "$dir"
  mkdir "$dir"
  chmod 777 "$dir"
}

look_at() {
  dir=$tmp/$1
  mark=$marks/$1
}

# soak_run OPTION...: sets $code, leaves what it said in $tmp/stdout and $tmp/stderr.
soak_run() {
  timeout -k 5 60 env "$mark" "$soak" run -o "$dir/run.soak" "$@" >"$tmp/stdout" 2>"$tmp/stderr"
  code=$?
}

# soak_start OPTION...: in the background, as $pid. A shell's background jobs ignore SIGINT and SIGQUIT.
soak_start() {
  env --default-signal=INT,QUIT "$mark" "$soak" run -o "$dir/run.soak" "$@" \
    >"$tmp/stdout" 2>"$tmp/stderr" &
  pid=$!
}

# soak_wait SECONDS: sets $code; what does not end is killed, and its code is 'hangs'.
soak_wait() {
  left=$(($1 * 20))
  while [ "$left" -gt 0 ] && grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null; do
    sleep 0.05
    left=$((left - 1))
  done
  [ "$left" -gt 0 ] || kill -9 "$pid"
  wait "$pid" 2>/dev/null
  code=$?
  [ "$left" -gt 0 ] || code=hangs
}

# Read-only: sqlite3 would make the file.
has_samples() {
  [ -s "$dir/run.soak" ] &&
    [ "$(sqlite3 -readonly "$dir/run.soak" 'SELECT count(*) > 1 FROM samples')" = 1 ]
}

has_seconds() {
  [ "$(sqlite3 -readonly "$dir/run.soak" "SELECT max(t_ns) > $1e9 FROM samples")" = 1 ]
}

reason_of() {
  "$soak" check "$1" --json 2>&1 | python3 -c '
import json, sys
print(json.load(sys.stdin)["run"].get("end_reason", "none"))' 2>&1 | tail -n 1
}

fact() {
  sql "$dir/run.soak" "SELECT value FROM facts WHERE key = '$1'"
}

nothing_left() {
  "$helpers/leftovers" "$mark" "${1:-10}"
  [ "$(grep -cE ' (tracefs|debugfs|bpf) ' /proc/mounts)" = "$mounts" ] || echo 'a mount'
}

# ended CODE REASON: the end of a case. REASON is a pattern for all of the fact.
ended() {
  is "exit $code" "exit $1" "$name: exit code"
  like "$(reason_of "$dir/run.soak")" "^($2)$" "$name: the file is whole and says why it ended"
  is "$(sql "$dir/run.soak" 'PRAGMA integrity_check')" ok "$name: integrity"
  is "$(nothing_left)$(ls -A "$dir")" run.soak "$name: nothing is left but the recording"
}

# Two that take their time do so beside the others.
begin 'a target that ignores SIGTERM' stubborn
soak_start -q $off -d 1s -- "$ending" stubborn "$dir/pid"
stubborn=$pid
begin 'SIGINT and a missed target' costly
soak_start -q -i 20ms --warmup 0 --ops page -- "$ending" churn 120
costly=$pid

# ---- the target ends -----------------------------------------------------------------------------

begin 'a target that ends at once'
soak_run $off -a own -- "$ending" exit 0
ended 0 'the target ended with exit status 0'
like "$(cat "$tmp/stderr")" 'exit status 0' "$name: soak says it"

begin 'a target with exit status 3'
soak_run $off -- "$ending" exit 3
ended 1 'the target ended with exit status 3'
like "$(cat "$tmp/stdout")" 'FAIL +target_exit ' "$name: a rule of its own fails"
"$soak" check $off --allow-exit 3 "$dir/run.soak" >/dev/null
is $? 0 "$name: --allow-exit"

begin 'a process that crashes while it is attached'
sleep 60 &
victim=$!
env "$mark" "$soak" attach $victim $off -q -o "$dir/run.soak" >"$tmp/stdout" 2>"$tmp/stderr" &
pid=$!
within 30 has_seconds 0
kill -SEGV $victim
soak_wait 30
ended 1 'the target was killed by SIGSEGV'

for signal in 'SEGV 11' 'KILL 9'; do
  begin "a target killed by SIG${signal% *}"
  soak_run $off -- "$ending" signal "${signal#* }"
  ended 1 "the target was killed by SIG${signal% *}"
  is "$(fact target_signal)" "SIG${signal% *}" "$name: it is in the file"
done

begin 'a first process that fails while another goes on'
soak_run $off -d 1s -- sh -c 'sleep 60 & exit 3'
ended 1 'the time is over'
like "$(cat "$tmp/stdout")" '^ +the target ended with exit status 3$' "$name: it is no end by our hand"

begin 'a target that crashes when it is told to end'
soak_run $off -d 1s -- sh -c 'trap "kill -ABRT \$\$" TERM; while :; do sleep 0.1; done'
ended 1 'the time is over'
like "$(cat "$tmp/stdout")" 'crashed with SIGABRT when it was told to end' "$name: soak says it"

begin 'a target killed by a real-time signal'
soak_run $off -- "$ending" signal 37
ended 1 'the target was killed by SIGRTMIN[+]3'
like "$(cat "$tmp/stderr")" 'killed by SIGRTMIN[+]3$' "$name: soak says it"

begin 'signals ignored and blocked by whoever started soak'
signals='env --ignore-signal=HUP,QUIT,CHLD,PIPE,RTMIN+5 --default-signal=USR1 --block-signal=USR2'
$signals grep -E '^Sig(Ign|Blk)' /proc/self/status >"$tmp/without"
$signals "$soak" run -o "$dir/run.soak" $off -a own -- grep -E '^Sig(Ign|Blk)' /proc/self/status \
  >"$tmp/stdout" 2>"$tmp/stderr"
code=$?
is "$(grep '^Sig' "$tmp/stdout")" "$(cat "$tmp/without")" "$name: the target's are the same"
ended 0 'the target ended with exit status 0'

begin 'a target that stops itself'
soak_run $off -d 1s -- "$ending" signal 19
ended 0 'the time is over'
is "$(fact target_signal)" SIGTERM "$name: it goes on for its SIGTERM"

begin 'a daemon that outlives its starter'
soak_run $off -a own -- "$ending" daemon "$dir/pid" 1
rm "$dir/pid"
ended 0 'the target ended with exit status 0'
is "$(sql "$dir/run.soak" 'SELECT count(*), max(end_ns) > 7e8 FROM processes WHERE wait_status = 0')" \
  '3|1' "$name: all three are in the file, to their end"

begin 'a daemon that outlives the duration'
soak_run $off -a own -d 1500ms -- "$ending" daemon "$dir/pid" 60
[ -s "$dir/pid" ] && ! kill -0 "$(cat "$dir/pid")" 2>/dev/null
ok $? "$name: it is ended"
rm -f "$dir/pid"
ended 0 'the time is over'
is "$(sql "$dir/run.soak" 'SELECT max(t_ns) BETWEEN 14e8 AND 30e8 FROM samples')" 1 \
  "$name: it is sampled until then"

name='a target that ignores SIGTERM' pid=$stubborn
look_at stubborn
soak_wait 30
rm -f "$dir/pid"
ended 0 'the time is over'
is "$(fact target_signal) $(fact stopped_by_soak)" 'SIGKILL yes' "$name: killed after the grace"
is "$(sql "$dir/run.soak" 'SELECT end_ns > 55e8 FROM processes')" 1 "$name: not before"

# ---- targets that libraries do not get into ------------------------------------------------------

${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -I. -static -pthread -o "$tmp/static" \
  tests/helpers/ending.c 2>"$tmp/stderr"
ok $? 'a static target is built'
mimalloc=$(find /usr/lib /usr/local/lib -name 'libmimalloc.so.*' 2>/dev/null | head -n 1)
if [ -n "$mimalloc" ]; then
  begin 'a static target under mimalloc'
  soak_run -q -a mimalloc -- "$tmp/static" sleep 60
  is "exit $code, $(wc -l <"$tmp/stderr") line, stdout $(wc -c <"$tmp/stdout")" \
    'exit 4, 1 line, stdout 0' "$name"
  like "$(cat "$tmp/stderr")" 'mimalloc.*statically linked' "$name: the line says why"
  left=$(nothing_left)
  is "$left$(ls -A "$dir" | grep -v '^run.soak$')" '' "$name: nothing is left"

  begin 'a short static target under mimalloc'
  soak_run $off -a mimalloc -- "$tmp/static" sleep 0
  [ "$code" -eq 3 ] || [ "$code" -eq 4 ]
  ok $? "$name: does not pass as mimalloc (exit $code)"
fi

begin 'a static target by itself'
soak_run $off -a own -- "$tmp/static" calls 1009
ended 0 'the target ended with exit status 0'
like "$(fact ops_absent)" 'static' "$name: ops are absent with a reason"
cold="SELECT sum(calls) FROM churn WHERE syscall = 'madvise' AND kind = 'cold'"
is "$(sql "$dir/run.soak" "$cold")" 1009 "$name: calls are counted"

if getent passwd nobody >/dev/null; then
  begin 'a set-uid program'
  cp "$ending" "$tmp/suid"
  chmod 4755 "$tmp/suid"
  soak_run $off --user nobody -- sh -c "'$tmp/suid' calls 1013; '$tmp/suid' sleep 1; :"
  is "$(sql "$dir/run.soak" "$cold")" 1013 "$name: its calls are counted"
  is "$(stat -c %U "$dir/run.soak")" nobody "$name: the file belongs to the user"
  # perf lets go of a process that gains rights; that is no disagreement.
  [ "$code" -eq 0 ] || [ "$code" -eq 3 ]
  ok $? "$name: the cross-check agrees or says why it cannot (exit $code)"
  [ "$code" -eq 0 ] || like "$(cat "$tmp/stdout")" 'set-uid|rights|privilege|perf' \
    "$name: it is explained"
  code=0
  ended 0 'the target ended with exit status 0'
fi

# ---- soak is asked to end ------------------------------------------------------------------------

for signal in INT TERM QUIT; do
  begin "SIG$signal to soak"
  soak_start $off -- "$ending" sleep 60
  within 20 has_samples
  kill -"$signal" "$pid"
  soak_wait 20
  ended 0 "interrupted by SIG$signal"
done

# Of the last of them: a terminal sends its signal to both. Whether one came is told by a fact, not by words.
for how in yes no; do
  sql "$dir/run.soak" "INSERT OR REPLACE INTO facts VALUES ('interrupted', '$how'), ('target_signal', 'SIGTERM'),
    ('stopped_by_soak', 'no'), ('end_reason', 'interrupted? told in other words')"
  "$soak" check "$dir/run.soak" --json | python3 -c 'import json, sys
print(*(r["verdict"] for r in json.load(sys.stdin)["rules"] if r["rule"] == "target_exit"))'
done >"$tmp/verdicts"
is "$(xargs <"$tmp/verdicts")" 'PASS FAIL' "$name: of a target that died of the signal"

begin 'the terminal is closed (SIGHUP to soak)'
soak_start $off -- "$ending" sleep 60
within 20 has_samples
kill -HUP "$pid"
soak_wait 20
ended 0 '.*SIGHUP'

begin 'SIGHUP under nohup'
nohup env "$mark" "$soak" run -o "$dir/run.soak" $off -d 2s -- "$ending" sleep 60 \
  >"$tmp/stdout" 2>"$tmp/stderr" &
pid=$!
within 20 has_samples
kill -HUP "$pid" "$(pgrep -P "$(pgrep -P "$pid" -x soak-guardian)")"
soak_wait 20
ended 0 'the time is over'

name='SIGINT and a missed target' pid=$costly
look_at costly
within 20 has_samples
within 20 has_seconds 6
kill -INT "$pid"
soak_wait 20
ended 1 'interrupted by SIGINT'

begin 'a second SIGINT'
soak_start $off -- "$ending" stubborn "$dir/pid"
within 20 test -s "$dir/pid"
within 20 has_samples
kill -INT "$pid"
sleep 0.2
kill -INT "$pid"
from=$(date +%s%N)
soak_wait 20
[ $(($(date +%s%N) - from)) -lt 4000000000 ]
ok $? "$name: does not wait for the grace"
rm -f "$dir/pid"
ended 0 'interrupted by SIGINT'
is "$(fact target_signal)" SIGKILL "$name: the target was killed"

# Before soak has taken the signal over it may die of it, but then leaves nothing.
for delay in 0 0.01 0.02 0.03 0.05; do
  begin "SIGINT $delay s after the start"
  soak_start -q $off -- "$ending" sleep 60
  within 20 grep -qx soak "/proc/$pid/comm"
  sleep "$delay"
  kill -INT "$pid"
  soak_wait 20
  left=$(nothing_left)
  files=$(ls -A "$dir" | tr '\n' ' ')
  [ "$files" = 'run.soak ' ] && "$soak" check "$dir/run.soak" >/dev/null 2>&1
  readable=$?
  case "$code:$files$left" in
  130: | 0:'run.soak ' | 3:'run.soak ') good=0 ;;
  *) good=1 ;;
  esac
  [ -z "$files" ] || [ "$readable" -eq 0 ] || [ "$readable" -eq 3 ] || good=1
  ok "$good" "$name: ends in order or leaves nothing"
  [ "$good" -eq 0 ] || echo "#   exit $code, files: $files, check: $readable, left: $left"
done

# ---- soak is ended -------------------------------------------------------------------------------

lost_most=0
for delay in 0 0.03 0.07 0.12 0.2 0.3 0.5 0.8 1.2 3.2; do
  begin "kill -9 of soak after $delay s"
  soak_start -q -- sh -c '
    cut -d" " -f1 /proc/uptime >"$2/begin"
    "$1" daemon "$2/pid" 60
    exec "$1" sleep 60' sh "$ending" "$dir"
  sleep "$delay"
  kill -9 "$pid"
  now=$(cut -d' ' -f1 /proc/uptime)
  wait "$pid" 2>/dev/null
  is "$(nothing_left 2)" '' "$name: the tree and the probes are gone"
  last=none
  if [ -e "$dir/run.soak" ]; then
    is "$(sql "$dir/run.soak" 'PRAGMA integrity_check')" ok "$name: integrity"
    last=$(sql "$dir/run.soak" 'SELECT max(t_ns) / 1e9 FROM samples' 2>/dev/null)
  fi
  [ -s "$dir/begin" ] || continue
  lost=$(echo "$now $(cat "$dir/begin") ${last:-0}" | awk '{ print $1 - $2 - $3 }')
  lost_most=$(printf '%s\n' "$lost" "$lost_most" | sort -n | tail -n 1)
  [ -n "$last" ] && [ "$last" != none ] || continue
  is "$(reason_of "$dir/run.soak")" none "$name: the file opens and has no end"
  "$soak" check "$dir/run.soak" >"$tmp/stdout" 2>&1
  is "$?" 3 "$name: it is inconclusive"
done
# A second between two commits, two ticks, and patience with a busy machine.
echo "$lost_most" | awk '{ exit !($1 <= 2) }'
ok $? "kill -9 loses no more than the last moment ($lost_most s)"

begin 'soak is stopped for a while'
soak_start $off -i 10ms -d 1s -- "$ending" sleep 60
within 20 has_samples
kill -STOP "$pid"
sleep 2
kill -CONT "$pid"
soak_wait 20
missed=$(sql "$dir/run.soak" 'SELECT max(missed_ticks), max(missed_ticks) + count(*) FROM samples')
is "$(echo "$missed" | awk -F'|' '{ print ($1 >= 50) }')" 1 "$name: $missed ticks missed, and all"
like "$(cat "$tmp/stdout")" "losses: ${missed%|*} of ${missed#*|} ticks missed" "$name: so many of so many"

begin 'another program locks the recording for a second'
soak_start -q $off -i 50ms -d 4s -- "$ending" sleep 60
within 20 has_samples
python3 -c "
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute('BEGIN IMMEDIATE')
time.sleep(1)
other.execute('ROLLBACK')" "$dir/run.soak"
soak_wait 20
is "$(reason_of "$dir/run.soak")" 'the time is over' "$name: it goes on"

begin 'kill -9 of the guardian'
soak_start -q $off -d 4s -- "$ending" sleep 60
within 20 has_samples
kill -9 "$(pgrep -P "$pid" -x soak-guardian)"
soak_wait 20
is "$([ "$code" = hangs ] && echo hangs)" '' "$name: soak ends"
like "$(reason_of "$dir/run.soak")" 'guardian' "$name: the file says why it ended"
is "$(nothing_left)$(ls -A "$dir")" run.soak "$name: nothing is left but the recording"
kill_leftovers

# ---- the file's world goes wrong -----------------------------------------------------------------

begin 'a full disk'
mkdir -p "$tmp/small"
if mount -t tmpfs -o size=2m none "$tmp/small"; then
  dir=$tmp/small
  soak_run -q -i 10ms -- "$ending" breed 50
  is "exit $code, $(grep -c full "$tmp/stderr") of $(wc -l <"$tmp/stderr") lines" \
    'exit 4, 1 of 1 lines' "$name: one line says so"
  is "$(nothing_left)" '' "$name: nothing is left running"
  "$soak" check "$dir/run.soak" --json 2>&1 | python3 -m json.tool >/dev/null 2>&1
  ok $? "$name: what was recorded can be judged"
  is "$(sql "$dir/run.soak" 'PRAGMA integrity_check; SELECT count(*) > 50 FROM samples' |
    tr '\n' ' ')" 'ok 1 ' "$name: the file is whole"
  umount "$dir"
else
  ok 0 "$name # SKIP cannot mount"
fi

begin 'a disk that is full from the start'
if mount -t tmpfs -o size=64k none "$tmp/small"; then
  dir=$tmp/small
  soak_run -q -- "$ending" sleep 60
  is "exit $code, $(wc -l <"$tmp/stderr") line" 'exit 4, 1 line' "$name: one line says so"
  is "$(nothing_left)$(ls -A "$dir")" '' "$name: nothing is left"
  umount "$dir"
else
  ok 0 "$name # SKIP cannot mount"
fi

# Without a stdout the result cannot be told, which is an error; the recording is whole all the same.
begin 'stderr is closed'
env "$mark" "$soak" run -o "$dir/run.soak" $off -d 1s -- "$ending" sleep 60 >"$tmp/stdout" 2>&-
code=$?
ended 0 'the time is over'

begin 'stdin, stdout and stderr are closed'
env "$mark" "$soak" run -o "$dir/run.soak" $off -d 1s -- "$ending" sleep 60 <&- >&- 2>&-
code=$?
ended 0 'the time is over'

begin 'nobody reads what soak says'
mkfifo "$tmp/nobody"
: <"$tmp/nobody" &
env "$mark" "$soak" run -o "$dir/run.soak" --no-perf -d 1500ms -- "$ending" sleep 60 \
  >/dev/null 2>"$tmp/nobody"
code=$?
ended 3 'the time is over'

begin 'somebody reads the file as the run ends'
soak_start $off -d 1500ms -- "$ending" sleep 60
within 20 has_samples
(
  echo 'BEGIN; SELECT count(*) FROM samples;'
  within 40 test -e "$tmp/ended"
) | sqlite3 -readonly "$dir/run.soak" >/dev/null &
reader=$!
soak_wait 20
: >"$tmp/ended"
wait "$reader"
is "exit $code" 'exit 0' "$name: exit code"
like "$(reason_of "$dir/run.soak")" '^the time is over$' "$name: the file is whole"
is "$(nothing_left)" '' "$name: nothing is left running"

begin 'the output folder is removed'
soak_start -q $off -d 2s -- "$ending" sleep 60
within 20 has_samples
rm -rf "$dir"
soak_wait 20
is "exit $code, $(wc -l <"$tmp/stderr") line" 'exit 4, 1 line' "$name: one line, exit 4"
like "$(cat "$tmp/stderr")" 'run.soak|run file' "$name: it is about the file"
is "$(nothing_left)" '' "$name: nothing is left"

# A target that cannot die: it writes to a file system that is frozen.
mkdir "$tmp/frozen"
truncate -s 8M "$tmp/image"
if mkfs.ext4 -q "$tmp/image" && mount -o loop "$tmp/image" "$tmp/frozen"; then
  fsfreeze -f "$tmp/frozen"
  "$soak" run -q -d 1s --ops none -o "$tmp/stuck.soak" -- sh -c "echo x >'$tmp/frozen/x'" >/dev/null 2>"$tmp/err"
  is $? 4 'a target that does not die of SIGKILL: exit status 4'
  like "$(cat "$tmp/err")" '1 process of the target did not die within 10 s of SIGKILL.*\(sh\), D' 'and it is named'
  fsfreeze -u "$tmp/frozen"
  within 10 umount "$tmp/frozen"
  ok $? 'the file system is free again'
else
  echo '# no file system can be mounted from a file here: a target that cannot die is not tried'
fi
done_testing
