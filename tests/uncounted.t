#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Programs whose ops nobody counts: they are named, exactly, and no figure per op fails for them.
. tests/tap.sh

source=tests/helpers/planted/asker.c
cc -O1 -o "$tmp/asker" $source && cc -O1 -DTINY -o "$tmp/tiny" $source &&
  cc -O1 -static -o "$tmp/fixed" $source && cc -O1 -static -DTINY -o "$tmp/tinyfixed" $source &&
  cc -O1 -rdynamic -fno-builtin -DOWN_MALLOC -o "$tmp/own" $source || exit 1
PATH=$PATH:$tmp

# record ARGUMENTS...: "programs calls names" of what was not counted
record() {
  "$soak" run --quiet --force -a own --output "$tmp/run.soak" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  sql "$tmp/run.soak" "SELECT value FROM facts WHERE key IN ('uncounted_programs', 'uncounted_calls',
    'uncounted_names') ORDER BY key='uncounted_names', key DESC" | tr '\n' ' '
}

is "$(record -- sh -c 'asker 0 50; ls / | cat; python3 -c 1; tiny; exec asker 0 50')" '0 0 ' \
  'of a tree that keeps its environment nothing is said'
! grep -q 'the ops of' "$tmp/out"
ok $? 'and the scorecard says nothing'

is "$(record -- sh -c 'env -i /bin/true; tinyfixed; exec env -i tiny')" '0 0 ' \
  'nor of programs that ask for nothing but what their start takes'

is "$(record -- sh -c "asker 0 50; env -i '$tmp/asker' 0 50; asker 0 50")" '1 100 asker ' \
  'env -i: one program, its calls exactly'
like "$(cat "$tmp/out")" 'losses: .*, the ops of 1 program \(asker\)' 'the scorecard names it'
"$soak" check --json "$tmp/run.soak" >"$tmp/json"
like "$(tr -d '\n\t' <"$tmp/json")" '"uncounted_programs":1,"uncounted_calls":100,"uncounted_names":"asker"' \
  'and so does JSON'

# shellcheck disable=SC2016 # the inner shell's variables
like "$(record -- sh -c 'exec env -i "B=$1" "L=$LD_PRELOAD" "S=$SOAK_OPS" sh -c '\''
  exec env LD_PRELOAD="$L" SOAK_OPS="$S" "$B" 0 50'\' sh "$tmp/asker")" '^2 0 (env, sh|sh, env) $' \
  'a process that loses its environment and finds it again: program by program'

is "$(record -- python3 -c "import subprocess
for i in range(3): subprocess.run(['$tmp/asker', '0', '50'], env={})")" '3 300 asker (3) ' 'subprocess with env={}'
is "$(record -- sh -c "env -i sh -c 'fixed() { \"$tmp/asker\" 0 25; }; fixed; fixed; \"$tmp/fixed\" 0 10'")" \
  '4 120 asker (2), fixed, sh ' 'nested'
is "$(record -- sh -c 'fixed 0 50; fixed 0 7')" '2 114 fixed (2) ' 'static programs'
is "$(record -- sh -c 'own 0 50; asker 0 50')" '1 100 own ' 'a program with a malloc of its own'
chmod 755 "$tmp" && cp "$tmp/asker" "$tmp/setuid" && chmod 4755 "$tmp/setuid"
is "$(record --user nobody -- sh -c "'$tmp/setuid' 0 50; '$tmp/asker' 0 50")" '1 100 setuid ' 'a set-uid program'
if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  like "$(record -- sh -c "sudo -n '$tmp/asker' 0 50")" '^[0-9]+ [0-9]+ .*asker' 'a program behind sudo'
else
  ok 0 'a program behind sudo # SKIP sudo does not work here'
fi
is "$(record -- sh -c "env -u LD_PRELOAD '$tmp/asker' 0 50; env -u SOAK_OPS '$tmp/asker' 0 50")" '2 200 asker (2) ' \
  'the library without the page is not enough'

# verdict RULE
verdict() {
  python3 -c 'import json, sys
rule, = [r for r in json.load(open(sys.argv[1]))["rules"] if r["rule"] == sys.argv[2]]
print(rule["verdict"], rule["reason"])' "$tmp/json" "$1"
}
# judge TARGET COMMAND
judge() {
  "$soak" run -q -f -a own --warmup 1s --interval 50ms -o "$tmp/run.soak" -- sh -c "$2" >/dev/null 2>&1
  "$soak" check --json --set syscall_budget="$1" --set churn_budget=off "$tmp/run.soak" >"$tmp/json"
}
judge 1e-8 "asker 7 700 & asker 7 0; wait"
like "$(verdict syscall_budget)" '^FAIL ' 'calls of programs that are counted fail a budget'
judge 1e-8 "env -i '$tmp/asker' 7 700 & asker 7 0; wait"
counted_none='but [0-9,]+ of these calls are of programs that counted none of their ops: asker$'
like "$(verdict syscall_budget)" "^INCONCLUSIVE .*$counted_none" \
  'those of programs that are not do not'
"$soak" check --json --set syscall_budget=0.5 "$tmp/run.soak" >"$tmp/json"
like "$(verdict syscall_budget)" '^PASS ' 'but a budget that is kept without their ops is kept'
judge 1e-8 "env -i '$tmp/asker' 0 100; asker 7 700"
like "$(verdict syscall_budget)" '^FAIL ' 'and what they did in the warm-up does not matter'

# attach COMMAND...: to a shell that counts its ops, whose child runs the COMMAND, which is told
# "calls 1013" once both are observed; then the shell runs an asker. "programs calls names", and ops.
mkfifo "$tmp/orders" "$tmp/go"
attach() {
  rm -f "$tmp/run.soak"
  : >"$tmp/told"
  # shellcheck disable=SC2016 # the inner shell's variables
  LD_PRELOAD=$BUILD/lib/libsoakops.so sh -c 'asker=$1
    shift
    "$@" <orders >>told &
    read -r go <go
    unset LD_PRELOAD
    "$asker" 0 50
    wait' sh "$tmp/asker" "$@" &
  target=$!
  exec 3>orders
  within 30 grep -q ready told
  "$soak" attach $target -q -i 20ms -o run.soak >out 2>err &
  watcher=$!
  within 30 eval '[ "$(sqlite3 -readonly run.soak "SELECT count(*) > 1 FROM samples" 2>/dev/null)" = 1 ]'
  printf 'calls 1013\nexit 0\n' >&3
  exec 3>&-
  echo >go
  wait $target
  wait $watcher
  sql run.soak "SELECT value FROM facts WHERE key IN ('uncounted_programs', 'uncounted_calls',
    'uncounted_names') ORDER BY key='uncounted_names', key DESC" | tr '\n' ' '
}
if [ "$(id -u)" -eq 0 ]; then
  cd "$tmp" || exit 1
  is "$(attach env -i "$helpers/puppet")" '3 1113 puppet (2), asker ' \
    'attach: two processes that ran already, and a program that began later'
  is "$(sql run.soak 'SELECT max(ops_alloc) > 0 FROM samples')" 1 'attach: whose parent counts its ops'
fi

is "$(leftovers)" '' 'nothing is left behind'
done_testing
