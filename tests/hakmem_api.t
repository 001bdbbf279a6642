#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 600
#
# libhakmem.so under LD_PRELOAD, and libhakmem.a linked in, do what the C library's malloc does: the
# facts that helpers/hakmem_semantics.c finds are the same, line by line; contents are kept.

. tests/tap.sh

lib=$BUILD/lib/libhakmem.so
archive=$BUILD/lib/libhakmem.a
CC=${CC:-gcc}
STATS='^\[SS_OS_STATS\] alloc=[0-9]+ free=[0-9]+ madvise=[0-9]+ madvise_disabled=[01] mmap_total=[0-9]+ '
STATS="${STATS}fallback_mmap=[0-9]+ huge_alloc=[0-9]+\$"

# under VARIABLE=VALUE COMMAND...
under() {
  timeout -k 5 200 env LD_PRELOAD="$lib" "$@"
}

# same FILE NAME [EXCEPT]: as glibc. A program that died half way printed less.
same() {
  grep -v "${3:-^\$}" "$tmp/glibc" >"$tmp/want"
  grep -v "${3:-^\$}" "$1" | diff "$tmp/want" - >"$tmp/diff"
  set -- $? "$2"
  ok "$1" "$2"
  head -n 20 "$tmp/diff" | sed 's/^/#   /'
}

"$helpers/hakmem_semantics" >"$tmp/glibc"
is $? 0 'glibc: the measure is there'
facts=$(wc -l <"$tmp/glibc")
[ "$facts" -gt 700 ]
ok $? "glibc: all $facts facts are there"

# Each fact by itself under the defaults, so that one that differs is named; then all as one.
under HAKMEM_CHECK=0 "$helpers/hakmem_semantics" >"$tmp/got" 2>"$tmp/err"
is $? 0 'the facts under hakmem: ends with 0'
is "$(cat "$tmp/err")" '' 'the facts under hakmem: nothing on stderr'
exec 3<"$tmp/got"
while IFS= read -r want; do
  IFS= read -r got <&3 || got='nothing more'
  is "$got" "$want" "$want"
done <"$tmp/glibc"
for mode in HAKMEM_PROFILE=lean HAKMEM_PROFILE=fast HAKMEM_PROFILE=balanced \
  HAKMEM_PROFILE=MIXED_TINYV3_C7_SAFE HAKMEM_FORCE_LIBC_ALLOC=1; do
  under "$mode" "$helpers/hakmem_semantics" >"$tmp/got" 2>"$tmp/err"
  is "$? $(cat "$tmp/err")" '0 ' "$mode: ends with 0, nothing on stderr"
  same "$tmp/got" "$mode: the same facts as glibc"
done
# What is freed is held back for a while there, and counts as in use.
under HAKMEM_CHECK=1 "$helpers/hakmem_semantics" >"$tmp/got" 2>"$tmp/err"
is "$? $(cat "$tmp/err")" '0 ' 'HAKMEM_CHECK=1: ends with 0, nothing on stderr'
same "$tmp/got" 'HAKMEM_CHECK=1: the same facts as glibc' '^mallinfo2 sees'

for what in blocks realloc calloc threads; do
  for mode in HAKMEM_CHECK=0 HAKMEM_PROFILE=lean HAKMEM_PROFILE=fast HAKMEM_CHECK=1; do
    said=$(under "$mode" "$helpers/hakmem_contents" "$what" 2>&1)
    is "$? $said" '0 ' "$mode: contents: $what"
  done
done

under HAKMEM_CHECK=0 "$helpers/hakmem_semantics" stats >"$tmp/out" 2>"$tmp/err"
is "$? $(wc -c <"$tmp/out")" '0 0' 'malloc_stats: returns, and prints nothing on stdout'
[ -s "$tmp/err" ]
ok $? 'malloc_stats: says something on stderr'

# ---- what malloc_stats and malloc_info say -------------------------------------------------------

cat >"$tmp/parts.py" <<'END'
import re, sys, xml.etree.ElementTree as xml

def parts(document):
    root = xml.fromstring(document)
    assert root.tag == "malloc" and root.get("version"), root.attrib
    assert int(root.find("system[@type='current']").get("size")) > 0
    return {b.get("type"): int(b.get("size")) for b in root.findall("bytes")}

steps = re.findall(r"(\w+) used (\d+)\n(<malloc .*?</malloc>\n)", open(sys.argv[1]).read(), re.S)
lines = re.findall(r"^hakmem: ([ +=]) +(\d+) \( *([\d.]+) MiB\) (.*)$", open(sys.argv[2]).read(), re.M)
assert [s[0] for s in steps] == ["small", "sparse", "trimmed", "large", "thread"], steps
per = len(lines) // len(steps)
for n, (name, used, document) in enumerate(steps):
    p = parts(document)
    committed = sum(p[k] for k in ("used", "cached", "stocked", "slab_free", "metadata", "retained"))
    assert committed == p["committed"], (name, "committed", committed, p)
    assert p["committed"] + p["returned"] == p["mapped"], (name, "mapped", p)
    assert p["huge"] <= p["mapped"], (name, "huge", p)
    # libc and the loader have a few blocks, too
    assert 0 <= p["used"] - int(used) < 200000, (name, "used", used, p)
    total = 0
    for sign, size, mib, meaning in lines[n * per:(n + 1) * per]:
        assert abs(int(size) / 2**20 - float(mib)) <= 0.1, (name, size, mib)
        if sign == "=":
            assert total == int(size), (name, meaning, total, size)
        if sign == "+" or "in use" in meaning:
            total += int(size)
    assert total == p["mapped"], (name, "text", total, p)
d = {name: parts(document) for name, used, document in steps}
assert d["small"]["used"] > 25000000 and d["sparse"]["slab_free"] > 1000000, d
assert d["small"]["cached"] > 10000 and d["trimmed"]["committed"] < d["sparse"]["committed"] / 2, d
assert d["trimmed"]["cached"] == d["trimmed"]["stocked"] == d["trimmed"]["retained"] == 0, d["trimmed"]
assert d["large"]["retained"] + d["large"]["returned"] > 30000000, d["large"]
assert d["thread"]["cached"] > d["large"]["cached"] + 5000, (d["large"], d["thread"])
END
under HAKMEM_CHECK=0 "$helpers/hakmem_statistics" >"$tmp/documents" 2>"$tmp/lines"
is $? 0 'malloc_info: returns 0, and EINVAL for options that it has not'
said=$(python3 "$tmp/parts.py" "$tmp/documents" "$tmp/lines" 2>&1)
is "$? $said" '0 ' 'malloc_info is XML, malloc_stats text; the parts of both add up to what is mapped'
under HAKMEM_FORCE_LIBC_ALLOC=1 "$helpers/hakmem_statistics" 2>/dev/null | grep -q '<malloc version="1">'
is $? 0 'HAKMEM_FORCE_LIBC_ALLOC=1: malloc_info is that of glibc'

# ---- whose blocks these are ----------------------------------------------------------------------

cat >"$tmp/whose.c" <<'END'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether a small block lies in the heap that brk() makes, and whether libc counts a large one. */
int main(void)
{
	char *volatile start = sbrk(0), *volatile block, *volatile large;
	struct mallinfo2 info;

	block = malloc(100);
	large = malloc(10000000);
	info = mallinfo2();
	printf("%s %s\n", block >= start && block < (char *)sbrk(0) ? "brk" : "mmap",
		info.hblks == 1 && info.hblkhd > 10000000 && info.arena > 100000 ? "libc" : "other");
	free(large);
	free(block);
	return 0;
}
END
$CC -std=gnu11 -D_GNU_SOURCE -O1 -fno-builtin -o "$tmp/whose" "$tmp/whose.c"
is "$? $("$tmp/whose")" '0 brk libc' 'glibc: small blocks lie in the heap, and mallinfo2 is its own'
is "$(under HAKMEM_CHECK=0 "$tmp/whose" | cut -d' ' -f1)" mmap 'hakmem: small blocks do not'
is "$(under HAKMEM_CHECK=1 "$tmp/whose" | cut -d' ' -f1)" mmap 'HAKMEM_CHECK=1: nor here'
is "$(under HAKMEM_FORCE_LIBC_ALLOC=1 "$tmp/whose")" 'brk libc' 'HAKMEM_FORCE_LIBC_ALLOC=1: all is as in glibc'
is "$(under HAKMEM_FORCE_LIBC_ALLOC=0 "$tmp/whose" | cut -d' ' -f1)" mmap 'HAKMEM_FORCE_LIBC_ALLOC=0: hakmem'

# ---- options -------------------------------------------------------------------------------------

# said VARIABLE=VALUE: what a program that allocates a little has on its stderr.
said() {
  under "$1" "$tmp/whose" 2>&1 >/dev/null
}

is "$(said HAKMEM_SS_OS_STATS=0)" '' 'nothing is printed unasked'
like "$(said HAKMEM_SS_OS_STATS=1)" "$STATS" 'HAKMEM_SS_OS_STATS=1: the line, as published'
is "$(said HAKMEM_SS_OS_STATS=1 | wc -l)" 1 'HAKMEM_SS_OS_STATS=1: that line and no other'
like "$(said HAKMEM_SS_OS_STATS=1)" 'alloc=[1-9].* mmap_total=[1-9]' 'HAKMEM_SS_OS_STATS=1: something was counted'
is "$(said HAKMEM_NO_SUCH_OPTION=1 | wc -l)" 1 'an unknown option: one line'
like "$(said HAKMEM_NO_SUCH_OPTION=1)" 'HAKMEM_NO_SUCH_OPTION' 'an unknown option: the line names it'
like "$(said HAKMEM_PROFILE=nonesuch)" 'nonesuch' 'an unknown profile is named'
is "$(HAKMEM_SS_OS_STATS=1 under HAKMEM_FORCE_LIBC_ALLOC=1 "$tmp/whose" 2>&1 >/dev/null | grep -Ec '=[1-9]')" 0 \
  'HAKMEM_FORCE_LIBC_ALLOC=1: hakmem asks the kernel for nothing'

# ---- the archive ---------------------------------------------------------------------------------

# linked HOW FLAGS...: the facts, and the stress of contents, in programs that have it inside.
linked() {
  how=$1
  shift
  for what in semantics contents; do
    $CC -std=gnu11 -D_GNU_SOURCE -O2 -I. -pthread "$@" -o "$tmp/$what" "tests/helpers/hakmem_$what.c" \
      "$archive" >"$tmp/log" 2>&1
    is $? 0 "$how: hakmem_$what links"
    head -n 5 "$tmp/log" | sed 's/^/#   /'
  done
  HAKMEM_SS_OS_STATS=1 timeout -k 5 200 "$tmp/semantics" >"$tmp/got" 2>"$tmp/err"
  is $? 0 "$how: ends with 0"
  same "$tmp/got" "$how: the same facts as glibc"
  like "$(cat "$tmp/err")" "$STATS" "$how: it is hakmem"
  said=$(timeout -k 5 200 "$tmp/contents" threads 2>&1)
  is "$? $said" '0 ' "$how: contents: threads"
}

linked 'libhakmem.a'
linked 'libhakmem.a, -static' -static
linked 'libhakmem.a, -static-pie' -static-pie
done_testing
