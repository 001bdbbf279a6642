#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# What the library's machine code must not have: an atomic read-modify-write where the thread's
# cache answers malloc() and free(), a counter there, or a system call outside of os.c.
. tests/tap.sh

lib=$BUILD/lib/libhakmem.so
observe=$BUILD/lib/libhakmem-observe.so

# The instructions of one function.
instructions() { # LIBRARY FUNCTION
  objdump -d --no-show-raw-insn "$1" |
    awk -v f="<$2>:" '$2 == f { on = 1; next } /^$/ { on = 0 } on { sub(/^[^\t]*\t/, ""); print }'
}

# Those that read, modify and write memory in one: a lock prefix, or xchg with memory.
atomics() { # LIBRARY FUNCTION
  instructions "$1" "$2" | grep -cE '^lock |^xchg .*\(|^ld(add|clr|set)|^cas|^ldxr|^ldaxr'
}

for function in malloc malloc_medium free calloc; do
  count=$(instructions "$lib" $function | wc -l)
  [ "$count" -gt 5 ]
  ok $? "$function is there to be looked at: $count instructions"
  is "$(atomics "$lib" $function)" 0 "$function: no atomic read-modify-write"
done

# The same look finds them where they are.
for function in malloc free; do
  [ "$(atomics "$observe" $function)" -gt 0 ]
  ok $? "the observing build counts atomically in $function"
done
[ "$(atomics "$lib" hk_depot_take)" -gt 0 ]
ok $? 'a lock is atomic'

# Up to the first return no function is called: it is the fast path that comes first.
for function in malloc free; do
  is "$(instructions "$lib" $function | sed '/^ret/q' | grep -c '^call')" 0 "$function returns without a call"
done

# System calls are inline instructions, in os.c only: every function with one starts with hk_os_.
if [ "$(uname -m)" = aarch64 ]; then call='svc'; else call='syscall|sysenter|int +\\$0x80'; fi
others=$(objdump -d --no-show-raw-insn "$lib" | awk -v call="^($call)" '
  /^[0-9a-f]+ <.*>:$/ { f = $2 }
  { line = $0; sub(/^[^\t]*\t/, "", line) }
  line ~ call && line != $0 { all++; if (f !~ /^<hk_os_/) print f }
  END { if (all < 5) print "only " all " system calls found" }' | sort -u)
is "$others" '' 'no system call outside of os.c'

# Nor through libc.
for name in mmap munmap madvise mremap mprotect brk sbrk syscall write; do
  is "$(objdump -T "$lib" | awk '{ print $NF }' | sed 's/@.*//' | grep -cx "$name")" 0 "$name() of libc is not used"
done

# What the builds of the tests check is not there.
is "$(strings "$lib" | grep -c 'not true: ')" 0 'no assertion is compiled in'

# What is exported is libc's names, those of C++, and the counters: nothing that could clash.
libc='(m|c|re|v|pv)alloc|free|reallocarray|memalign|posix_memalign|aligned_alloc|mall(oc_.*|info2?|opt)|_exit|_Exit'
strange=$(nm -D --defined-only "$lib" | awk '{ print $NF }' | grep -vE '^(hak_|_Zd[la]Pv|_Zn[wa]m)' | grep -vxE "$libc")
is "$strange" '' 'nothing else is exported'
done_testing
