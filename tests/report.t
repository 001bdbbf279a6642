#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# The page of soak report, as a file: what is in it, how large it is, and that foreign text stays text.
. tests/tap.sh

top=$PWD
cd "$tmp" || exit 1

has() {
  grep -Fq -- "$2" "$1"
  ok $? "${3:-$2}"
}

# made FILE OPTION...: an hour of RSS.
made() {
  "$top/tests/helpers/series" csv "$1" >"$1.csv" && "$soak" import "$1.csv" -o "$1.soak" >out 2>err
}
made leak && made flat
is "$?" 0 'two runs are imported'

is "$("$soak" report leak.soak 2>&1)" leak.html 'the page takes the name of the run'
has leak.html 'resident memory grows' 'what is wrong, in words'
has leak.html '</span> FAIL</span>' 'the verdict'
reason=$("$soak" check leak.soak --json | python3 -c '
import html, json, sys
rules = json.load(sys.stdin)["rules"]
print(html.escape(next(r["reason"] for r in rules if r["rule"] == "rss_drift")))')
has leak.html "$reason" 'its reason, as soak check says it'
has leak.html '<svg ' 'curves without a script'
has leak.html 'class="fit run-A"' 'the fitted line'
has leak.html 'class="target run-A"' 'the target'
has leak.html 'class="slope run-A"' 'the interval of the slope'
has leak.html 'class="steady"' 'the steady window'
has leak.html 'Permission is hereby granted, free of charge' 'the licence of the library'
is "$(grep -c 'sourceMappingURL' leak.html)" 0 'nothing else would be asked for'
is "$(ls -A | grep -c part)" 0 'no half file is left'

"$soak" report flat.soak -o flat.html >out 2>err
has flat.html 'Nothing wrong was found' 'a healthy run'
"$soak" report flat.soak -o flat.html --set rss_drift=0.00001 >out 2>err
has flat.html 'INCONCLUSIVE' 'is judged by the rules that are given'

"$soak" report leak.soak flat.soak -o both.html >out 2>err
is "$?" 0 'two runs'
has both.html '<td>-9.08 %</td>' 'the change of a figure'
is "$(sed -n '/What differs/,/<\/table>/s/.*<code>\([a-z_]*\)<.code><.th>.*/\1/p' both.html)" imported_from \
  'the one setting that differs'
for words in 'What differs between the runs' 'class="line run-A"' 'class="line run-B"' 'Verdicts of soak'; do
  has both.html "$words"
done

# A run of ten hours at ten samples a second, with a peak of one sample, and much of everything that is listed.
awk 'BEGIN {
  print "t,rss,ops"
  for (i = 0; i < 360000; i++)
    printf "%.1f,%d,%d\n", i / 10, 1e8 + (i * 7919 % 4096) * 512 + (i == 200000 ? 7e8 : 0), i * 1000
}' >long.csv
"$soak" import long.csv --time t --rss rss --ops ops --rss-unit B -o long.soak >out 2>err
is "$?" 0 'a run of ten hours' || cat err
python3 - <<'END'
import sqlite3
db = sqlite3.connect("long.soak")
db.executemany("INSERT INTO events VALUES(?,?,?)", [(i * 10**9, "mark", "m" * 5000) for i in range(5000)])
db.execute("INSERT OR REPLACE INTO facts VALUES('command', ?)", ("x" * 3000000,))
db.commit()
END
"$soak" report long.soak -o long.html >out 2>err
is "$?" 0 'its page' || cat err
size=$(wc -c <long.html)
[ "$size" -le 2000000 ]
ok $? "at most 2 MB: $size"
python3 - <<'END'
import json, re
page = open("long.html", encoding="utf-8").read()
data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))
low, mean, high = data["runs"][0]["lanes"]["rss"]
open("peak", "w").write(f"{max(high) > 7.9e8} {max(mean) < 2e8} {len(mean) <= 2000}")
END
is "$(cat peak)" 'True True True' 'the peak of one sample is there, and the mean'

# Whatever it says, and wherever: none of it is markup.
evil='"><script>alert(1)</script><img src=x onerror=alert(2)>'"'"'</style>&lt;'
cp leak.soak weird.soak
python3 - "$evil" <<'END'
import sqlite3, sys
evil = sys.argv[1]
db = sqlite3.connect("weird.soak")
db.execute("INSERT OR REPLACE INTO facts VALUES('workload', ?)", (evil,))
db.execute("INSERT OR REPLACE INTO facts VALUES('allocator', ?)", (evil + "\u2028\u202e</title>",))
db.execute("INSERT OR REPLACE INTO facts VALUES(?, 'x')", (evil,))
db.execute("INSERT INTO events VALUES(1000000000, 'mark', ?)", (evil + "</script><script>alert(3)//",))
db.execute("INSERT INTO events VALUES(2000000000, ?, CAST(x'ff3c623e08' AS TEXT))", (evil,))
db.execute("INSERT INTO processes VALUES(1, 77, 1, ?, 0, NULL, NULL, 0, 0, 0, 0)", ("comm" + evil,))
for at, rss in ((100, 10), (1000, 20), (3000, 31)):
    db.execute("UPDATE samples SET mappings_cost_ns = 1 WHERE t_ns = ?", (at * 10**9,))
    for name, held in ("/lib/" + evil, rss << 20), ("/lib/same", 5 << 20):
        db.execute("INSERT INTO mappings VALUES(?, 1, 'file', ?, 1, 0, ?, 0, 0, 0, 0, 0)", (at * 10**9, name, held))
db.execute("INSERT INTO places VALUES(1, ?, 'exact', 0, ?, '', '', 0, 0, ?)", ("comm", "call" + evil, evil))
db.execute("INSERT INTO churn VALUES(2000000000000, 1, 'mmap', 'anon', 7, 28672, 0)")
db.execute("INSERT INTO callers VALUES(2000000000000, 1, 'mmap', 'anon', 1, 7, 0, 28672, 0)")
db.commit()
END
cp weird.soak "<b>&'\".soak"
"$soak" report "<b>&'\".soak" flat.soak -o weird.html >out 2>err
is "$?" 0 'a run full of odd texts' || cat err
python3 - <<'END' >parsed 2>&1
import html, html.parser, json, re

class Parser(html.parser.HTMLParser):
    tags, text, data, where = [], [], "", None
    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.where = tag
        if tag == "img" or any(name.startswith("on") for name, _ in attributes):
            print("markup:", tag, attributes)
    def handle_endtag(self, tag):
        self.where = None
    def handle_data(self, data):
        if self.where == "script" and data.startswith('{"runs"'):
            self.data = data
        self.text.append(data)

parser = Parser()
parser.feed(open("weird.html", encoding="utf-8").read())
text, evil = "".join(parser.text), '"><script>alert(1)</script><img src=x onerror=alert(2)>\'</style>&lt;'
print("scripts", parser.tags.count("script"), "bold", "b" in parser.tags and parser.tags.count("b") < 60)
print("seen", text.count(evil) >= 8, "name", "<b>&'\".soak" in text)
rows = re.findall("<tr>.*?</tr>", open("weird.html", encoding="utf-8").read(), re.S)
of = lambda word: [re.sub("<[^>]*>", "|", html.unescape(r)).replace("||", "|") for r in rows if word in r]
print("grew", "+21.0 MiB" in of("/lib/")[0], len(of("/lib/")), "caller", "steady" in of("call&#34;")[0])
print("mark", json.loads(parser.data)["runs"][0]["marks"][0][1] == evil + "</script><script>alert(3)//")
END
is "$(cat parsed)" 'scripts 3 bold True
seen True name True
grew True 1 caller True
mark True' 'all of it is text, in HTML and in the data of the script'
is "$(LC_ALL=C grep -c "$(printf '\377\|\b')" weird.html)" 0 'what is not UTF-8, or controls, is replaced'

text=$("$soak" compare leak.soak flat.soak --page compared.html 2>err)
is "$? $(cat err)" '3 ' 'soak compare --page: the exit status is that of the comparison'
python3 - "$text" >compared <<'END'
import html, re, sys
page = open("compared.html", encoding="utf-8").read()
print(html.unescape(re.search("<pre>(.*?)</pre>", page, re.S).group(1)).strip() == sys.argv[1].strip(),
      page.count('class="verdict '))
END
is "$(cat compared)" 'True 2' 'the page has the comparison and both runs'
is "$("$soak" compare leak.soak flat.soak --page no/such/page.html 2>&1 >out | cut -d: -f1-2)" \
  'soak: no/such/page.html' 'a page that cannot be written is an error'

refuse() {
  is "$("$soak" report "$@" 2>&1 >/dev/null | sed 's/: .*//;1q') $(ls -A | grep -c part)" 'soak 0' \
    "refused: soak report $*"
}
refuse flat.soak -o no/such/folder.html
refuse nothing.soak
is "$("$soak" report a a a a a a a a a 2>&1 | head -1)" 'soak report: at most 8 runs on one page' 'nine runs'

done_testing
