#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# The JSON of a verdict has what docs/json.md says, and docs/json.md all that it has.
. tests/tap.sh

top=$PWD
cd "$tmp" || exit 1
"$soak" run -q -d 4s --warmup 500ms -a glibc -o run.soak >run.log 2>&1
[ -s run.soak ] || sed 's/^/# /' run.log
for shape in flat leak; do
  "$top/tests/helpers/series" csv $shape >$shape.csv
  "$soak" import -q $shape.csv -o $shape.soak
done
head -n 11 flat.csv >short.csv
"$soak" import -q short.csv -o short.soak

# What only some machines and some endings record.
cp run.soak all.soak
for fact in $(sed -n 's/^| `run\.\([a-z_]*\)`.*/\1/p' "$top/docs/json.md") uncounted_names; do
  [ "$fact" = file ] || sql all.soak "INSERT OR IGNORE INTO facts VALUES ('$fact', '1')"
done
sql all.soak "INSERT INTO events VALUES (1000000000, 'mark', 'busy'), (2000000000, 'mark', 'idle')"
sql flat.soak "INSERT INTO facts VALUES ('exclude', '10m..11m')"
"$soak" check flat.soak leak.soak short.soak all.soak --json >many.json
"$soak" check all.soak --baseline run.soak --json >one.json

cat >keys.py <<'END'
import json, re, sys
docs, source = sys.argv[1:3]
documented = {}
for line in open(docs):
    row = re.match(r'\| `([a-z_.\[\]]+)` \| ([a-z]+)', line)
    if row:
        documented[row[1]] = row[2]
seen = {}
def walk(value, path):
    kind = {dict: 'object', list: 'array', str: 'text', bool: 'boolean'}.get(type(value), 'number')
    if path:
        seen.setdefault(path, set()).add(kind)
    if isinstance(value, dict):
        for name, member in value.items():
            walk(member, (path + '.' if path else '') + name)
    elif isinstance(value, list):
        for member in value:
            walk(member, path + '[]')
many, one = json.load(open('many.json')), json.load(open('one.json'))
assert isinstance(many, list) and len(many) == 4 and isinstance(one, dict)
for verdict in many + [one]:
    assert verdict['schema'] == 1, verdict['schema']
    walk(verdict, '')
baseline = {p for p in seen if p.startswith('baseline.')}
assert {p.replace('baseline.', 'run.', 1) for p in baseline} <= set(documented), baseline
seen = {p: k for p, k in seen.items() if p not in baseline and not p.endswith('[]')}
# What a rule adds in some cases only, by name: rules[].anon_growth_bytes.
sometimes = {'rules[].' + name for name in re.findall(r'rule_also\(result, "(\w+)"', open(source).read())}
print('undocumented:', *sorted((set(seen) | sometimes) - set(documented)))
print('not there:', *sorted(set(documented) - set(seen) - sometimes))
print('of another type:', *sorted(p for p, kinds in seen.items() if p in documented and kinds != {documented[p]}))
END
cat "$top"/soak/judge/*.c >judge.c
python3 keys.py "$top/docs/json.md" judge.c >told 2>&1
is "$(cat told)" "undocumented:
not there:
of another type:" 'every member is documented, and every documented one is there'

# The figures are those of the run.
is "$(python3 -c "
import json
j = json.load(open('one.json'))
print(j['soak_version'], j['summary']['rss_peak']['unit'])")" \
  "$("$soak" --version | cut -d' ' -f2) bytes" 'version, unit'
is "$(python3 -c "
import json
s = json.load(open('many.json'))[0]['summary']
print(s['rss_peak']['value'], s['ops']['value'])")" \
  "$(sql flat.soak 'SELECT max(imported_rss_bytes) FROM samples') None" \
  'the peak to the byte; what was not measured is null'
is "$(python3 -c "
import json
s = json.load(open('one.json'))['summary']
s = {name: s[name]['value'] for name in s if name != 'steady'}
print(s['ops'] > 0, abs(s['ops'] / s['ops_rate'] * s['faults_rate'] - s['faults']) <= 1e-6 * s['faults'])")" \
  'True True' 'counts and rates are of one window'
done_testing
