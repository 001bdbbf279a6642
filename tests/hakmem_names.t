#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 100
#
# hakmem's mappings carry names in /proc/PID/maps. They get them at the start; what is mapped later
# inherits them, without a call of its own for it.
. tests/tap.sh

lib=$BUILD/lib/libhakmem.so

command -v strace >/dev/null || skip_all 'no strace'

# A kernel without names is told to have them: what hakmem asks of it is the same.
strace -f -qq -o "$tmp/trace" -e trace=prctl,mmap,mremap -e inject=prctl:retval=0 -E LD_PRELOAD="$lib" \
  "$BUILD/bin/bench_grow" ITERS=20000 >"$tmp/out" 2>&1
is $? 0 'a program whose heap grows'
for name in heap map descriptors; do
  like "$(grep PR_SET_VMA_ANON_NAME "$tmp/trace")" "\"hakmem: $name\"" "memory is named hakmem: $name"
done
# In this order, and each place where the last one ended: the heap is one mapping.
grown=$(awk '
  /prctl\(PR_SET_VMA/ && /hakmem: heap/ { split($0, part, ", "); end = part[3]; started = NR }
  /prctl\(/ && started && NR > started + 4 { print "prctl after the start" }
  /mremap\(0x[0-9a-f]*, 4096, / && !/MREMAP_MAYMOVE/ { extended++ }
  END { print (extended > 0) }' "$tmp/trace")
is "$grown" 1 'it grows at its end, and so keeps its name'

# named ERROR [VARIABLE=VALUE]: the calls for names of a program to which the kernel answers so, and
# what would continue a named mapping.
named() {
  strace -f -qq -o "$tmp/trace" -e trace=prctl,mremap -e inject=prctl:"$1" -E LD_PRELOAD="$lib" ${2:+-E "$2"} \
    "$BUILD/bin/bench_grow" ITERS=20000 >"$tmp/out" 2>&1
  continued='mremap\(0x[0-9a-f]*, 4096, |MAYMOVE\|MREMAP_DONTUNMAP'
  echo "$(grep -c PR_SET_VMA "$tmp/trace") $(grep -cE "$continued" "$tmp/trace")"
}
is "$(named error=EINVAL)" '1 0' 'a kernel that knows no names is asked once'
is "$(named retval=0 HAKMEM_NAMES=0)" '0 0' 'HAKMEM_NAMES=0: it is not asked'

# The heap and its descriptors, of a kernel that knows names.
LD_PRELOAD=$lib cat /proc/self/maps >"$tmp/maps"
said=$(strace -f -qq -e trace=prctl -E LD_PRELOAD="$lib" true 2>&1 | grep -c 'PR_SET_VMA.* = 0$')
if [ "$said" -gt 0 ]; then
  for name in heap map descriptors; do
    like "$(cat "$tmp/maps")" "\[anon:hakmem: $name\]" "/proc/PID/maps has hakmem: $name"
  done
else
  ok 0 '/proc/PID/maps has the names # SKIP this kernel does not know names'
fi
done_testing
