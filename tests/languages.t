#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Callers of allocators: the program's own functions, not operator new, the standard library, or what an allocator does
# inside, be it preloaded or linked in; and under the names that the source has.
. tests/tap.sh

planted=tests/helpers/planted/language.cc
${CXX:-g++} -O2 -o "$tmp/plain" $planted || exit 1
${CXX:-g++} -O2 -o "$tmp/linked" $planted "$BUILD/lib/libhakmem.a" -pthread || exit 1
${CXX:-g++} -O2 -static -o "$tmp/fixed" $planted || exit 1

# Until callers have been told apart, calls are those of several: most must be named, and none of another's counted.
look() {
  "$soak" run -q -f -a "$1" --ops none -o "$tmp/run.soak" -- "$tmp/$2" >"$tmp/out" 2>&1
  while read -r most name; do
    calls=$(sql "$tmp/run.soak" "SELECT ifnull(sum(c.calls), 0) FROM callers c JOIN places p ON p.id=c.place
      WHERE c.syscall='mmap' AND NOT several AND p.caller GLOB '$2\`$name+*'")
    ok $((calls < 100 || calls > most)) "$3: $calls of $most calls by $name"
  done <<EOF
211 planted::maker::by_new<char>
223 planted::maker::by_vector
227 planted::maker::by_malloc
229 r::maker
229 r::grow
EOF
  is "$(sql "$tmp/run.soak" "SELECT count(*) FROM places WHERE NOT several AND caller GLOB '*operator new*'")" 0 \
    "$3: operator new is no caller"
}

look own plain 'glibc'
stack=$(sql "$tmp/run.soak" "SELECT stack FROM places WHERE caller GLOB '*by_vector*' AND stack GLOB '*mmap*' LIMIT 1")
like "$stack" '`main;plain`planted::maker::by_vector;libstdc\+\+[^;]*`operator new;libc[^;]*`[^;]*malloc;' \
  'the whole way is kept'
look mimalloc plain 'mimalloc, preloaded'
# hakmem keeps what is wanted back: without that, each block is mapped anew.
HAKMEM_KEEP_BYTES=0 HAKMEM_KEEP_PERCENT=0 look own linked 'hakmem, linked in'
look own fixed 'static glibc'

done_testing
