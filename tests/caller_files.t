#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Callers in files that are not what they were: written over while they ran, replaced, without a build id, without
# dynamic symbols, started by a relative path and gone, unloaded for another.
. tests/tap.sh

# program FILE NAME CALLS FLAG...
program() {
  file=$1 name=$2 calls=$3
  shift 3
  ${CC:-cc} -O1 -DNAME="$name" -DCALLS="$calls" "$@" -o "$tmp/$file" tests/helpers/planted/caller.c
}
program static alpha 101 -static
program other beta 103
program plain_a alpha 107 -Wl,--build-id=none
program plain_b beta 109 -Wl,--build-id=none
program a.so alpha 7 -shared -fPIC
program b.so delta 11 -shared -fPIC
${CC:-cc} -o "$tmp/loader" tests/helpers/planted/loader.c
cd "$tmp" || exit 1

# In $tmp, as the programs are named from there.
record() {
  "$soak" run --quiet --force -a own --ops none --output run.soak -- "$@" >out 2>err </dev/null
}

# The calls of each caller: "who calls certainty".
callers() {
  sql run.soak "SELECT p.caller, sum(c.calls), certainty FROM callers c JOIN places p ON p.id=c.place
    WHERE c.syscall='madvise' AND p.caller GLOB '$1' GROUP BY 1 ORDER BY 1" | sed 's/+0x[0-9a-f]*//' | tr '|\n' '  '
}

record ./static
is "$(callers 'static*')" 'static`alpha 101 exact ' 'a static program: its own function, not the one of libc in it'
record sh -c 'for i in 1 2 3 4 5 6 7; do ./other; done'
is "$(callers 'other*')" 'other`beta 721 exact ' 'short lives by a relative path have names'
record ./other ./static ./plain_a ./other ./static
is "$(sql run.soak "SELECT program, sum(calls) FROM callers c JOIN places p ON p.id=c.place
  WHERE c.syscall='madvise' GROUP BY 1 ORDER BY 1" | tr '\n' ' ')" 'other|206 plain_a|107 static|202 ' \
  'programs that a process executes one after the other, each with its calls'
is "$("$soak" audit run.soak --phase all --by process,syscall | awk '/madvise/ {print $NF, $1}' | sort | tr '\n' ' ')" \
  'other 206 plain_a 107 static 202 ' 'likewise in the account by process'
# seen PROGRAM COUNT: that many call sites of it are in the recording, so their files have been read.
cat >seen <<'EOF'
until [ "$(sqlite3 -readonly run.soak "SELECT count(*) >= $2 FROM places WHERE program = '$1'" 2>/dev/null)" = 1 ]; do
  sleep 0.05
done
EOF
record sh -c 'cp static p; ./p; sh seen p 1; cp other p; ./p; ./p; sh seen p 2'
is "$? $(cat err)" '3 ' 'a program that is written over as soak reads it: judged'
is "$(callers 'p*')" 'p`alpha 101 exact p`beta 206 exact ' 'each has its own calls and name'
record sh -c "cp plain_a q; '$tmp/q'; sh seen q 1; rm q; cp plain_b q"
is "$(callers 'q*')" 'q`alpha 107 exact ' 'a program without a build id, replaced since: its own name'
cp a.so gone.so
UNLINK=1 record ./loader 1 ./gone.so alpha
is "$(callers 'gone*')" 'gone.so (deleted)`alpha 7 exact ' 'a library that is deleted while it is loaded'
record ./loader 13 ./a.so alpha ./b.so delta
is "$(cat out | head -1)" 1 'two libraries that are loaded in turns lie at the same address'
is "$(callers '?.so*')" 'a.so`alpha 91 exact b.so`delta 143 exact ' 'each has its own calls'
record ./loader 20011 ./a.so alpha
is "$(callers '?.so*')" 'a.so`alpha 140077 exact ' 'one that is loaded again and again'

# What a path leads to is another file in each mount namespace, with the same inode number at that.
mkdir here below above work both
mount -t tmpfs here here && mount -t tmpfs above above && mkdir above/upper above/work
trap 'umount "$tmp/both" "$tmp/here" "$tmp/above" 2>/dev/null; rm -rf "$tmp"' EXIT
cp static here/app
cat >elsewhere <<'EOF'
mount -t tmpfs elsewhere here && cp other here/app && stat -c %i here/app && ./here/app 1
EOF
record unshare -m sh elsewhere
is "$(head -1 out)" "$(stat -c %i here/app)" 'two programs of one path and one inode number'
is "$(callers 'app*')" 'app`beta 103 exact ' 'the one that ran is named'
cp other below/app
mount -t overlay overlay -o lowerdir=below,upperdir=above/upper,workdir=above/work both
cp static both/new
record sh -c 'both/app 1; both/app; both/new 1; both/new'
is "$(callers 'app*')$(callers 'new*')" 'app`beta 206 exact new`alpha 202 exact ' \
  'programs on overlayfs, of its lower and upper layer, that lived and that did not'
record sh -c 'both/app; both/new'
is "$(callers 'app*')$(callers 'new*')" 'app`beta 103 exact new`alpha 101 exact ' \
  'likewise, without one that lived before'

done_testing
