#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Programs on another C library than soak's own: musl, dynamic and static, started and executed by others.
. tests/tap.sh

command -v musl-gcc >/dev/null || skip_all 'needs musl-gcc (Debian package musl-tools)'
musl-gcc -O1 -o "$tmp/dynamic" tests/helpers/planted/musl.c || exit 1
musl-gcc -O1 -static -o "$tmp/fixed" tests/helpers/planted/musl.c || exit 1

# record ARGUMENTS...: says how it ended
record() {
  "$soak" run --quiet --force --output "$tmp/run.soak" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  echo "$? $(sql "$tmp/run.soak" "SELECT value FROM facts WHERE key='end_reason'" 2>/dev/null)"
}
counted() {
  sql "$tmp/run.soak" 'SELECT max(ops_alloc), max(ops_free), max(ops_realloc) FROM samples'
}
# The calls of each caller: "who calls".
callers() {
  sql "$tmp/run.soak" "SELECT p.caller, sum(c.calls) FROM callers c JOIN places p ON p.id=c.place
    WHERE p.program='$1' AND c.syscall='$2' AND c.calls > 50 GROUP BY 1 ORDER BY 1" |
    sed 's/+0x[0-9a-f]*//' | tr '|\n' '  '
}

is "$(record -a own -- "$tmp/dynamic")" '3 the target ended with exit status 0' 'a program on musl runs'
is "$(counted)" '1642|1220|103' 'its ops are counted, each once'
is "$(callers dynamic madvise)" 'dynamic`advises 101 ' "its own calls are its own, not its loader's"
is "$(sql "$tmp/run.soak" "SELECT count(*) FROM callers c JOIN places p ON p.id=c.place
  WHERE certainty='exact' AND p.caller GLOB 'libc.so*' AND c.calls > 50")" 0 \
  'and its libc is to blame for none of them'
is "$(record -a own -- sh -c "'$tmp/dynamic'; exit \$?")" '3 the target ended with exit status 0' \
  'one that a program on glibc executes'
counted=$(counted | cut -d'|' -f1)
ok $((counted < 1642)) "has its ops counted: $counted"
printf '#!/usr/bin/env %s\n' "$tmp/dynamic" >"$tmp/script"
chmod +x "$tmp/script"
"$soak" run -q -f -a "$BUILD/lib/libhakmem.so" -o "$tmp/run.soak" -- "$tmp/script" >"$tmp/out" 2>&1
is "$?" 4 'a library that musl cannot load'
like "$(cat "$tmp/out")" 'does not load .*Error (loading|relocating)' 'is refused before anything runs'

is "$(record -a own -- "$tmp/fixed")" '3 the target ended with exit status 0' 'a static program on musl runs'
is "$(callers fixed madvise)" 'fixed`advises 101 ' 'its own calls are its own'
is "$(sql "$tmp/run.soak" "SELECT count(*) FROM places WHERE caller GLOB 'fixed\`alloc_slot*'")" 0 \
  "and what malloc does inside is not malloc's own"

done_testing
