#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What grew, mapping by mapping: to the page on a target that stands still, and the parts are the whole.
. tests/tap.sh

run=$tmp/grown.soak
page=$(getconf PAGESIZE)

stopped() {
  pid=$(pgrep -x grower | tail -1)
  [ -n "$pid" ] && grep -q '^State:.*T' "/proc/$pid/status"
}

# read_anew: mappings were read since it was called. One reading may have been made but not yet committed.
readings() {
  sql "$run" 'SELECT count(mappings_cost_ns) FROM samples' 2>/dev/null || echo 0
}
read_anew() {
  known=$(readings)
  within 30 eval '[ "$(readings)" -ge $((known + 2)) ]'
}
last_reading() {
  sql "$run" 'SELECT max(t_ns) FROM samples WHERE mappings_cost_ns IS NOT NULL'
}

# held: what the table says at its last reading, of a column
held() {
  sql "$run" "SELECT sum($1) FROM mappings m WHERE t_ns =
    (SELECT max(t_ns) FROM mappings WHERE process=m.process AND kind=m.kind AND name=m.name)"
}

"$soak" run -q -a own --ops none -i 50ms -o "$run" -- "$helpers/grower" "$tmp/file" >"$tmp/grows" 2>"$tmp/err" &
within 10 stopped
ok $? 'the target stands still'
read_anew
ok $? 'its mappings are read'
from=$(last_reading)
smaps() {
  sed -n "s/^$1: *\([0-9]*\) kB/\1/p" "/proc/$pid/smaps_rollup"
}
is "$(held rss_bytes)" $(($(smaps Rss) * 1024)) 'all mappings together: RSS as smaps_rollup says'
is "$(held anon_bytes)" $(($(smaps Anonymous) * 1024)) 'and the anonymous part'
is "$(held rss_bytes)" "$(sql "$run" "SELECT rss_anon_bytes+rss_file_bytes+rss_shmem_bytes FROM samples
  WHERE t_ns=$from")" 'and the RSS of that sample, to the page'
is "$(held mappings)" "$(grep -c . "/proc/$pid/maps")" 'no mapping is missing'

kill -CONT "$pid"
# It has to run before it can stop again.
within 10 eval '[ "$(grep -c . "$tmp/grows")" -ge 4 ] && stopped'
read_anew
to=$(last_reading)
is "$(held rss_bytes)" $(($(smaps Rss) * 1024)) 'when it has grown: RSS as smaps_rollup says'

# Growth by JSON: of a kind and name
"$soak" audit "$run" --growth="$(echo "$from" | awk '{printf "%.3f", $1 / 1e9}')..$(echo "$to" |
  awk '{printf "%.3f", $1 / 1e9}')" --json --top 0 >"$tmp/growth.json" 2>"$tmp/err"
is "$? $(cat "$tmp/err")" '0 ' 'a recording that goes on is taken apart'
grew() {
  python3 - "$tmp/growth.json" "$1" "$2" <<'END'
import json, sys
growth = json.load(open(sys.argv[1]))
print(sum(int(p["grew_bytes"]) for p in growth["parts"] if p["kind"] == sys.argv[2] and p["name"] == sys.argv[3]))
END
}
while IFS=';' read -r kind name pages; do
  is "$(grew "$kind" "$name")" $((pages * page)) "$kind, '$name': grew by $pages pages"
done <"$tmp/grows"
stack=$(grew stack 'of threads')
[ "$stack" -ge $((127 * page)) ] && [ "$stack" -le $((129 * page)) ]
ok $? "the stack of a thread grew by 127 pages, or the one that it stood in: $stack bytes"
is "$(python3 - "$tmp/growth.json" <<'END'
import json, sys
growth = json.load(open(sys.argv[1]))
parts = sum(p["grew_bytes"] for p in growth["parts"])
print(parts == growth["all"]["grew_bytes"] == growth["counted_bytes"], parts > 2000 * 4096)
END
)" 'True True' 'the parts are the whole, and the whole is what the counters say'

kill -CONT "$pid"
wait
text=$("$soak" audit "$run" --growth=1ms.. --top 1)
like "$text" '^ +grew +per hour' 'as text: a table'
like "$text" ' others: --top 0 shows all$' 'what is not shown is summed up'
like "$text" '^ +\+[0-9.]+ MiB .* all$' 'and all'
like "$text" "by the kernel's counters of the same samples" 'beside the counters'

# Between two marks
"$soak" run -q -f -a own --ops none -i 50ms -d 13s --mark '1s begun' --mark '11s done' -o "$tmp/marked.soak" -- \
  sleep 60 >"$tmp/out" 2>&1
like "$("$soak" audit "$tmp/marked.soak" --growth=begun..done)" '^  growth from 0:0[1-6] to 0:1[01],' \
  'between two marks'

# What has gone shrank.
"$soak" run -q -f -a own --ops none -i 50ms -d 9s -o "$tmp/gone.soak" -- python3 -c '
import mmap, time
held = mmap.mmap(-1, 5003 * 4096, flags=mmap.MAP_PRIVATE)
held.write(b"x" * (5003 * 4096))
time.sleep(6)
held.close()
time.sleep(60)' >"$tmp/out" 2>&1
like "$("$soak" audit "$tmp/gone.soak" --growth=4s..)" '^ +-19\.[56] MiB .* anonymous of python3 \(process [0-9]+\)$' \
  'what was unmapped'
is "$(sql "$tmp/gone.soak" 'SELECT count(mappings_cost_ns) >= 2, max(t_ns) FILTER (WHERE mappings_cost_ns IS NOT NULL)
  = (SELECT value FROM facts WHERE key="end_ns") FROM samples')" '1|1' \
  'the last sample before the end has a reading'

# Wrong use, and runs without
for wrong in x 5 1h..1m 1s..2s,3s..4s; do
  like "$("$soak" audit "$run" --growth="$wrong" 2>&1)" 'is not FROM\.\.TO|more than one window' "--growth=$wrong"
done
like "$("$soak" audit "$run" --growth=1s..x 2>&1)" 'no mark "x" ends the window that begins at' 'no such mark'
is "$("$soak" audit "$run" --growth=x.. >/dev/null 2>&1; echo $?)" 2 'nor as the beginning'
like "$("$soak" audit "$run" --growth=100h..101h 2>&1)" 'has no window 100h..101h' 'beyond the end'
like "$("$soak" audit "$run" --growth=0s..1s 2>&1)" 'fewer than two readings .*: choose a ' 'too short'
like "$("$soak" audit "$run" --growth --folded 2>&1)" 'leave out --by, --phase and --folded' 'of calls'
printf 't,rss_bytes\n1,100000000\n2,100000000\n3,100000000\n' >"$tmp/in.csv"
"$soak" import "$tmp/in.csv" -o "$tmp/in.soak" >"$tmp/out" 2>&1
like "$("$soak" audit "$tmp/in.soak" --growth 2>&1)" 'in.soak: it has no mappings; only soak run' \
  'an import has none'
done_testing
