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
  '^  marks: mark 70 at 0:00, mark 71 at 0:00, .*, and 26 more: soak export --table marks$' 'the scorecard'
is "$("$soak" check "$tmp/burst.soak" --json | python3 -c '
import json, sys
run = json.load(sys.stdin)
print(len(run["marks"]), run["marks"][0]["text"], run["losses"]["lost_marks"])')" '32 mark 70 69' 'JSON has all'

# By soak mark, of a run and of an attached process. A fifo keeps the target until it is closed.
has_mark() {
  marks "$1" | grep -q "$2"
}
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
kill -USR1 "$observer"
within 20 has_mark "$tmp/attached.soak" SIGUSR1
ok $? 'SIGUSR1 to soak'
kill -USR2 "$observer"
within 20 has_mark "$tmp/attached.soak" SIGUSR2
ok $? 'SIGUSR2'
exec 3>&-
wait "$target" "$observer"
is "$(marks "$tmp/attached.soak")" 'load begins, two lines, SIGUSR1, SIGUSR2' 'all are in it; one from before is not'
is "$("$soak" export "$tmp/attached.soak" --table marks | cut -d, -f2 | tr '\n' ' ')" \
  'text load begins two lines SIGUSR1 SIGUSR2 ' 'soak export --table marks'
if [ "$(id -u)" = 0 ]; then
  run -o "$tmp/calls.soak" --exclude 200ms..300ms -- "$helpers/marker" rounds 1 8 0 100
  like "$("$soak" audit "$tmp/calls.soak" --by syscall)" '^  marks: busy at 0:00, idle at 0:00$' 'soak audit'
  is "$("$soak" audit "$tmp/calls.soak" --by syscall --json | python3 -c '
import json, sys
audit = json.load(sys.stdin)
print([mark["text"] for mark in audit["marks"]], audit["excluded"])')" \
    "['busy', 'idle'] [{'from_s': 0.2, 'to_s': 0.3}]" 'its JSON'
fi

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

# By the clock, from the command line and from a job file, each at its own time.
run --no-bpf --no-perf -d 1500ms --mark '300ms one' --mark '1s two words' -o "$tmp/clock.soak" -- sleep 60
is "$(sql "$tmp/clock.soak" "SELECT group_concat(((t_ns + 500000) / 1000000) || ' ' || text)
  FROM events WHERE kind='mark'")" '300 one,1000 two words' '--mark'
printf '%s\n' '[target]' 'command = sleep 60' '[run]' 'duration = 1s' 'mark = 200ms busy' \
  'mark = 600ms idle' >"$tmp/clock.ini"
run --no-bpf --no-perf -f -o "$tmp/clock.soak" "$tmp/clock.ini"
is "$(marks "$tmp/clock.soak")" 'busy, idle' 'a job file'
refused_run() {
  "$soak" run -q -f -o "$tmp/refused.soak" "$@" -- true >"$tmp/stdout" 2>"$tmp/stderr"
  echo "$? $(grep -v '^Try' "$tmp/stderr")"
}
like "$(refused_run --mark 10m)" "^2 .*--mark: 10m is not a time and a text" 'without a text'
is "$(refused_run -d 1m --mark '2m late')" "2 soak: --mark 'late' is 120s after the start, and the run ends after 60s" \
  'after the end'
like "$(refused_run --exclude 5m-6m)" "^2 .*--exclude: '5m-6m' is not FROM..TO" 'not a window'

# Imported, from a column: where its text changes. An hour at one a second, with a deploy in it that leaves 30 MiB more.
series() {
  python3 -c '
import random, sys
noise = random.Random(3)
leak = float(sys.argv[1])
print("time_s,rss_bytes,what happens")
for t in range(3600):
    rss = 200 * 2**20 + leak * 2**20 * t / 3600 + 4096 * noise.randrange(16)
    what = "deploy" if t == 1000 else "deployed" if t == 1060 else ""
    if 1000 <= t < 1060:
        rss += 2**20 * (t - 1000) * 4
    if t >= 1060:
        rss += 30 * 2**20
    work = 2100 <= t < 2200
    if work or t >= 2200:
        rss += 2**20 * (100 if work else float(sys.argv[2]))
    if t in (2100, 2200):
        what = "busy" if work else "idle"
    print(f"{t},{int(rss)},{what}")' "$@"
}
for shape in '0 0' '40 0' '0 50'; do
  series $shape >"$tmp/$shape.csv"
  "$soak" import -q "$tmp/$shape.csv" --marks 'what happens' -o "$tmp/$shape.soak"
done
is "$(sql "$tmp/0 0.soak" "SELECT group_concat((t_ns / 1000000000) || ' ' || text)
  FROM events WHERE kind='mark'")" '1000 deploy,1060 deployed,2100 busy,2200 idle' 'soak import --marks'
is "$(verdict "$tmp/0 0.soak")" 'PASS 1 0' 'memory_return of an imported run'
is "$(verdict "$tmp/0 50.soak")" 'FAIL 1 1' 'that keeps'
like "$("$soak" import "$tmp/0 0.csv" --marks none -o "$tmp/x.soak" 2>&1)" 'no column is called "none"' 'no such column'

# Excluded: what happens within a window is not judged, what happens outside is.
whole() {
  "$soak" check "$@" --json >"$tmp/json"
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' "$tmp/json"
}
work=busy..idle
[ "$(whole "$tmp/0 0.soak")" != PASS ]
ok $? 'a deploy is no steady state'
is "$(whole "$tmp/0 0.soak" --exclude "deploy..deployed,$work")" PASS 'excluded'
is "$(whole "$tmp/0 0.soak" --exclude "1000s..1060s" --exclude 35m..2200s)" PASS 'by times'
is "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["excluded"])' "$tmp/json")" \
  "[{'from_s': 1000, 'to_s': 1060}, {'from_s': 2100, 'to_s': 2200}]" 'the windows in JSON'
is "$(whole "$tmp/40 0.soak" --exclude "deploy..deployed,$work")" FAIL 'a leak outside'
like "$("$soak" check "$tmp/0 0.soak" --exclude "deploy..deployed,$work")" \
  '^  excluded: 16:40 to 17:40, 35:00 to 36:40$' 'the scorecard'
like "$("$soak" check "$tmp/0 0.soak" --exclude "deploy..deployed,$work")" \
  'all . rules pass; excluded: 2 windows, 2.7 min' 'the reason'

# What run excludes is recorded: check does the same, unless told otherwise.
run --no-bpf --no-perf -d 2s --mark '500ms deploy' --mark '1s deployed' -o "$tmp/run.soak" \
  --exclude deploy..deployed -- sleep 60
excluded() {
  "$soak" check "$@" --json | python3 -c '
import json, sys
print([window["from_s"] for window in json.load(sys.stdin)["excluded"]])'
}
is "$(excluded "$tmp/run.soak")" '[0.5]' 'soak run --exclude'
is "$(excluded "$tmp/run.soak" --exclude 1s..)" '[1]' 'soak check excludes something else'
is "$(excluded "$tmp/run.soak" --exclude none)" '[]' 'or nothing'
printf '%s\n' '[target]' 'command = sleep 60' '[run]' 'duration = 1s' '[rules]' 'exclude = 300ms..400ms' \
  'exclude = 600ms..' >"$tmp/x.ini"
run --no-bpf --no-perf -f -o "$tmp/job.soak" "$tmp/x.ini"
is "$(excluded "$tmp/job.soak")" '[0.3, 0.6]' 'a job file'
"$soak" plot "$tmp/0 0.soak" -o "$tmp/picture.svg" --exclude deploy..deployed >"$tmp/out" 2>"$tmp/err"
is "$(grep -o 'busy\|idle\|deployed\|deploy\|>excluded<' "$tmp/picture.svg" | sort -u | wc -l)" 5 \
  'soak plot has the marks and the window'

done_testing
