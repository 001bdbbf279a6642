#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# Pictures of a recorded run: complete, with the verdict, every panel and the counts in them, and
# nothing else left behind; a command with any characters in it is only text.

build=${BUILD:-build}
soak=$build/bin/soak
if [ ! -x "$soak" ]; then
  echo "1..0 # SKIP $soak is not built"
  exit 0
fi
if ! command -v gnuplot >/dev/null; then
  echo "1..0 # SKIP gnuplot is not installed"
  exit 0
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

# report STATUS NAME
report() {
  n=$((n + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $n - $2"
  else
    echo "not ok $n - $2"
    tail -n 5 "$tmp/out" 2>/dev/null | sed 's/^/# /'
  fi
}

skip() {
  n=$((n + 1))
  echo "ok $n - $1 # SKIP $2"
}

# has FILE WORDS
has() {
  grep -qF -e "$2" "$1"
  report $? "$(basename "$1") says: $2"
}

# refuses WORDS COMMAND…: the command fails and says WORDS.
refuses() {
  words=$1
  shift
  "$@" >"$tmp/out" 2>&1
  [ $? -ne 0 ] && grep -qF -e "$words" "$tmp/out"
  report $? "refused with: $words"
}

# A run may end with any verdict, but it must be there.
"$soak" run --duration 3s --quiet --output "$tmp/run.soak" >"$tmp/out" 2>&1
if [ ! -s "$tmp/run.soak" ]; then
  echo "1..0 # SKIP no run could be recorded: $(tail -n 1 "$tmp/out")"
  exit 0
fi
verdict=$("$soak" check "$tmp/run.soak" --json 2>/dev/null | tr -d ' \t\n' |
  sed 's/"rule":"[a-z_]*","verdict"//g; s/.*"verdict":"\([A-Z]*\)".*/\1/')
mkdir "$tmp/pictures"

"$soak" plot "$tmp/run.soak" --output "$tmp/pictures/run.png" >"$tmp/out" 2>&1
report $? "a PNG is drawn"
[ "$(head -c 8 "$tmp/pictures/run.png" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] &&
  [ "$(tail -c 8 "$tmp/pictures/run.png" | od -An -tx1 | tr -d ' \n')" = 49454e44ae426082 ]
report $? "it is complete from signature to end"
# A blank picture of this size packs into less than 10 kB.
[ "$(wc -c <"$tmp/pictures/run.png")" -gt 15000 ]
report $? "it is not blank"

svg=$tmp/pictures/run.svg
"$soak" plot "$tmp/run.soak" --output "$svg" >"$tmp/out" 2>&1
report $? "an SVG is drawn"
if command -v xmllint >/dev/null; then
  xmllint --noout "$svg" >"$tmp/out" 2>&1
  report $? "it is well-formed"
else
  skip "it is well-formed" "xmllint is not installed"
fi
tail -n 2 "$svg" | grep -q '</svg>'
report $? "it is complete"
has "$svg" "${verdict:-no verdict}"
# It takes a probe to know that.
[ "$(id -u)" -ne 0 ] || has "$svg" 'how fast its CPUs were'
for words in 'Resident memory (RSS)' 'Allocator operations' 'Page faults' 'Address-space calls' \
  'time since the start' rss_drift rss_monotonic memory_drift throughput_drop throughput_cv fault_growth \
  syscall_budget crosscheck; do
  has "$svg" "$words"
done

# Each lane, and beside it the count that the run file ends with. A picture groups digits by spaces.
"$soak" export "$tmp/run.soak" --table samples --format csv >"$tmp/samples.csv" 2>"$tmp/out"
for call in mmap munmap madvise mremap brk mprotect process_madvise; do
  has "$svg" ">$call<"
  count=$(awk -F, -v name="$call" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
    NR > 1 && $at != "" { last = $at } END { print last }' "$tmp/samples.csv")
  tr -d ' ' <"$svg" | grep -q "<text>${count:-notmeasured}</text>"
  report $? "$call: ${count:-not measured}"
done

COLUMNS=80 "$soak" plot "$tmp/run.soak" --dumb >"$tmp/dumb.txt" 2>"$tmp/out"
report $? "characters are drawn"
has "$tmp/dumb.txt" "${verdict:-no verdict}"
has "$tmp/dumb.txt" RSS
has "$tmp/dumb.txt" 'ops/s'
[ "$(grep -c '\*\*' "$tmp/dumb.txt")" -gt 0 ]
report $? "there is a curve"
[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' \
  "$tmp/dumb.txt")" -le 80 ]
report $? "they keep to 80 columns"

"$soak" plot "$tmp/run.soak" "$tmp/run.soak" --output "$tmp/pictures/two.svg" >"$tmp/out" 2>&1
report $? "two runs are drawn over each other"
has "$tmp/pictures/two.svg" '2 runs'
has "$tmp/pictures/two.svg" 'mmap + munmap + madvise + process_madvise calls since the start'

# Nothing here may be run, subscripted, or end a string. A line break becomes a space.
weird='it'\''s "q" `touch '$tmp'/ran` $(touch '$tmp'/ran) $HOME \n @x _y ^z {w} & <b> % #'
"$soak" run --duration 1s --quiet --output "$tmp/weird.soak" -- \
  /bin/sh -c 'sleep 2' "$weird" 'second
line' >"$tmp/out" 2>&1
"$soak" plot "$tmp/weird.soak" --output "$tmp/pictures/weird.svg" --size 4000x1000 >>"$tmp/out" 2>&1
report $? "a command with odd characters is drawn"
[ ! -e "$tmp/ran" ]
report $? "and nothing in it is run"
for words in '@x _y ^z {w} &amp; &lt;b' '$HOME' '`touch' 's "q"'; do
  has "$tmp/pictures/weird.svg" "$words"
done
"$soak" plot "$tmp/weird.soak" --dumb >"$tmp/dumb.txt" 2>"$tmp/out"
report $? "also in characters"

ls "$tmp/pictures" >"$tmp/before"
refuses 'must end in .svg or .png' "$soak" plot "$tmp/run.soak" --output "$tmp/pictures/run.gif"
refuses "$tmp/no/such" "$soak" plot "$tmp/run.soak" --output "$tmp/no/such/run.png"
mkdir "$tmp/empty"
LC_ALL=C "$soak" plot "$tmp/run.soak" -o "$tmp/locale.png" >"$tmp/out" 2>&1
[ "$(cat "$tmp/out")" = "$tmp/locale.png" ]
report $? 'in the C locale gnuplot has nothing to warn of'

refuses 'apt-get install gnuplot-nox' env PATH="$tmp/empty" "$soak" plot "$tmp/run.soak" \
  --output "$tmp/pictures/none.png"
ls "$tmp/pictures" >"$tmp/after"
cmp "$tmp/before" "$tmp/after" >"$tmp/out" 2>&1
report $? "no refused picture leaves a file"
[ "$(ls -A "$tmp/pictures" | tr '\n' ' ')" = 'run.png run.svg two.svg weird.svg ' ]
report $? "only the pictures are there"

echo "1..$n"
