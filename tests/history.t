#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# soak history: real recordings at two levels of memory, in both orders of time, and what it makes of them.
. tests/tap.sh

cd "$tmp" || exit 1

# record FILE MIB: a program that holds so much memory.
record() {
  "$soak" run -q -d 1s --warmup 200ms -i 50ms --ops none -o "$1" -- "$helpers/rssplay" flat 3 "$2" >run.log 2>&1
  [ -s "$1" ] || sed 's/^/# /' run.log
}

# on FILE DAY: it was recorded on that day of January.
on() {
  sql "$1" "UPDATE facts SET value = printf('2026-01-%02dT12:00:00Z', $2) WHERE key = 'start_utc'"
}

mkdir low high up down bump same
for i in 1 2 3 4 5 6; do
  record low/$i.soak 16
  record high/$i.soak 20
done

# course FOLDER SET...: a run of each set in turn, day after day, named by a commit.
course() {
  folder=$1 day=1
  shift
  for set in "$@"; do
    file=$folder/c$(printf %02d $day).soak
    cp "$set/$(((day - 1) % 6 + 1)).soak" "$file"
    on "$file" $day
    day=$((day + 1))
  done
}
L='low low low low low low' H='high high high high high high'
course up $L $H
course down $H $L
course same $L $L
course bump $L low low $H high high $L low low
sql up/c07.soak "UPDATE facts SET value = 'Linux 9.9' WHERE key = 'kernel'"

# rss FOLDER OPTION...: of the changes of RSS peak the run, its ratio in tenths, and whether the interval holds it.
rss() {
  "$soak" history --json "$@" >out 2>err
  python3 -c '
import json
j = json.load(open("out"))
row = next(f for f in j["figures"] if f["figure"] == "RSS peak")
assert len(row["values"]) == len(j["runs"]) and j["schema"] == 1
for c in row["changes"]:
    assert c["low"] <= c["ratio"] <= c["high"] and abs(c["after"] / c["before"] - c["ratio"]) < 1e-9, c
    print(c["name"], round(c["ratio"], 1), c["runs_before"], c["runs_after"])' 2>&1 | xargs
}

is "$(rss up)" 'c07 1.2 6 6' 'more memory since the seventh run'
is "$(rss down)" 'c07 0.8 6 6' 'and less, the other way round'
is "$(rss bump)" 'c09 1.2 8 8 c17 0.8 8 8' 'a change that was taken back'
is "$(rss same)" '' 'the same program twelve times: nothing'
is "$(rss up --least 40)" '' 'a change smaller than asked for'
is "$(rss high low/1.soak low/2.soak)" '' 'fewer runs than can show a change'
is "$(rss down/c12.soak down/c0*.soak down/c10.soak down/c11.soak)" 'c07 0.8 6 6' 'files in any order'

# Sentences.
text=$("$soak" history up)
ok $? 'exit status 0, whatever changed'
like "$text" '^12 runs, 2026-01-01 to 2026-01-12$' 'how many runs, and from when'
like "$text" '^  RSS peak .* MiB  since c07 \(2026-01-07\) RSS peak is \+[12][0-9.]* % \([0-9.]+ to [0-9.]+\), ' \
  'since which run, by how much'
like "$text" 'since c07 .*; changed at the same time: .*kernel: Linux .* -> Linux 9\.9$' 'what else changed with it'
like "$text" '^  at c08 \(2026-01-08\) changed: kernel: Linux 9\.9 -> ' 'each change of the environment'
like "$text" '^  speed  .* not measured$' 'a figure that nobody measured'
like "$("$soak" history same)" '^  RSS peak .* no change found in 12 runs$' 'no change, of so many runs'
like "$("$soak" history high)" '^  RSS peak .* measured in 6 runs: at least 11 are needed' 'too few runs'

# A name is text, in Markdown too.
mv up/c07.soak 'up/c|07.soak'
like "$("$soak" history up --markdown)" '^\| RSS peak \| .* \| since c\\\|07 \(2026-01-07\) RSS peak is \+' 'Markdown'

# What did not end well has no figures.
sql same/c03.soak "UPDATE facts SET value = 'no' WHERE key = 'stopped_by_soak';
  INSERT OR REPLACE INTO facts VALUES ('target_signal', 'SIGSEGV')"
text=$("$soak" history same)
like "$text" '^11 runs, ' 'a run whose target failed is left out'
like "$text" '^  note: left out: same/c03\.soak \(its target failed\)$' 'and named'
"$soak" history same/c03.soak >out 2>err
is "$? $(cat err)" '2 soak history: no run ended well: same/c03.soak (its target failed)' 'no run at all'
mkdir empty
"$soak" history empty >out 2>err
is "$? $(cat err)" '2 soak history: there is no run file (*.soak) in empty' 'an empty folder'

done_testing
