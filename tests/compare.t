#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# soak compare: what it makes of known differences, and of sets that are none.
. tests/tap.sh

cd "$tmp" || exit 1
"$soak" run -q -d 6s --warmup 500ms -a glibc -o base.soak >run.log 2>&1
[ -s base.soak ] || sed 's/^/# /' run.log
# Who may not count calls gets a recording as if none were made.
for call in mmap munmap madvise mremap brk mprotect process_madvise; do
  sql base.soak "UPDATE samples SET $call = ifnull($call, 0)"
done

sql base.soak 'UPDATE samples SET minflt = ifnull(minflt, 0) + t_ns / 10000000' # never none at all

# plant FILE FACTOR SECOND [SQL]: the recording with FACTOR times the ops, started at that second.
plant() {
  cp base.soak "$1"
  sql "$1" "UPDATE samples SET ops_alloc = CAST(ops_alloc * $2 AS INTEGER), ops_free = CAST(ops_free * $2 AS INTEGER);
    UPDATE facts SET value = printf('2026-01-01T00:00:%02dZ', $3) WHERE key = 'start_utc'; $4"
}

# set FOLDER FIRST FACTOR...: one run for each factor, every second second from FIRST.
set_of() {
  folder=$1 second=$2
  shift 2
  mkdir "$folder"
  for factor in "$@"; do
    plant "$folder/$second.soak" "$factor" "$second"
    second=$((second + 2))
  done
}

# compared OPTION...: "EXIT VERDICT", the JSON in out.
compared() {
  "$soak" compare --json "$@" >out 2>err
  status=$?
  echo "$status $(python3 -c 'import json; print(json.load(open("out"))["verdict"])' 2>&1 | tail -n 1)"
}

set_of a 10 1 0.999 1.001 1
set_of half 11 0.5 0.4995 0.5005 0.5
set_of double 11 2 1.998 2.002 2
set_of same 11 1.002 1.0009 1.0031 1.002
set_of little 11 1.007 1.0058 1.0082 1.007
set_of less 11 0.993 0.9918 0.9942 0.993
set_of uneven 11 1.1 0.97 1.05 1.02

is "$(compared a half)" '1 NO-GO' 'half as fast: NO-GO, exit status 1'
is "$(compared a double)" '0 GO' 'twice as fast: GO'
is "$(compared half a)" '0 GO' 'the other way round: A is what there was'
is "$(compared a same)" '0 NEUTRAL' '+0.2 %: NEUTRAL, exit status 0'
is "$(compared --kind build a same)" '0 NEUTRAL' '+0.2 % of a build: NEUTRAL'
is "$(compared a little)" '0 NEUTRAL' '+0.7 % of an environment: NEUTRAL'
is "$(compared --kind build a little)" '0 GO' '+0.7 % of a build: GO'
is "$(compared a less)" '0 NEUTRAL' '-0.7 % of an environment: NEUTRAL'
is "$(compared --kind build a less)" '1 NO-GO' '-0.7 % of a build: NO-GO'
is "$(compared a uneven)" '3 INCONCLUSIVE' 'too uneven to know: INCONCLUSIVE, exit status 3'
cp out uneven.json
is "$(compared --b half/*.soak --a a/*.soak)" '1 NO-GO' 'sets as lists of files, in any order'
is "$(compared a/10.soak half/11.soak)" '3 INCONCLUSIVE' 'one pair, however different: INCONCLUSIVE'
is "$(python3 -c 'import json; print(json.load(open("out"))["further_pairs"])')" 9 'and it asks for nine more'

# Arithmetic, from the values of each run: t(0.975; 3) = 3.182446305.
cat >recompute.py <<'END'
import json, math, sys
j = json.load(open(sys.argv[1]))
f = {row["figure"]: row for row in j["figures"]}
assert list(f) == ["speed", "RSS mean", "RSS peak", "page faults", "churn calls"], list(f)
def near(got, want):
    assert abs(got - want) <= 1e-9 * abs(want), (got, want)
for name in ("speed", "RSS mean", "RSS peak"):
    row = f[name]
    d = [math.log(b / a) for a, b in zip(row["a_values"], row["b_values"])]
    n = len(d)
    assert n == j["pairs"] == 4
    mean = sum(d) / n
    sd = math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1))
    half = 3.182446305284263 * sd / math.sqrt(n)
    near(row["ratio"], math.exp(mean))
    near(row["low"], math.exp(mean - half))
    near(row["high"], math.exp(mean + half))
    near(row["b"] / row["a"], row["ratio"])
for name in ("page faults", "churn calls"):
    assert f[name]["low"] <= f[name]["ratio"] <= f[name]["high"], f[name]
speed = f["speed"]
assert speed["low"] < 0.99 and speed["high"] > 1.01, speed
# Enough pairs bring the interval's end to the nearest threshold: 1.96 and more scatters away from it.
d = [math.log(b / a) for a, b in zip(speed["a_values"], speed["b_values"])]
mean = sum(d) / 4
sd = math.sqrt(sum((x - mean) ** 2 for x in d) / 3)
margin = min(abs(mean - math.log(0.99)), abs(mean - math.log(1.01)))
n = 4 + j["further_pairs"]
assert 1.96 * sd / math.sqrt(n) <= margin <= 3.19 * sd / math.sqrt(n - 1), (n, sd, margin)
print("right")
END
is "$(python3 recompute.py uneven.json 2>&1 | tail -n 1)" right \
  'ratios, intervals and further pairs are what the values give'

# Pairs are made in order of start, whatever the files are called: else this is +-10 %, and unknown.
mkdir one other
i=0
for factor in 1 1.1 1.2 1.3; do
  i=$((i + 1))
  plant "one/$i.soak" "$factor" $((i * 2))
  plant "other/$((9 - i)).soak" "$factor * 1.02" $((i * 2 + 1))
done
is "$(compared one other)" '0 GO' 'paired in order of start'
is "$(python3 -c 'import json; print(json.load(open("out"))["notes"])')" '[]' 'nothing to note'

# What else differs.
mkdir after
for i in 1 2 3 4; do
  plant "after/$i.soak" 1 $((20 + i)) "UPDATE samples SET rss_anon_bytes = rss_anon_bytes + 50000000 + $i;
    UPDATE samples SET minflt = minflt + t_ns / 1000000; UPDATE facts SET value = 'elsewhere' WHERE key = 'host'"
done
compared a after >result
text=$("$soak" compare a after)
like "$text" '^  speed .* \[1, 1\]|^  speed .*no difference' 'the same speed'
like "$text" '^  RSS mean .*more$' 'more memory is told'
like "$text" '^  RSS peak .*more$' 'so is a higher peak'
like "$text" '^  page faults .*more$' 'so are more page faults'
like "$text" '^  churn calls .*(none in either|no difference seen)$' 'not a difference where there is none'
like "$text" 'note: host differs: .* "elsewhere" in after/' 'runs of different hosts'
like "$text" 'note: the runs were not interleaved' 'one set after the other'

plant crashed.soak 2 11 "INSERT OR REPLACE INTO facts VALUES ('target_signal', 'SIGSEGV');
  UPDATE facts SET value = 'no' WHERE key = 'stopped_by_soak'"
is "$(compared --a a/10.soak a/12.soak --b crashed.soak double/13.soak)" '3 INCONCLUSIVE' 'a run whose target crashed'
like "$(cat out)" '"reason":.*crashed.soak: its target failed' 'and which'
plant idle.soak 0 11
is "$(compared --a a/10.soak a/12.soak --b idle.soak double/13.soak)" '3 INCONCLUSIVE' 'a run without ops'
like "$(cat out)" '"reason":.*counted no ops' 'and it says so'

# Programs that counted none of their ops: the speed is at least what was counted.
mkdir env_a env_b
for i in 1 2 3 4; do
  plant "env_a/$i.soak" 1 $((30 + 2 * i)) \
    "UPDATE samples SET uncounted_programs = 1, uncounted_calls = t_ns / 1000000, uncounted_churn = 0"
  plant "env_b/$i.soak" 1 $((31 + 2 * i))
done
is "$(compared env_a double)|$(compared env_a half)|$(compared env_a env_b)" \
  '3 INCONCLUSIVE|1 NO-GO|3 INCONCLUSIVE' 'ops that are missing in A may make B look better, not worse'
is "$(compared double env_a)|$(compared half env_a)|$(compared env_b env_a)" \
  '3 INCONCLUSIVE|0 GO|3 INCONCLUSIVE' 'ops that are missing in B may make B look worse, not better'
like "$(cat out)" '"reason":.*NEUTRAL, but programs of B counted none of theirs' 'and it says so'
text=$("$soak" compare env_b env_a)
like "$text" '^  page faults +[^ ]+ +[^ ]+ +- +$' 'faults per op are not compared then'
like "$text" 'note: in 4 of 8 runs programs counted none of their ops' 'how many runs'

# Imported runs: what another tool recorded has no end that soak could know of.
mkdir one_imported other_imported
for i in 1 2 3 4; do
  for side in one other; do
    [ $side = one ] && pace=1000 second=$((2 * i)) || pace=2000 second=$((2 * i + 1))
    python3 -c "
print('time,rss_kb,ops_total')
for t in range(60): print(f'{1700000000 + 100 * $second + t},{50000 + t % 2},{t * ($pace + $i)}')" >imported.csv
    "$soak" import -q imported.csv -o ${side}_imported/$i.soak
  done
done
is "$(compared one_imported other_imported)" '0 GO' 'imported runs'

wrong() {
  "$soak" compare "$@" >out 2>err
  echo "$? $(wc -c <out) $(grep -vc '^Try ' err)"
}
is "$(wrong a)" '2 0 1' 'one set alone'
like "$(cat err)" 'B is missing' 'what is missing'
is "$(wrong a half same)" '2 0 1' 'three sets'
is "$(wrong --a a --b half/11.soak)" '2 0 1' 'sets of unequal size'
like "$(cat err)" '4 runs in A and 1 in B' 'how many'
is "$(wrong a nosuch)" '2 0 1' 'no such file'
mkdir empty
is "$(wrong a empty)" '2 0 1' 'a folder without runs'
cp -r a 'a[1]'
is "$(compared 'a[1]' half)" '1 NO-GO' 'a folder whose name is a pattern'
is "$(wrong a "$soak")" '2 0 1' 'a file that is no run'
is "$(wrong --kind nosuch a half)" '2 0 1' 'a kind that is none'
like "$(cat err)" 'choose env or build, not nosuch' 'the choices'
done_testing
