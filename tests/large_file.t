#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program of 300 MB: soak reads what it needs of it, and loses nothing meanwhile.
. tests/tap.sh

${CC:-cc} -O1 -o "$tmp/large" tests/helpers/planted/large.c || exit 1
peak_kib=$(python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
  "$soak" run -q -f -a own --ops none -o "$tmp/run.soak" -- "$tmp/large")
ok $((peak_kib > 98304)) "the observer's peak RSS: $peak_kib KiB"
is "$(sql "$tmp/run.soak" "SELECT value FROM facts WHERE key='lost_stacks'")" 0 'no stack is lost while it is read'
is "$(sql "$tmp/run.soak" "SELECT p.caller, sum(c.calls), certainty FROM callers c JOIN places p ON p.id=c.place
  WHERE c.syscall='madvise' AND p.caller GLOB 'large*' GROUP BY 1" | sed 's/+0x[0-9a-f]*//')" \
  'large`by_call|103|exact' 'its function has its name'
is "$(sql "$tmp/run.soak" "SELECT sum(c.calls), certainty FROM callers c
  JOIN places p ON p.id=c.place
  WHERE c.syscall='madvise' AND p.caller GLOB '[[]anonymous]*'")" '1009|exact' 'and 1009 further places their calls'

done_testing
