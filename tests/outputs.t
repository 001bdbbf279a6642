#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# What soak check prints for CI: each format opens in its readers whatever names and commands hold, says what the others
# say, and leaves the exit status alone; a baseline fails what became worse and nothing else.
. tests/tap.sh

top=$PWD
cd "$tmp" || exit 1
for shape in flat leak; do
  "$top/tests/helpers/series" csv $shape >$shape.csv
  "$soak" import -q $shape.csv -o $shape.soak
done
# Ten samples decide nothing.
head -n 11 flat.csv >short.csv
"$soak" import -q short.csv -o short.soak

# check FORMAT RUN...: the output is in "out".
check() {
  format=$1
  shift
  "$soak" check "$@" "--$format" >out 2>err
}

for format in text json junit tap markdown; do
  codes=
  for run in flat leak short; do
    check $format $run.soak
    codes="$codes$? "
  done
  is "$codes" '0 1 3 ' "--$format: exit status"
  check $format flat.soak short.soak
  code=$?
  check $format flat.soak short.soak leak.soak
  is "$code $?" '3 1' "--$format, several runs: the worst of them"
done

# JUnit: what it counts is what it holds.
cat >junit.py <<'END'
import sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == 'testsuites', root.tag
for suite in [root] + list(root):
    for kind, tag in (('tests', 'testcase'), ('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')):
        assert int(suite.get(kind)) == len(list(suite.iter(tag))), (suite.attrib, tag)
for suite in root:
    print(suite.get('name'))
    for case in suite.iter('testcase'):
        assert case.get('classname') and len(case) == 1
        print(' ', case.get('name'), case[0].tag, bool(case[0].get('message') or case[0].text))
END
check junit flat.soak leak.soak short.soak --set crosscheck=off
/usr/bin/python3 junit.py out >seen
is $? 0 'JUnit: XML, and its counts are right'
rules=16
is "$(grep -c ' True$' seen) $(grep -c ' False$' seen)" "$((3 * rules)) 0" \
  'JUnit: a case for each rule of each run, with its reason'
is "$(sed -n '/^leak/,/^short/p' seen | grep -E 'rss_|crosscheck' | tr -s ' \n' ' ')" \
  ' rss_drift failure True rss_monotonic failure True crosscheck skipped True ' \
  'JUnit: FAIL is a failure, NOT JUDGED skipped'
is "$(sed -n '/^short/,$p' seen | grep -c 'rss_.* error True')" 2 'JUnit: INCONCLUSIVE is an error'
is "$(sed -n '/^flat/,/^leak/p' seen | grep -c 'rss_.* system-out True')" 2 'JUnit: PASS has its figures in it'

# TAP, as prove reads it.
check tap flat.soak
prove -e cat out >/dev/null 2>&1
is $? 0 'TAP: prove passes what passes'
check tap flat.soak leak.soak short.soak
prove -e cat out >proved 2>&1
is "$? $(grep -c '^Parse error' proved)" '1 0' 'TAP: prove fails what fails, and finds no parse error'
like "$(cat proved)" "Failed tests?:? +$((rules + 2))-$((rules + 3)), $((2 * rules + 2))-$((2 * rules + 3))" \
  'TAP: FAIL and INCONCLUSIVE are not ok'
is "$(grep -c '^ok .* # SKIP no ' out)" 21 'TAP: NOT JUDGED is skipped, with its reason'
check tap short.soak --set rss_drift=off --set rss_monotonic=off
is "$? $(grep -c '^not ok .*run (INCONCLUSIVE)' out)" '3 1' 'TAP: a verdict that is no rule'"'"'s has a test of its own'

# What INCONCLUSIVE counts as is the caller's to say; the verdict stays.
for policy in fail pass skip; do
  check text short.soak --inconclusive=$policy
  codes="$? $(head -n 1 out | cut -d ' ' -f 1)"
  check text short.soak leak.soak --inconclusive=$policy
  codes="$codes $?"
  check junit short.soak --inconclusive=$policy
  /usr/bin/python3 junit.py out >seen
  codes="$codes $? $(grep rss_drift seen | xargs) $(grep -c 'INCONCLUSIVE: ' out)"
  check tap short.soak --inconclusive=$policy
  echo "$policy: $codes $(grep rss_drift out | grep -o 'ok\|SKIP INCONCLUSIVE\|not ok' | xargs)"
done >policies
is "$(cat policies)" "fail: 1 INCONCLUSIVE 1 0 rss_drift failure True 0 not ok
pass: 0 INCONCLUSIVE 1 0 rss_drift system-out True 2 ok
skip: 0 INCONCLUSIVE 1 0 rss_drift skipped True 2 ok SKIP INCONCLUSIVE" '--inconclusive: exit status, JUnit, TAP'
like "$("$soak" check short.soak --inconclusive=maybe 2>&1)" 'choose fail, pass or skip, not maybe' \
  'a policy that is none'

# JSON: of one run an object, of several an array; all formats agree with it.
cat >agree.py <<'END'
import json, re, sys
reports = json.load(open('out.json'))
assert isinstance(reports, list) and len(reports) == 3
assert isinstance(json.load(open('one.json')), dict)
markdown = re.findall(r'^\| \S+ ([A-Z ]+?) \| `(\w+)` \|', open('out.markdown').read(), re.M)
text = re.findall(r'^  (PASS|FAIL|INCONCLUSIVE|NOT JUDGED) +(\w+)', open('out.text').read(), re.M)
rules = [(r['verdict'], r['rule']) for j in reports for r in j['rules']]
assert sorted(v for v in markdown if v[0] != 'NOT JUDGED') == sorted(rules), (markdown, rules)
assert sorted(text) == sorted(markdown), (text, markdown)
for j in reports:
    assert {r['rule'] for r in j['not_judged']} >= {'syscall_budget', 'crosscheck'}, j
END
for format in json markdown text; do
  check $format flat.soak leak.soak short.soak
  mv out out.$format
done
check json flat.soak
mv out one.json
/usr/bin/python3 agree.py
is $? 0 'JSON, Markdown and the scorecard say the same'
is "$(awk -F'|' '/^\|/ { print NF }' out.markdown | sort -u)" 7 'Markdown: every row of the table has five cells'

# Names and commands that hold anything.
name="a<b>&\"q'|\`c\` # SKIP \\ \$(x)
second @line [x](y)"
{
  printf 'CMDLINE <img src=x>&amp; "]]>" \302\205 \355\240\200 \377 \033[31m | # SKIP \342\230\203 '"'"'\n'
  "$top/tests/helpers/series" mprof flat | tail -n +2
} >"$name"
"$soak" import -q "$name" -o "$name.soak"
is $? 0 'a run with a hostile name and command'
for format in json junit tap markdown text; do
  check $format "$name.soak" --baseline "$name.soak"
  is "$? $(wc -c <err)" '0 0' "--$format, hostile names, baseline: passes"
  check $format "$name.soak"
  is "$? $(wc -c <err)" '0 0' "--$format, hostile names: passes"
  mv out out.$format
done
cat >hostile.py <<'END'
import json, subprocess, sys
import xml.etree.ElementTree as tree
name = sys.argv[1]
run = json.load(open('out.json', encoding='utf-8'))['run']
assert run['file'] == name + '.soak'
assert '\N{SNOWMAN}' in run['command'] and '\N{REPLACEMENT CHARACTER}' in run['command']
suite = tree.parse('out.junit').getroot()[0]
assert suite.get('name') == name + '.soak', suite.get('name')
assert suite[1].get('classname') == run['command'], (suite[1].get('classname'), run['command'])
table = open('out.markdown', encoding='utf-8').read()
assert '<img' not in table and '&#60;img' in table and '\\|' in table
assert {row.replace('\\|', '').count('|') for row in table.split('\n') if row.startswith('|')} == {6}
for line in open('out.tap', encoding='utf-8').read().splitlines():
    assert line.startswith(('ok ', 'not ok ', '# ', '1..')) and '`c` # SKIP' not in line, line
END
/usr/bin/python3 hostile.py "$name"
is $? 0 'hostile names: each format is whole, and gives them back'
prove -e cat out.tap >/dev/null 2>&1
is $? 0 'hostile names: prove'

# A baseline: in both directions.
regression() {
  "$soak" check "$1" --baseline "$2" --json >x.json
  /usr/bin/python3 -c "
import json
j = json.load(open('x.json'))
print(j['verdict'], *(r['rule'] + '=' + r['verdict'] for r in j['rules']), len(j['not_judged']), j['baseline']['file'])"
}
is "$(regression leak.soak flat.soak)" 'FAIL rss_level=FAIL rss_growth=FAIL 3 flat.soak' \
  'RSS that grows is a regression'
is "$(regression flat.soak leak.soak)" 'PASS rss_level=PASS rss_growth=PASS 3 leak.soak' \
  'RSS that no longer does is none'
is "$(regression leak.soak leak.soak)" 'PASS rss_level=PASS rss_growth=PASS 3 leak.soak' \
  'a leak that was there before is none'
"$soak" check leak.soak --baseline flat.soak --margin rss_level=20 --margin rss_growth=off >out
is "$? $(grep -c 'PASS  *rss_level' out)" '0 1' '--margin'
is "$(regression short.soak flat.soak | cut -d' ' -f1)" INCONCLUSIVE 'a run that is too short decides nothing'
for format in junit tap markdown text; do
  check $format leak.soak --baseline flat.soak
  is "$? $(grep -c rss_growth out) $(grep -c rss_drift out) $([ $(grep -c flat.soak out) -gt 0 ] && echo named)" \
    "1 $([ $format = text ] && echo 2 || echo 1) 0 named" "--$format says the regression and names the baseline"
done

# refused PATTERN NAME OPTION...
refused() {
  pattern=$1 name=$2
  shift 2
  "$soak" check flat.soak "$@" >out 2>err
  is "$? $(wc -c <out) $(grep -Ec -e "$pattern" err)" '2 0 1' "$name"
}
refused 'no.soak: No such file' 'no baseline' --baseline no.soak
refused 'margin needs --baseline' 'a margin without a baseline' --margin rss_level=3
refused 'should be rss_level=VALUE' 'a margin that is none' --baseline leak.soak --margin rss_level=x
refused 'does not apply' 'an absolute target beside a baseline' --baseline leak.soak --set rss_drift=3
refused 'one format' 'two formats' --json --tap

done_testing
