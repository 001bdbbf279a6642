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
assert list(f) == ["speed", "RSS mean", "RSS peak", "memory mean", "page faults", "churn calls"], list(f)
def near(got, want):
    assert abs(got - want) <= 1e-9 * abs(want), (got, want)
for name in ("speed", "RSS mean", "RSS peak", "memory mean"):
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
like "$text" '^  speed .* NEUTRAL$' 'the same speed'
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

# Memory, faults and churn decide if they are asked to.
is "$(compared a after)" '0 NEUTRAL' 'memory and faults do not decide unasked'
is "$(compared a after --require memory)" '1 NO-GO' 'memory does if it is required'
is "$(compared a after --require rss_peak,churn)" '1 NO-GO' 'so does the peak of RSS'
is "$(compared a after --require faults)" '1 NO-GO' 'so do page faults'
is "$(compared a after --require memory=20000 --require churn)" '0 NEUTRAL' 'what is allowed does not'
is "$(compared after a --require memory,faults)" '0 GO' 'less memory at the same speed is better'
is "$(compared a half --require speed=off,churn)" '0 NEUTRAL' 'speed left out'
is "$(python3 -c '
import json
j = json.load(open("out"))
print(j["schema"], round(j["confidence"], 4), *(f["figure"] for f in j["figures"] if f["decides"]))')" \
  '1 0.95 churn calls' 'JSON says what decided'

# Sets of unequal size: no pairs, but a spread of each side.
is "$(compared a half/11.soak)" '3 INCONCLUSIVE' 'four runs and one are too few'
mkdir more
cp a/*.soak more
for i in 1 2 3; do
  plant "more/more$i.soak" "1 + 0.0005 * $i" $((40 + i))
done
is "$(compared more half/11.soak)" '1 NO-GO' 'a folder of seven runs as baseline of one'
like "$(cat out)" 'B has 1 run: the runs of both sides count as equally spread' 'and what that takes for granted'
is "$(compared more same)" '0 NEUTRAL' 'seven runs against four'
is "$(python3 -c '
import json, math
j = json.load(open("out"))
assert j["pairs"] is None and [len(j["a"]), len(j["b"])] == [7, 4]
f = j["figures"][0]
mean, error, parts = [], 0, 0
for values in (f["a_values"], f["b_values"]):
    logs, n = [math.log(v) for v in values], len(values)
    mean.append(sum(logs) / n)
    part = sum((x - mean[-1]) ** 2 for x in logs) / (n - 1) / n
    error, parts = error + part, parts + part ** 2 / (n - 1)
half = (math.log(f["high"]) - math.log(f["low"])) / 2
assert abs(math.log(f["ratio"]) - (mean[1] - mean[0])) < 1e-9
t, freedom = half / math.sqrt(error), error ** 2 / parts
assert 3 < freedom < 9 and 2.262 < t < 3.183, (t, freedom)
print("right")' 2>&1 | tail -n 1)" right 'by the spread of both (Welch)'
like "$("$soak" compare more uneven)" '-> record [0-9]+ further runs of A and [0-9]+ of B' 'what else is wanted'

# The formats of soak check.
worse="a after --require memory,faults"
"$soak" compare $worse --markdown >out
is $? 1 'Markdown: the same exit status'
like "$(cat out)" '^### . soak compare: NO-GO$' 'Markdown: the decision'
is "$(awk -F'|' '/^\|/ { print NF }' out | sort -u) $(grep -c '^| . NO-GO | \(memory\|page\) ' out)" '8 2' \
  'Markdown: every row has six cells, and what decided stands out'
"$soak" compare $worse --junit >out
is "$? $(/usr/bin/python3 -c '
import sys
import xml.etree.ElementTree as tree
root = tree.parse("out").getroot()
for kind, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
    assert int(root.get(kind)) == len(list(root.iter(tag))), kind
print(*(c.get("name").replace(" ", "_") + "=" + c[0].tag for c in root.iter("testcase")))')" \
  '1 speed=system-out RSS_mean=skipped RSS_peak=skipped memory_mean=failure page_faults=failure churn_calls=skipped' \
  'JUnit: a case for each figure, failures for what is worse'
"$soak" compare $worse --tap >out
is "$? $(grep -c '^not ok .*: \(memory\|page\) ' out) $(tail -n 1 out)" '1 2 1..6' 'TAP: a test for each figure'
prove -e cat out >proved 2>&1
is "$? $(grep -c '^Parse error' proved)" '1 0' 'TAP: prove reads it'
for format in junit tap markdown text; do
  for policy in fail pass skip; do
    "$soak" compare a uneven --$format --inconclusive=$policy >out
    echo "$policy $? $(grep -c '<error\|^not ok' out)"
  done
done >policies
is "$(sort policies | uniq -c | tr -s ' ' | xargs)" '3 fail 1 0 1 fail 1 1 4 pass 0 0 4 skip 0 0' '--inconclusive'

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
is "$(wrong a half --require nosuch)" '2 0 1' 'a figure that is none'
like "$(cat err)" 'speed, rss, rss_peak, memory, faults or churn' 'the figures'
is "$(wrong a half --require speed=off)" '2 0 1' 'nothing to decide by'
is "$(wrong a half --json --tap)" '2 0 1' 'two formats'
is "$(wrong a nosuch)" '2 0 1' 'no such file'
mkdir empty
is "$(wrong a empty)" '2 0 1' 'a folder without runs'
cp -r a 'a[1]'
is "$(compared 'a[1]' half)" '1 NO-GO' 'a folder whose name is a pattern'
is "$(wrong a "$soak")" '2 0 1' 'a file that is no run'
is "$(wrong --kind nosuch a half)" '2 0 1' 'a kind that is none'
like "$(cat err)" 'choose env or build, not nosuch' 'the choices'
done_testing
