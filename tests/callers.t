#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who made each call: right names where they can be known, "unknown" where they cannot, no count lost.
. tests/tap.sh

${CC:-cc} -O2 -fPIC -shared -o "$tmp/plugin.so" tests/helpers/planted/plugin.c
${CC:-cc} -O2 -fPIC -shared -DWRAPPERS -o "$tmp/wrappers.so" tests/helpers/planted/plugin.c
corpus=$helpers/corpus

record() {
  file=$1
  shift
  "$soak" run --quiet --force -a own --ops none --output "$file" -- "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
}

# named FILE PATTERN: calls, certainty and whether there are several, of the callers that match
named() {
  sql "$1" "SELECT sum(c.calls), group_concat(DISTINCT certainty), max(several) FROM callers c JOIN places p
    ON p.id=c.place WHERE c.syscall IN ('madvise', 'mremap', 'brk', 'mprotect') AND c.kind != 'query'
    AND p.caller GLOB '$2'"
}

unattributed='SELECT (SELECT sum(calls) FROM churn) - (SELECT sum(calls) FROM callers)'
wrong="SELECT count(*) FROM callers c JOIN places p ON p.id=c.place WHERE c.syscall='madvise' AND
  p.caller IS NOT NULL AND p.caller NOT GLOB 'corpus\`*' AND p.caller NOT GLOB 'plugin.so\`*' AND
  p.caller NOT GLOB '[[]anonymous]*'"

record "$tmp/corpus.soak" "$corpus" "$tmp/plugin.so"
while read -r name calls how; do
  is "$(named "$tmp/corpus.soak" "$name+*")" "$calls|exact|0" "$how: $name"
done <<EOF
corpus\`by_wrapper 101 through libc's madvise()
corpus\`by_syscall 103 through libc's syscall()
corpus\`by_instruction 107 by its own instruction
corpus\`with_frame_pointer 109 with a frame pointer
corpus\`by_sbrk 113 through libc's sbrk() and brk()
corpus\`by_mremap 127 through libc's mremap()
corpus\`by_mprotect 151 through libc's mprotect()
corpus\`left 314 in turn with another
corpus\`right 314 in turn with another
corpus\`by_last_call 167 by its last instruction
corpus\`in_handler 131 from a signal handler
plugin.so\`call_from_plugin 149 from a library opened later
[[]anonymous] 276 from code without a file, by its own instruction and through libc
EOF
is "$(sql "$tmp/corpus.soak" "$unattributed")" 0 'every call has a place'
is "$(sql "$tmp/corpus.soak" "$wrong")" 0 'and no madvise a wrong name'
id=$(readelf -n "$corpus" | awk '/Build ID/ {print $3}')
is "$(sql "$tmp/corpus.soak" "SELECT DISTINCT build_id, module FROM places WHERE caller GLOB 'corpus\`by_wrapper*'")" \
  "$id|$(readlink -f "$corpus")" 'build id and path of the file'
at=$(sql "$tmp/corpus.soak" "SELECT printf('0x%x', address) FROM places WHERE caller GLOB 'corpus\`by_wrapper*'")
like "$(addr2line -f -e "$corpus" "$at" | head -1)" '^by_wrapper$' 'its address is in the function'

# Wrappers that call frame information does not tell the way out of.
"$soak" run --quiet --force -a own --ops none -o "$tmp/hard.soak" -- \
  env LD_PRELOAD="$tmp/wrappers.so" "$corpus" "$tmp/plugin.so" >"$tmp/out" 2>&1 </dev/null
is "$(named "$tmp/hard.soak" 'corpus`by_mremap+*')" '127|heuristic|0' 'by a frame pointer: heuristic'
is "$(named "$tmp/hard.soak" 'corpus`by_mprotect+*')" '151|heuristic|0' 'by a word on the stack: heuristic'
behind="SELECT ifnull(sum(c.calls), 0) FROM callers c JOIN places p ON p.id=c.place
  WHERE c.syscall='madvise' AND p.caller GLOB"
total=0
over=0
for caller in 'corpus`by_wrapper 101' 'corpus`with_frame_pointer 109' 'corpus`in_handler 131' \
  'corpus`left 157' 'corpus`right 157' 'corpus`by_last_call 167' \
  'plugin.so`call_from_plugin 149' '[[]anonymous] 276' 'wrappers.so`madvise 1110'; do
  got=$(sql "$tmp/hard.soak" "$behind '${caller% *}+*'")
  total=$((total + got))
  [ "$got" -le "${caller#* }" ] || over=$((over + 1))
done
is "$total $over" "$((101 + 109 + 131 + 157 + 157 + 167 + 149 + 276)) 0" \
  'several callers behind one wrapper: none is blamed for the calls of another'
unknown="SELECT sum(c.calls), max(p.caller IS NULL) FROM callers c JOIN places p ON p.id=c.place
  WHERE c.kind='grow' AND p.stack='wrappers.so\`sbrk' AND certainty='unknown'"
is "$(sql "$tmp/hard.soak" "$unknown")" '427|1' 'beyond the words that were sent: unknown'
is "$(sql "$tmp/hard.soak" "$unattributed")" 0 'every call has a place there too'

# Short lives: the caller has a name although its process was gone before anybody could look.
record "$tmp/family.soak" "$corpus" family 211
is "$(named "$tmp/family.soak" 'corpus`short_lived+*')" "$((211 * 17))|exact|0" 'callers in 211 short lives'
is "$(sql "$tmp/family.soak" "SELECT count(DISTINCT process) FROM callers c JOIN places p ON p.id=c.place
  WHERE p.caller GLOB 'corpus\`short_lived*'")" 211 'in each of them'

# What is written each second meets calls whose stacks are still on their way, of processes that end meanwhile.
record "$tmp/late.soak" "$corpus" late 499
is "$(named "$tmp/late.soak" 'corpus`short_lived+*')" "499|exact|0" 'callers in lives that end while they are written'

[ -z "${SOAK_TEST_SLOW:-}" ] || done_testing # what follows takes minutes on an emulated CPU

# More sites than there are lines; counts stay exact, and the file says what has no name.
record "$tmp/sites.soak" "$corpus" sites 100003
is "$(named "$tmp/sites.soak" '[[]anonymous]+*')" '100003|exact|0' '100 003 call sites, each with its name'
is "$(sql "$tmp/sites.soak" "$unattributed")" 0 'none is lost'
record "$tmp/many.soak" "$corpus" sites 150001
is "$(sql "$tmp/many.soak" "SELECT sum(calls) FROM churn WHERE syscall='madvise'")" 150001 \
  'exact with more sites than can be told apart'
is "$(sql "$tmp/many.soak" "SELECT (SELECT value FROM facts WHERE key='lost_sites') - ($unattributed)")" 0 \
  'as many calls without a place as the file says'
is "$(sql "$tmp/many.soak" "SELECT value > 18000 FROM facts WHERE key='lost_sites'")" 1 'and there are some'
like "$("$soak" check "$tmp/many.soak")" 'losses: .* [0-9]+ calls at more call sites than can be told apart' \
  'and the scorecard'

done_testing
