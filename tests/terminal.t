#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a person sees during a run, and what a program reads: status and chatter on stderr, the
# result alone on stdout.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'
command -v script >/dev/null || skip_all 'no script(1)'

ending=$helpers/ending
figure='[0-9.]+( [kMG])?/s'
# ops/s, RSS with its drift, calls/op, faults/s, losses.
fields="ops ($figure|-)  RSS [0-9.]+ [KMG]iB \\([^()]+\\)  calls/op [^ ]+  faults ($figure|-)"
fields="$fields  lost [0-9]+"
colour=$(printf '\033\\[[0-9;]*m')

# on_terminal COLUMNS OPTION...: what a terminal of that width is sent, in $tmp/screen.
on_terminal() {
  columns=$1
  shift
  rm -f "$tmp/run.soak"
  timeout 60 script -qec "stty cols $columns rows 24; exec $soak run -o $tmp/run.soak $*" \
    "$tmp/script" >/dev/null </dev/null
  sed 1d "$tmp/script" >"$tmp/screen" # a heading of script's own
}

# Each redrawing is a line of its own here, without the sequence that clears what was there.
redrawings() {
  tr '\r' '\n' <"$tmp/screen" | sed "s/$(printf '\033')\\[K//g" | grep 'ops .* lost '
}

for columns in 120 80 0; do
  on_terminal "$columns" -d 3s -- "$ending" sleep 60
  redrawings >"$tmp/drawn"
  [ "$(wc -l <"$tmp/drawn")" -ge 3 ]
  ok $? "$columns columns: a status line is redrawn ($(wc -l <"$tmp/drawn") times)"
  is "$(grep -Ecv "$fields\$" "$tmp/drawn")" 0 "$columns columns: it has all fields"
  # Up to the last redrawing no line ends.
  is "$(tr '\r\n' '\n\r' <"$tmp/screen" | sed -n '1,/ lost 0/p' | tr -cd '\r' | wc -c)" 0 \
    "$columns columns: nothing comes before it"
  is "$(grep -c 'ops .* lost ' "$tmp/screen")" 1 "$columns columns: it keeps to one line"
  is "$(awk -v columns="$columns" '{ most = columns ? columns - 1 : 79 }
    length($0) > most' "$tmp/drawn")" '' "$columns columns: it is narrower than the terminal"
  grep -Eq '^0:0[0-9]/0:03 ' "$tmp/drawn"
  ok $? "$columns columns: it tells the time gone and the whole"
done

on_terminal 120 -d 3s -- "$ending" sleep 60
redrawings >"$tmp/drawn"
is "$(grep -Ecv '^0:0[0-3]/0:03 \[#*\.*\]' "$tmp/drawn")" 0 'there is a bar'
is "$(sed 's/.*\[\([#.]*\)\].*/\1/' "$tmp/drawn" | awk '{ print length($0) }' | sort -u)" 20 \
  'of 20 characters'
first=$(head -n 1 "$tmp/drawn" | tr -cd '#')
last=$(tail -n 1 "$tmp/drawn" | tr -cd '#')
[ ${#last} -gt $((${#first} + 5)) ]
ok $? "it fills (from ${#first} to ${#last})"
grep -q "$colour" "$tmp/screen"
ok $? 'the verdict has a colour'
# The last redrawing is wiped before anything else is said.
tr '\r' '\n' <"$tmp/screen" | grep -A2 'lost [0-9]*' | tail -n 1 |
  grep -q "^$(printf '\033')\\[K"
ok $? 'the line is wiped at the end'

export NO_COLOR=1
on_terminal 120 -d 1s -- "$ending" sleep 60
is "$(grep -c "$colour" "$tmp/screen")" 0 'NO_COLOR is respected'
unset NO_COLOR

on_terminal 120 -q -d 2s -- "$ending" sleep 60
is "$(redrawings | wc -l)" 0 '--quiet: no status line'
like "$(cat "$tmp/screen")" '(PASS|FAIL|INCONCLUSIVE)' '--quiet: but the result'

# quietly OPTION...: not on a terminal.
quietly() {
  rm -f "$tmp/run.soak"
  "$soak" run -o "$tmp/run.soak" "$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null
}

quietly -d 3s -- "$ending" sleep 60
is "$(grep -c 'calls/op' "$tmp/stderr")" 0 'no terminal: no status line within 3 s'
is "$(cat "$tmp/stdout" "$tmp/stderr" | tr -cd '\r\033' | wc -c)" 0 \
  'no terminal: no control characters'
is "$(tail -n 1 "$tmp/stderr")" "soak: recorded in $tmp/run.soak" 'stderr says where it recorded'
"$soak" check "$tmp/run.soak" >"$tmp/checked"
cmp "$tmp/stdout" "$tmp/checked"
ok $? 'stdout is what soak check says'

quietly -q --no-perf -d 1s -- "$ending" sleep 60
is "$(wc -c <"$tmp/stderr")" 0 '--quiet: nothing on stderr, no warning either'
quietly --no-perf -d 1s -- "$ending" sleep 60
is "$(grep -c '^soak: warning: ' "$tmp/stderr")" 1 'without --quiet there is the warning'

quietly -q --json -- "$ending" exit 0
"$soak" check "$tmp/run.soak" --json >"$tmp/checked"
cmp "$tmp/stdout" "$tmp/checked"
ok $? '--json: stdout is what soak check --json says'
python3 -m json.tool <"$tmp/stdout" >"$tmp/tidy"
ok $? '--json: it is JSON'

quietly -q -- sh -c 'echo to stdout; echo to stderr >&2'
"$soak" check "$tmp/run.soak" >"$tmp/checked"
is "$(head -n 1 "$tmp/stdout") $(tail -n +2 "$tmp/stdout" | cmp - "$tmp/checked" && echo result)" \
  'to stdout result' "the target's own output comes first"
is "$(cat "$tmp/stderr")" 'to stderr' "the target's stderr is stderr"

done_testing
