#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# soak bench: how it runs what it measures, and the arithmetic of its tables. Speeds are not looked at, but for one that
# is planted.
. tests/tap.sh

bench() {
  "$soak" bench --iters 300000 "$@" >"$tmp/out" 2>"$tmp/err"
  status=$?
}

cat >"$tmp/recompute.py" <<'END'
import json, math, statistics, sys
j = json.load(open(sys.argv[1]))
T = {2: 12.706204736432095, 3: 4.302652729911275, 4: 3.182446305284263}[j["rounds"]]
def near(got, want):
    assert abs(got - want) <= 1e-9 * max(abs(want), 1), (got, want)
speeds = {}
for row in j["allocators"]:
    v = speeds[row["allocator"]] = [run["mops"] for run in row["runs"]]
    assert len(v) == j["rounds"] and min(v) > 0
    assert all(0 <= run["steal_pct"] < 6400 and run["others_pct"] >= 0 for run in row["runs"])
    near(row["mean"], statistics.fmean(v)), near(row["median"], statistics.median(v))
    near(row["min"], min(v)), near(row["max"], max(v))
    near(row["cv_pct"], 100 * statistics.stdev(v) / statistics.fmean(v))
for row in j["allocators"]:
    if j["baseline"] is None:
        assert row["of_baseline"] is None and not j["milestones"]
        continue
    d = [math.log(b / a) for a, b in zip(speeds[j["baseline"]], speeds[row["allocator"]])]
    half = T * statistics.stdev(d) / math.sqrt(len(d))
    of = row["of_baseline"]
    near(of["ratio"], math.exp(statistics.fmean(d)))
    near(of["low"], math.exp(statistics.fmean(d) - half))
    near(of["high"], math.exp(statistics.fmean(d) + half))
    if row["allocator"] == "hakmem":
        assert [m["pct"] for m in j["milestones"]] == [55, 60, 65]
        for m in j["milestones"]:
            low, high = 100 * of["low"] >= m["pct"], 100 * of["high"] < m["pct"]
            assert m["state"] == ("reached" if low else "missed" if high else "undecided"), (m, of)
print(*speeds)
END

bench --runs 4 --json
is "$status: $(python3 "$tmp/recompute.py" "$tmp/out" 2>&1 | tail -n 1)" '0: hakmem hakmem-libc glibc mimalloc' \
  'the four allocators, and all figures are what the runs give'
is "$(grep -c instructions_per_op.*null "$tmp/out")" 4 'instructions are not counted unless asked for'
bench --runs 3 --json -a hakmem,jemalloc
is "$status: $(python3 "$tmp/recompute.py" "$tmp/out" 2>&1 | tail -n 1)" '0: hakmem jemalloc' \
  'without mimalloc: no ratios'
bench --runs 2 --ws 50 --seed 3
like "$(cat "$tmp/out")" \
  '^bench_random_mixed 300000 50 3, 2 interleaved runs of each, HAKMEM_PROFILE=MIXED_TINYV3_C7_SAFE$' 'what was run'
like "$(cat "$tmp/out")" '^  hakmem-libc( +[0-9.]+){5} %  [0-9.]+ % \[[0-9.]+, [0-9.]+\]$' 'a row'
like "$(cat "$tmp/out")" '^  milestones of hakmem, in per cent of mimalloc: M1 \(55 %\) ' 'the milestones'

bench --runs 2 -W sizes -a hakmem,mimalloc
like "$(cat "$tmp/out")" '^bench_sizes 300000 400 1, 2 interleaved runs of each' 'another workload'
is "$status $(grep -c milestones "$tmp/out")" '0 0' 'milestones are of mixed alone'

# Two libraries that write down how they are run; the second is slow.
cat >"$tmp/witness.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
extern void *__libc_malloc(size_t size);
__attribute__((constructor)) static void tell(void)
{
	char exe[4096] = "";
	FILE *out = fopen(LOG, "a");
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0 || !out || !strstr(exe, "bench_random_mixed"))
		return;
	fprintf(out, NAME " %s", exe);
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LD_PRELOAD=", 11) != 0)
			fprintf(out, " %s", *e);
		else
			fprintf(out, " %s", strstr(*e, NAME) && !strchr(*e, ':') ? "preloaded" : *e);
	fputc('\n', out);
	fclose(out);
}
void *malloc(size_t size)
{
	for (volatile int i = 0; i < SPIN; i++)
		;
	return __libc_malloc(size);
}
END
for name in one two; do
  [ $name = one ] && spin=0 || spin=20000
  ${CC:-gcc} -shared -fPIC -o "$tmp/$name.so" "-DSPIN=$spin" "-DNAME=\"$name\"" "-DLOG=\"$tmp/log\"" \
    "$tmp/witness.c"
done
ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=libm.so.6 HAKMEM_CHECK=1 OTHER=1 "$soak" bench \
  --iters 50000 --runs 3 --json --profile lean -a "$tmp/one.so,$tmp/two.so,mimalloc" >"$tmp/out" 2>"$tmp/err"
is "$?: $(python3 "$tmp/recompute.py" "$tmp/out" 2>&1 | tail -n 1)" "0: $tmp/one.so $tmp/two.so mimalloc" \
  'libraries by path'
is "$(cut -d ' ' -f 1 "$tmp/log" | xargs)" 'one two two one one two' 'interleaved: forwards and backwards in turn'
is "$(cut -d ' ' -f 2- "$tmp/log" | sort -u)" \
  "$(realpath "$BUILD/bin/bench_random_mixed") PATH=/usr/sbin:/usr/bin:/sbin:/bin HAKMEM_PROFILE=lean preloaded" \
  'one binary, and an environment with nothing else in it'
is "$(python3 -c "
import json
one, two, mimalloc = (row['of_baseline'] for row in json.load(open('$tmp/out'))['allocators'])
print(two['high'] < 0.5 < one['ratio'], mimalloc['low'], mimalloc['high'])")" 'True 1 1' \
  'one that is slow is seen to be'

# The figure that does not depend on the machine's mood.
instructions() {
  bench --runs 2 --json --instructions -a hakmem,mimalloc
  python3 -c "
import json
print(*(row['instructions_per_op'] for row in json.load(open('$tmp/out'))['allocators']))" 2>/dev/null
}
first=$(instructions)
second=$(instructions)
is "$(echo "$first $second" | awk '{ print NF, ($1 > 20 && $1 < 200 && $2 > 20 && $2 < 200),
  ($1 / $3 < 1.01 && $1 / $3 > 0.99 && $2 / $4 < 1.01 && $2 / $4 > 0.99) }')" '4 1 1' \
  "instructions per op, the same each time ($first; $second)"
mkdir "$tmp/bin"
PATH=$tmp/bin bench --instructions
is "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" '2 1 0' 'no valgrind: one line before anything runs'
like "$(cat "$tmp/err")" 'apt-get install valgrind' 'and how to get it'

wrong() {
  bench "$@"
  echo "$status $(wc -c <"$tmp/out") $(grep -vc '^Try ' "$tmp/err")"
}
is "$(wrong -a hakmem,nosuch)" '2 0 1' 'an allocator that is none'
like "$(cat "$tmp/err")" 'unknown allocator .nosuch.: choose' 'the choices'
is "$(wrong -a glibc,glibc)" '2 0 1' 'an allocator twice'
is "$(wrong -a '')" '2 0 1' 'no allocator'
is "$(wrong -a /no/lib.so)" '2 0 1' 'no such library'
is "$(wrong -W sizes --ws 50) $(wrong -W sizes --seed 2) $(wrong -W sizes --instructions)" '2 0 1 2 0 1 2 0 1' \
  'what goes with mixed alone'
is "$(wrong -W nosuch)" '2 0 1' 'a workload that is none'
for option in '--runs 1' '--runs x' '--iters 0' '--iters -1' '--ws 0' '--seed 1.5' '--nosuch' 'argument'; do
  # shellcheck disable=SC2086
  is "$(wrong $option)" '2 0 1' "$option"
done

cat >"$tmp/crash.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
__attribute__((constructor)) static void crash(void)
{
	char exe[4096] = "";
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0 && strstr(exe, "bench_random_mixed"))
		abort();
}
END
${CC:-gcc} -shared -fPIC -o "$tmp/crash.so" "$tmp/crash.c"
is "$(wrong -a "hakmem,$tmp/crash.so")" '4 0 1' 'a run that crashes: exit status 4'
like "$(cat "$tmp/err")" 'crash.so: .*bench_random_mixed was killed by SIGABRT' 'which, and how'

timeout -s TERM 1 "$soak" bench --iters 4000000000 >/dev/null 2>&1
within 5 sh -c '! pgrep -fx ".*bench_random_mixed 4000000000 400 1"'
is $? 0 'ended from outside, no run goes on'
done_testing
