#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tools/bench-alloc --suite: runs what a folder holds of mimalloc-bench, with the suite's arguments, sees a slow and a
# fat allocator, and says by name what is missing and what crashes. The programs here are stand-ins.
. tests/tap.sh

suite() {
  timeout 250 tools/bench-alloc --suite "$tmp/programs" --json "$tmp/json" "$@" >"$tmp/out" 2>"$tmp/err"
  status=$?
}

# stand_in NAME COMMAND: notes its arguments, then does that.
stand_in() {
  printf '#!/bin/sh\necho %s "$@" >>"%s"\n%s\n' "$1" "$tmp/ran" "$2" >"$tmp/programs/$1"
  chmod +x "$tmp/programs/$1"
}

# peer NAME SOURCE: a library to preload.
peer() {
  for header in string.h stdlib.h sys/mman.h unistd.h; do
    echo "#include <$header>"
  done >"$tmp/$1.c"
  printf '%s\n' 'extern void *__libc_malloc(size_t);' "$2" >>"$tmp/$1.c"
  ${CC:-gcc} -D_GNU_SOURCE -shared -fPIC -o "$tmp/peers/lib$1.so" "$tmp/$1.c"
}

# value FIGURE OF: of the program or the mean that $1 is the title of, as Python has it in the JSON
value() {
  python3 -c "
import json, statistics
j = json.load(open('$tmp/json'))
rows = {row['figure']['title']: row for row in j['rows']}
means = {mean['figure']: mean['ratios'] for mean in j['means']}
median = lambda title, name: statistics.median(rows[title]['values'][name])
print($1)" 2>&1 | tail -1
}

mkdir "$tmp/programs" "$tmp/peers"
stand_in cfrac "exec $BUILD/bin/bench_random_mixed 5000"
stand_in mleak "exec $BUILD/bin/bench_random_mixed 5000"
stand_in larson 'echo "Throughput = 5 operations per second, relative time: 1.500s."'
stand_in rptest 'echo "1000000 memory ops/CPU second"; echo "...4000000 memory ops in all"'
stand_in glibc-thread 'echo "2000000000 iterations"'
stand_in barnes 'read word && echo "$word" >>'"$tmp/ran"
stand_in espresso 'exit 0'
stand_in malloc-large "echo \"\${LD_PRELOAD##*/}\" >>$tmp/order"
echo stars >"$tmp/programs/input"
peer slow 'void *malloc(size_t size) { usleep(20); return __libc_malloc(size); }'
peer fat '__attribute__((constructor)) static void fatten(void)
{ memset(mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 64 << 20); }'
peer crash '__attribute__((constructor)) static void crash(void)
{ char exe[4096] = ""; ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
  if (n > 0 && strstr(exe, "bench_random_mixed")) abort(); }'

PEERS=$tmp/peers suite --rounds 5 --peers slow,fat,crash
is "$status" 0 'peers that are slow, fat and wrong are news about them'
cpus=$(nproc)
sort -u >"$tmp/wanted" <<END
barnes
cfrac 17545186520507317056371138836327483792789528
glibc-thread $cpus
larson 5 8 1000 5000 100 4141 $cpus
malloc-large
mleak 5
mleak 50
rptest $cpus 0 1 2 500 1000 100 8 16000
stars
END
is "$(sort -u "$tmp/ran")" "$(cat "$tmp/wanted")" 'each program had the arguments of the suite, and its input'
is "$(grep -c '^cfrac' "$tmp/ran")" 21 'five rounds of each allocator and of hakmem again, one of what crashed'
is "$(sed 's/^lib\(.\).*/\1/' "$tmp/order" | tr -d '\n')" 'hcfsh''hsfch''hcfsh''hsfch''hcfsh' \
  'allocators take turns forwards and backwards; hakmem is among them twice'
like "$(cat "$tmp/out")" '^\* \*\*missing\*\*: alloc-testN: alloc-test is not in ' 'a missing program is listed'
like "$(cat "$tmp/out")" '^\* \*\*missing\*\*: espresso: espresso/largest.espresso is not in ' 'and missing data'
like "$(cat "$tmp/out")" '^\* \*\*failed\*\*: cfrac: time, crash: cfrac: exit status 134 \(SIGABRT\)' 'a crash'
is "$(value "rows['cfrac: time']['ratios']['slow']['high'] < 0.5")" True 'the slow allocator is seen'
is "$(value "rows['cfrac: peak RSS']['ratios']['fat']['high'] < 0.2")" True 'and the fat one'
is "$(value "median('cfrac: peak RSS', 'fat') > 67 > 8 > median('cfrac: peak RSS', 'hakmem')")" True 'in MB'
is "$(value "[median(n + ': time', 'hakmem') for n in ('larsonN', 'rptestN', 'glibc-thread')]")" '[1.5, 0.5, 0.5]' \
  'programs that run for a fixed time say themselves how fast they were'
like "$(cat "$tmp/out")" '^\| ↓ cfrac: time, s \| .* \| failed \| [0-9.]+ \| [0-9.]+ \|$' 'a row of medians'

# The means, recomputed.
is "$(value "means['time']['slow']['programs'], means['time']['crash']['programs']")" '8 5' \
  'means are over what both have run'
is "$(value "all(abs(means[key][peer]['values'][r] - statistics.geometric_mean(
    [row['values']['hakmem'][r] / row['values'][peer][r] for row in j['rows'] if row['figure']['key'] == key]))
  < 1e-9 for key in means for peer in ('slow', 'fat') for r in range(5))")" True 'each round its geometric mean'
like "$(cat "$tmp/out")" '^\| ↓ peak RSS \| at most 0.9 \| .*\[5\], .* 0\.[0-9]+ \(.*\) \[8\], yes' 'their table'

PEERS=$tmp/peers suite --rounds 1 --peers glibc --only mleak
is "$status $(wc -c <"$tmp/out")" '2 0' 'refused: not the name of a program'
like "$(cat "$tmp/err")" 'mleak: choose from cfrac, barnes, larsonN' 'and why'
is "$(timeout 60 tools/bench-alloc --suite "$tmp/peers" 2>&1 >/dev/null | tail -1 | sed 's/ is in .*//')" \
  'bench-alloc: error: --suite: no program of mimalloc-bench' 'a folder without programs'
is "$(leftovers)" '' 'nothing is left'
done_testing
