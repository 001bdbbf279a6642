#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Marks: by the program, by soak mark; in the file, the scorecard and JSON.
. tests/tap.sh

marks() {
  sql "$1" "SELECT group_concat(text, ', ')
    FROM (SELECT text FROM events WHERE kind='mark' ORDER BY t_ns, rowid)"
}
run() {
  "$soak" run -q -f "$@" >"$tmp/out" 2>"$tmp/err"
}

# By the program: in order, at its own times, however far apart the samples are.
run --no-bpf --no-perf --interval 1s -o "$tmp/rounds.soak" -- "$helpers/marker" rounds 2 8 0 150
is "$(marks "$tmp/rounds.soak")" 'busy, idle, busy, idle' 'several marks between two samples keep their order'
ok "$(sql "$tmp/rounds.soak" "SELECT count(*) < 3 OR min(apart) < 140e6
  FROM (SELECT t_ns - lag(t_ns) OVER (ORDER BY t_ns) AS apart FROM events WHERE kind='mark')
  WHERE apart NOT NULL")" 'and their times, by the clock of the program'
is "$(sql "$tmp/rounds.soak" "SELECT count(*) FROM facts WHERE key='lost_marks'")" 0 'none is lost'

# More than the page holds: counted, said.
run --no-bpf --no-perf --interval 10s -o "$tmp/burst.soak" -- "$helpers/marker" burst 101
is "$(sql "$tmp/burst.soak" "SELECT count(*), min(text), max(rowid) = (SELECT rowid FROM events WHERE text = 'mark 101')
  FROM events WHERE kind='mark'")" '32|mark 100|1' 'of 101 marks at once the last 32 are kept'
is "$(sql "$tmp/burst.soak" "SELECT value FROM facts WHERE key='lost_marks'")" 69 'the others are counted'
like "$(sql "$tmp/burst.soak" "SELECT text FROM events WHERE kind='warning'")" \
  '^69 marks of the program were lost: .*--interval$' 'and said'

like "$("$soak" check "$tmp/burst.soak")" \
  '^  marks: mark 70 at 0:00, mark 71 at 0:00, .*, and 26 more: soak export --table events$' 'the scorecard'
is "$("$soak" check "$tmp/burst.soak" --json | python3 -c '
import json, sys
run = json.load(sys.stdin)
print(len(run["marks"]), run["marks"][0]["text"], run["losses"]["lost_marks"])')" '32 mark 70 69' 'JSON has all'

# By soak mark, of a run and of an attached process. A fifo keeps the target until it is closed.
mkfifo "$tmp/input"
"$helpers/marker" wait <"$tmp/input" &
target=$!
exec 3>"$tmp/input"
"$soak" attach "$target" -q -f -o "$tmp/attached.soak" >"$tmp/out" 2>"$tmp/err" 3>&- &
observer=$!
within 20 test -s "$tmp/attached.soak"
ok $? 'attached'
"$soak" mark "$tmp/attached.soak" 'load begins' 2>"$tmp/stderr"
is "$? $(cat "$tmp/stderr")" '0 ' 'soak mark, of an attached process'
"$soak" mark "$tmp/attached.soak" "two
lines" 2>/dev/null
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$tmp"
  chmod 644 "$tmp/attached.soak"
  setpriv --reuid 65534 --clear-groups "$soak" mark "$tmp/attached.soak" foreign 2>"$tmp/stderr"
  is "$? $(cat "$tmp/stderr")" "4 soak: $tmp/attached.soak: the run is another user's" 'not by another user'
fi
exec 3>&-
wait "$target" "$observer"
is "$(marks "$tmp/attached.soak")" 'load begins, two lines' 'both are in it; one from before is not'

refused() {
  "$soak" mark "$@" >"$tmp/stdout" 2>"$tmp/stderr"
  echo "$? $(tail -n 1 "$tmp/stderr")"
}
is "$(refused "$tmp/attached.soak" late)" "2 soak: $tmp/attached.soak: nobody records it now; marks are taken while \
soak run or soak attach writes it" 'when nobody records'
is "$(refused "$tmp/none.soak" late)" "2 soak: $tmp/none.soak: No such file or directory" 'no such run'
like "$(refused "$tmp/none.soak"; cat "$tmp/stderr")" 'missing TEXT after RUN' 'no text'

# memory_return, in both directions: a program that gives back, and one that keeps half.
verdict() {
  "$soak" check "$@" --json | python3 -c '
import json, sys
run = json.load(sys.stdin)
rules = {rule["rule"]: rule for rule in run["rules"] + run["not_judged"]}
rule = rules.get("memory_return", {})
print(rule.get("verdict"), rule.get("rounds"), rule.get("rounds_failed"))'
}
run --no-bpf --no-perf -o "$tmp/drains.soak" -- "$helpers/marker" rounds 3 40 0
run --no-bpf --no-perf -o "$tmp/keeps.soak" -- "$helpers/marker" rounds 3 40 20
is "$(verdict "$tmp/drains.soak" --return-within 200ms)" 'PASS 3 0' 'memory_return: a program that gives back'
is "$(verdict "$tmp/keeps.soak" --return-within 200ms)" 'FAIL 3 3' 'one that keeps half'
is "$(verdict "$tmp/keeps.soak" --return-within 1h | cut -d' ' -f1)" INCONCLUSIVE 'the run ends before the time does'
is "$(verdict "$tmp/keeps.soak" --set memory_return=off)" 'None None None' 'switched off'
is "$(verdict "$tmp/keeps.soak" --return-to drained)" 'None None None' 'no such marks: not judged'
is "$(verdict "$tmp/keeps.soak" --return-to drained --set memory_return=on)" 'INCONCLUSIVE None None' \
  'unless it is asked for'

# Of allocators: glibc keeps what lies below a block that lives on, hakmem gives it back. By a job file.
cat >"$tmp/return.ini" <<END
[target]
command = '$helpers/marker' blocks 1 48 2500
allocator = glibc, hakmem
[run]
output = $tmp/returns
interval = 20ms
[rules]
memory_return = 20
return-within = 2s
return-to = idle
END
run --no-bpf --no-perf "$tmp/return.ini"
rules() {
  verdict "$tmp/returns/$1/01.soak" --set memory_return=20 --return-within 2s
}
is "$(rules glibc)" 'FAIL 1 1' 'glibc keeps'
is "$(rules hakmem)" 'PASS 1 0' 'hakmem gives back'
like "$(cat "$tmp/out")" 'FAIL +memory_return .*target 20 %' 'run judges by the job file'
like "$(cat "$tmp/out")" 'PASS +memory_return .*target 20 %' 'both'

done_testing
