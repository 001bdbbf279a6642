#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Job files: what is run, in which order, what overrides what, the summary, and each line that is wrong.
. tests/tap.sh

ready=$(cd jobs && echo *.ini)
checkout=$PWD
cd "$tmp" || exit 1

# job FILE OPTION...: the summary's lines in summary, its exit status in status.
job() {
  timeout -k 5 120 "$soak" run "$@" >out 2>err </dev/null
  status=$?
  sed -n '/^[A-Z]*  [a-z]*: [0-9]* variants/,$p' out >summary
}

fact() {
  sql "$1" "SELECT value FROM facts WHERE key = '$2'"
}

# Two variants, two rounds, all that a file can say of them.
cat >both.ini <<END
# A comment,
; and another.
[target]
command = sh -c 'echo output; echo "\$V \$SHARED:\$1" >>$tmp/log; exec sleep 0.3' name
  'two words'
environment = SHARED=for both
  V=base

[run]
repeat = 2 ; the rest of a line
interval = 20ms
ops = none
output = both

[rules]
rss_drift = off
budget-scope = allocator

[variant one]

[variant other]
allocator = mimalloc
environment = V=own
END
job both.ini
is "$(cat log)" "base for both:two words
own for both:two words
own for both:two words
base for both:two words" 'forwards and backwards in turn, each with its environment and its words'
is "$(cd both && find . -type f | sort | xargs)" './one/01.soak ./one/02.soak ./other/01.soak ./other/02.soak' \
  'a file for each run'
is "$(for i in one other; do fact both/$i/02.soak allocator; done | xargs)" 'glibc mimalloc' \
  'each its allocator: a command its own'
is "$(for f in job variant round interval_ms environment; do fact both/other/02.soak $f; done)" "both
other
2
20
'SHARED=for both' V=base V=own" 'a run knows which it is'
like "$(cat summary)" '^INCONCLUSIVE  both: 2 variants, 4 of 4 runs' 'a summary of all runs'
is "$status: $(sed -n 2,3p summary | cut -c 3-25 | xargs)" \
  '3: INCONCLUSIVE one INCONCLUSIVE other' 'a verdict for each variant, and one for all'
is "$(grep -c '^  INCONCLUSIVE rss_drift' out) $(grep -c '^  NOT JUDGED   syscall_budget' out)" '0 4' \
  'rules from the file'
like "$(tail -n 1 summary)" '^  which is better: soak compare both/one both/other$' 'how to compare them'
is "$("$soak" compare both/one both/other | cut -d ' ' -f 1)" INCONCLUSIVE 'which takes these folders'
job both.ini
is "$status $(wc -l <err) $(wc -l <log)" '2 1 4' 'a second time: refused before anything runs'
job both.ini --force --json --repeat 1 --set rss_drift=7
is "$(python3 -c '
import json, os
j = json.load(open("out"))
assert j["runs_planned"] == j["runs_made"] == 2 and j["verdict"] == "INCONCLUSIVE" and j["folder"] == "both"
for v in j["variants"]:
    print(v["variant"], v["allocator"], v["verdict"], *(os.path.exists(r["file"]) and r["verdict"] for r in v["runs"]))
' 2>&1 | xargs)" 'one own INCONCLUSIVE INCONCLUSIVE other mimalloc INCONCLUSIVE INCONCLUSIVE' \
  'as JSON, and nothing else on standard output'
is "$(python3 -c '
import json
j = json.load(open("out"))
print(j["schema"], *(bool(r["reason"]) for v in j["variants"] for r in v["runs"]))')" '1 True True' 'and why'
job both.ini --force --tap --repeat 1
is "$status $(grep -c '^\(not \)\?ok .*both/\(one\|other\)/01.soak: ' out) $(tail -n 1 out)" '3 32 1..34' \
  'as TAP: all runs in one document'
is "$(sed -n 's/ - both: / /p' out)" 'not ok 33 one (INCONCLUSIVE)
not ok 34 other (INCONCLUSIVE)' 'TAP: a test for each variant'
is "$(grep -c '^# variant \(one\|other\), round 1$' out)" 2 'TAP: each run says of which variant it is'
job both.ini --force --junit --repeat 1
is "$status $(/usr/bin/python3 -c '
import xml.etree.ElementTree as tree
root = tree.parse("out").getroot()
print(root.get("name"), len(root))
cases = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
assert len(set(cases)) == len(cases) == 34 == int(root.get("tests")), cases
for suite in root:
    p = {q.get("name"): q.get("value") for q in suite.iter("property")}
    print(suite.get("name"), p.get("job"), p.get("variant"), p.get("round"))
print(*(c.get("name") + "=" + c[0].tag for c in root[2] if c.tag == "testcase"))' 2>&1)" '3 soak run 3
both/one/01.soak both one 1
both/other/01.soak both other 1
both None None None
one=error other=error' 'JUnit: no two cases are of one name, each run has its variant, and each variant a case'
job both.ini --force --markdown --repeat 1
is "$status $(grep -c '^| . INCONCLUSIVE | \(one | own\|other | mimalloc\) | 1 | ' out)" '3 2' \
  'Markdown: a table of the variants'
like "$(cat out)" '\(variant other, round 1, 0:0[0-9]\): ' 'Markdown: and each run says of which it is'
job both.ini --force -q --repeat 1
is "$(grep -c '^INCONCLUSIVE  sh .*, variant \(one\|other\), round 1, ' out)" 2 'and so it does as text'
job both.ini --force --junit --repeat 33
is "$status $(cat err)" '2 soak: --junit shows 64 runs, and these are 66: take --json' 'too many for one document'

# Verdicts, planted: one variant stands still, the other leaks. Small, to be there within the warm-up on a busy machine.
cat >leak.ini <<END
[target]
allocator = own
[run]
ops = none
duration = 8s
warmup = 2s
[rules]
rss_drift = 1e6
rss_monotonic = off
memory_drift = off
fault_growth = off
syscall_budget = off
throughput_drop = off
throughput_cv = off
[variant leak]
command = $helpers/rssplay leak 9 16
[variant flat]
command = $helpers/rssplay flat 9 16
END
job leak.ini -q -o leak --set rss_drift=2000
is "$status $(awk 'NR > 1 && NR < 4 { print $1, $2 }' summary | xargs)" '1 FAIL leak PASS flat' \
  'one verdict for each variant; one that fails fails the job'
is "$(sed -n '1s/ .*//p' summary)" FAIL 'the job fails'
[ "$status" = 1 ] || sed 's/^/# /' out err
job leak.ini -q -o still --set rss_drift=2000 -- "$helpers/rssplay" flat 9 16
is "$status $(awk 'NR > 1 && NR < 4 { print $1, $2 }' summary | xargs)" '0 PASS leak PASS flat' \
  'with another command for all: all pass, exit status 0'

# Options override the file, wherever they stand.
cat >list.ini <<'END'
[target]
workload = sizes
allocator = glibc, mimalloc
[run]
duration = 60s
END
job -d 500ms -q list.ini --interval 50ms -o list
is "$(grep -c '^Throughput' out) $(fact list/glibc/01.soak workload) $(fact list/mimalloc/01.soak requested_s)" \
  '2 sizes 0.5' 'a list of allocators; options before and after the file'
job list.ini -q -a jemalloc -W mixed -d 500ms -o single.soak
is "$(for f in allocator workload variant; do fact single.soak $f; done | xargs)" 'jemalloc mixed jemalloc' \
  'another allocator instead of the list, another workload: one run, in a file'
job -q -d 300ms -o default.soak
is "$(fact default.soak allocator) $(fact default.soak allocator_preloaded)" 'hakmem yes' \
  'a built-in workload runs under hakmem'
job -q -o default.soak --force -- sleep 0.3
is "$(fact default.soak allocator) $(fact default.soak allocator_preloaded)" 'glibc no' \
  'a COMMAND keeps its own allocator'
printf '[target]\nworkload = sizes\n[run]\nduration = 300ms\n' >unnamed.ini
job -q unnamed.ini -o default.soak --force
is "$(fact default.soak allocator)" hakmem 'a workload of a job file that names no allocator: hakmem'
job -q unnamed.ini -o default.soak --force -- sleep 0.3
is "$(fact default.soak allocator_preloaded)" no 'unless a COMMAND takes its place'
job list.ini -q -a own -d 500ms -o own.soak
is "$(fact own.soak allocator_preloaded)" no 'own: nothing is preloaded'
job -q -d 500ms --repeat 2 -a glibc -o times
is "$(find times -name '*.soak' | sort | xargs)" 'times/glibc/01.soak times/glibc/02.soak' '--repeat without a file'
job -q -d 500ms --user nobody -a glibc --repeat 2 -o theirs
is "$(stat -c %U theirs theirs/glibc theirs/glibc/01.soak | xargs)" 'nobody nobody nobody' \
  'files for the user who runs it'
printf '[target]\ncommand = sh -c "sleep 0.3; exit 3"\n[run]\nops = none\n[rules]\nprofile = service\nallow-exit = 3,4
rss_drift = off\nrss_monotonic = off\nmemory_drift = off\nsyscall_rate = off\n' >profile.ini
job -q profile.ini -o profile.soak
is "$status $(fact profile.soak profile) $(grep -c '^  PASS ' out)" '0 service 2' \
  'a profile and what may be an exit status'
job -q profile.ini -o profile.soak --force --profile ci
is "$status $(fact profile.soak profile)" '3 ci' '--profile goes before it'
printf '#!/bin/sh\necho "a program: $1"\n' >program.ini
chmod +x program.ini
job -q -a own -o program.soak -- ./program.ini x.ini
is "$(grep -c '^a program: x.ini$' out)" 1 'after --, it is a program'
job -q list.ini -d 300ms
is "$(find . -path './soak-list-*/*/01.soak' | wc -l)" 2 'a folder by the name of the job'

# Those that come with soak.
for name in $ready; do
  job "$name" -q -d 300ms -o "ready-$name.soak"
  is "$status $(fact "ready-$name.soak" job) $(fact "ready-$name.soak" workload)" "3 ${name%.ini} mixed" \
    "$name, by its name"
done
job jobs/mixed-30m.ini -q -d 300ms -o ready.soak
is "$status $(fact ready.soak job)" '3 mixed-30m' 'with their folder'
job jobs/nosuch.ini
is "$status $(wc -l <err)" '2 1' 'no such job'
for name in $ready; do
  grep -q "$name" err || echo "# not named: $name"
  tr -d '\\' <"$checkout/man/soak-run.prose" | grep -q "$name" || echo "# not in the man page: $name"
done >missing
is "$(cat missing)" '' 'the error names those that there are, so does the man page'
cp "$checkout/jobs/mixed-5m.ini" mixed-1h.ini
job mixed-1h.ini -q -d 500ms -o near.soak
is "$(fact near.soak job)" mixed-1h 'a file here comes before one of those'

# wrong LINE PATTERN TEXT...: exit status 2 and one line that begins with the place; nothing is made.
mkdir bad
wrong() {
  line=$1 pattern=$2
  shift 2
  printf '%b' "$*" >wrong.ini
  job wrong.ini -o bad/run.soak
  is "$status $(wc -l <err) $(wc -c <out) $(ls bad)" '2 1 0 ' "refused: $(tr '\n' ' ' <wrong.ini | cut -c 1-60)"
  like "$(cat err)" "^soak: wrong.ini:$line: .*$pattern" "which says $pattern"
  [ "$status" = 2 ] || sed 's/^/# /' err
}
wrong 1 'no section \[nosuch\]; the sections are \[target\], \[run\], \[rules\] and' '[nosuch]\n'
wrong 3 'no section \[Run\]' '[target]\nworkload = mixed\n[Run]\nduration = 1s\n'
wrong 1 'duration stands in no section' 'duration = 1s\n'
wrong 2 'no key "durtion" in \[run\]; the keys are duration, interval' '[run]\ndurtion = 1s\n'
wrong 2 'no key "duration" in \[target\]; the keys are command, workload' '[target]\nduration = 1s\n'
wrong 2 'no key "user" in \[variant a\]; the keys are' '[variant a]\nuser = root\n'
wrong 3 'neither \[section\] nor KEY = VALUE' '[run]\nduration = 1s\nwhat is this\n'
wrong 2 'duration: x is not a time' '[run]\nduration = x\n'
wrong 2 'duration: has no value' '[run]\nduration =\n'
wrong 2 'duration: 0 is not a time above zero' '[run]\nduration = 0\n'
wrong 3 'duration: is given twice' '[run]\nduration = 1s\nduration = 2s\n'
wrong 3 'duration has one value, and a line that begins with a space' '[run]\nduration = 1s\n interval = 1s\n'
wrong 2 'interval: 1ms is not a time between' '[run]\ninterval = 1ms\n'
wrong 2 'warmup: never is not a time' '[run]\nwarmup = never\n'
wrong 2 'ops: choose auto, page, preload or none, not x' '[run]\nops = x\n'
wrong 2 'profile: unknown profile .x.: choose default, service' '[rules]\nprofile = x\n'
wrong 2 'allow-exit: 0 is not a list' '[rules]\nallow-exit = 0\n'
wrong 2 'repeat: 0 is not a whole number from 1' '[run]\nrepeat = 0\n'
wrong 2 'latency: choose yes or no, not maybe' '[run]\nlatency = maybe\n'
wrong 2 'stop-when-sure: choose yes or no, not' '[run]\nstop-when-sure = perhaps\n'
wrong 2 'allocator: a name is missing beside a comma' '[target]\nallocator = glibc,,hakmem\n'
wrong 2 'allocator: a name is missing beside a comma' '[target]\nallocator = glibc, \n'
wrong 2 'unknown rule .nosuch.: choose syscall_budget' '[rules]\nnosuch = 1\n'
wrong 2 'rss_drift=VALUE' '[rules]\nrss_drift = little\n'
wrong 2 'budget-scope: choose target or allocator, not x' '[rules]\nbudget-scope = x\n'
wrong 2 'workload: unknown workload .x.; all [0-9]+ are listed by soak run -W list' '[target]\nworkload = x\n'
wrong 3 'there is a workload already' '[target]\nworkload = mixed\ncommand = true\n'
wrong 2 'command: cannot be split' '[target]\ncommand = a | b\n'
wrong 2 'command: cannot be split' "[target]\ncommand = echo 'open\n"
wrong 2 'command: cannot be split' '[target]\ncommand = echo $(id)\n'
wrong 2 'command: cannot be split' '[target]\ncommand = echo $NOSUCHNAME\n'
wrong 2 'environment: write NAME=VALUE, not X' '[target]\nenvironment = X\n'
wrong 2 'environment: LD_PRELOAD is for soak' '[target]\nenvironment = LD_PRELOAD=/x.so\n'
wrong 3 'unknown allocator .nosuch.: choose' '[target]\nworkload = mixed\nallocator = nosuch\n'
wrong 4 'unknown allocator .nosuch.: choose' '[target]\nallocator = glibc\n[variant a]\nallocator = nosuch\n'
wrong 2 'a variant has one, not glibc, mimalloc' '[variant a]\nallocator = glibc, mimalloc\n'
wrong 2 'there are \[variant\] sections' '[target]\nallocator = glibc, mimalloc\n[variant a]\n'
wrong 2 'a second variant glibc' '[target]\nallocator = glibc glibc\n'
wrong 2 'a second variant a' '[variant a]\n[variant a]\n'
wrong 1 'names no variant' '[variant ../a]\n'
wrong 1 'longer than' "[target$(printf '%0300d' 0)]\n"
printf '[target]\ncommand = nosuch\n' >wrong.ini
job wrong.ini
is "$status $(cat err)" '2 soak: no program nosuch in PATH' 'a program that is not there'
mkdir folder.ini
job folder.ini
is "$status $(wc -l <err)" '2 1' 'a folder as job file'
touch file
job list.ini -q -d 300ms -o file
is "$status $(wc -l <err)" '2 1' 'a file where the folder should be'

# Interrupted in its first run of four: that one is judged, no other begins.
env --default-signal=INT "$soak" run list.ini --repeat 2 -o cut -d 60s >out 2>err &
soaking=$!
within 30 eval '[ "$(sqlite3 -readonly "$(find cut -name "*.soak")" "SELECT count(*) > 3 FROM samples")" = 1 ]'
kill -INT "$soaking"
wait "$soaking"
is "$(find cut -name '*.soak' | wc -l) $(grep -c 'INCONCLUSIVE  list: 2 variants, 1 of 4 runs' out)" '1 1' \
  'an interrupt ends the job, and what there is is summed up'
done_testing
