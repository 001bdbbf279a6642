#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# The page of soak report in Chromium, opened from disk and without a network.
. tests/tap.sh

command -v chromium >/dev/null || skip_all 'chromium is not installed: packages.txt lists it'
export HOME="$tmp"

for shape in leak flat; do
  tests/helpers/series csv $shape >"$tmp/$shape.csv"
  "$soak" import "$tmp/$shape.csv" -o "$tmp/$shape.soak" >"$tmp/out" 2>&1
done
evil='</script><script>alert(1)</script><img src=http://a.example/ onerror=alert(2)>'
sqlite3 "$tmp/leak.soak" "INSERT OR REPLACE INTO facts VALUES('workload', '$evil');
  INSERT INTO events VALUES(1200000000000, 'mark', '$evil'), (2400000000000, 'mark', 'deployed')"
"$soak" report "$tmp/leak.soak" -o "$tmp/leak <b>&.html" >"$tmp/out" 2>&1 &&
  "$soak" report "$tmp/leak.soak" "$tmp/flat.soak" -o "$tmp/both.html" >"$tmp/out" 2>&1
ok $? 'pages are made'

PYTHONPATH=tests/helpers python3 - "$tmp" "${PICTURES:-}" >"$tmp/said" 2>"$tmp/err" <<'END'
import sys
from chromium import Browser

folder, pictures = sys.argv[1:]
leak, both = folder + "/leak <b>&.html", folder + "/both.html"

def look(page, name):
    if pictures:
        page.screenshot(f"{pictures}/{name}.png")

def say(name, value):
    print(name, "=", value)

with Browser() as browser:
    page = browser.open(leak)
    say("charts", page.evaluate("document.querySelectorAll('.chart canvas').length > 0"))
    say("static hidden", page.evaluate("getComputedStyle(document.querySelector('.still')).display"))
    say("headline", page.evaluate("document.querySelector('.headline').innerText"))
    say("images", page.evaluate("document.images.length + document.querySelectorAll('main script').length"))
    say("title of the run", page.evaluate("document.querySelector('.what code').innerText"))
    say("first paint", page.evaluate("performance.getEntriesByName('first-paint').length"))
    look(page, "light")
    for width in (1200, 360):
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        say(f"wide at {width}", page.evaluate("document.documentElement.scrollWidth - innerWidth <= 0"))
    look(page, "narrow")

    # By keyboard: to the first button, and on to the slider.
    page.call("Emulation.setDeviceMetricsOverride", width=1200, height=900, deviceScaleFactor=1, mobile=False)
    whole = page.evaluate("document.getElementById('range').textContent")
    for _ in range(40):
        page.key("Tab")
        if page.evaluate("document.activeElement.textContent") == "Zoom in":
            break
    page.key("Enter", "\r")
    say("zoomed", page.evaluate("document.getElementById('range').textContent") != whole)
    page.key("0", "0")
    say("whole again", page.evaluate("document.getElementById('range').textContent") == whole)
    for _ in range(10):
        if page.evaluate("document.activeElement.id") == "moment":
            break
        page.key("Tab")
    for _ in range(5):
        page.key("ArrowRight")
    say("said", page.evaluate("document.getElementById('now').textContent"))
    say("read", page.evaluate("document.querySelector('#lane-rss .read').textContent"))

    # By mouse: a drag over a curve zooms all of them.
    box = page.evaluate("""(() => { scrollTo(0, 0); const lane = document.querySelector('#lane-rss .chart');
      lane.scrollIntoView({block: 'center'}); const b = lane.getBoundingClientRect();
      return [b.left, b.top, b.width, b.height]; })()""")
    y = box[1] + box[3] / 2
    page.mouse("mouseMoved", box[0] + box[2] / 2, y)
    say("hover", page.evaluate("document.querySelector('#lane-rss .read').textContent").startswith("at "))
    page.mouse("mousePressed", box[0] + box[2] * 0.4, y, "left")
    page.mouse("mouseMoved", box[0] + box[2] * 0.5, y, "left")
    page.mouse("mouseReleased", box[0] + box[2] * 0.5, y, "left")
    say("dragged", page.evaluate("document.getElementById('range').textContent") != whole)
    look(page, "zoomed")
    page.media("print")
    say("print", page.evaluate("""['.still', '.live', '#controls'].map(
      (name) => getComputedStyle(document.querySelector(name)).display).join(', ')"""))
    look(page, "print")
    say("faults", page.faults)

    # What a screen reader is given.
    tree = browser.open(leak).call("Accessibility.getFullAXTree")["nodes"]
    roles = lambda role: [n["name"]["value"] for n in tree if n.get("role", {}).get("value") == role
                          and not n.get("ignored")]
    say("headings", {"Verdict of soak", "Over time", "Resident memory (RSS)", "Rules"} <= set(roles("heading")))
    say("tables", len(roles("table")) >= 3 and all(roles("table")))
    say("named", all(roles("button")) and all(roles("slider")) and all(roles("region")) and
        all(name for role in ("image", "img") for name in roles(role)))

    page = browser.open(leak, scripts=False)
    say("no script", page.faults)
    tree = page.call("DOM.getDocument", depth=-1)["root"]
    shown = page.call("DOM.querySelector", nodeId=tree["nodeId"], selector=".still svg")["nodeId"]
    box = page.call("DOM.getBoxModel", nodeId=shown)["model"]
    say("static curve", box["width"] > 500 and box["height"] > 100)
    look(page, "static")
    page = browser.open(both, dark=True)
    say("two", page.evaluate("document.querySelectorAll('.chart canvas').length > 0"))
    look(page, "dark")
    say("faults of two", page.faults)
END
is "$?" 0 'Chromium ran' || sed 's/^/# /' "$tmp/err"

said() {
  is "$(sed -n "s/^$1 = //p" "$tmp/said")" "$2" "$3"
}
said 'charts' True 'with scripts there are charts that zoom'
said 'static hidden' none 'in place of the static curves'
like "$(sed -n 's/^headline = //p' "$tmp/said")" '^Wrong: .*resident memory grows' 'what is wrong stands at the top'
said 'title of the run' "$evil" 'a hostile command stays text'
said 'images' 0 'and makes no element'
said 'first paint' 1 'the page is painted'
said 'wide at 1200' True 'it is as wide as the window'
said 'wide at 360' True 'and as a phone'
said 'zoomed' True 'the keyboard zooms'
said 'whole again' True 'and shows the whole run again'
like "$(sed -n 's/^said = //p' "$tmp/said")" '^At [0-9:.]+: Resident memory \(RSS\) [0-9.]+ MiB' 'a moment is read out'
like "$(sed -n 's/^read = //p' "$tmp/said")" '^at [0-9:.]+: [0-9.]+ MiB' 'and shown'
said 'hover' True 'values are shown under the pointer'
said 'dragged' True 'a drag zooms'
said 'print' 'block, none, none' 'print has the static curves'
said 'faults' '[]' 'no error, no request, no dialog'
said 'headings' True 'headings'
said 'tables' True 'each table has a name'
said 'named' True 'so has each button, slider, region and picture'
said 'no script' '[]' 'without scripts nothing is missing'
said 'static curve' True 'and the curves are there'
said 'two' True 'two runs have charts'
said 'faults of two' '[]' 'and no error'

done_testing
