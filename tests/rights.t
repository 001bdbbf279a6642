#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak as `nobody` with exactly the capabilities that soak doctor names; with one fewer; with others
# that do not count. --user takes names and numbers.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'

chmod 755 "$tmp"
mkdir "$tmp/bin" "$tmp/runs"
chmod 777 "$tmp/runs"
cp "$BUILD/bin/soak" "$BUILD/bin/bench_planted" "$tmp/bin"
nobody='--reuid=nobody --regid=nogroup --clear-groups'

# as_nobody "CAP_A CAP_B" COMMAND...: in a mount namespace of its own with tracefs.
as_nobody() {
  list=-all$(for c in $1; do echo ",+$c" | sed 's/CAP_//' | tr 'A-Z' 'a-z'; done | tr -d '\n')
  shift
  set -- setpriv $nobody --inh-caps="$list" --ambient-caps="$list" --bounding-set="$list" "$@"
  unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
    cd "$1" && shift && exec "$@"' sh "$tmp/runs" "$@"
}

missing() {
  sed -n '/^MISSING/{N;p;}' | grep -o 'CAP_[A-Z_]*' | sort -u | tr '\n' ' '
}

doctor=$(as_nobody '' "$tmp/bin/soak" doctor)
is "$?" 4 'without any capability: doctor says that it cannot run here'
names=$(echo "$doctor" | missing)
is "$names" 'CAP_BPF CAP_DAC_READ_SEARCH CAP_PERFMON ' 'and names those that are missing'
doctor=$(as_nobody "$names" "$tmp/bin/soak" doctor)
is "$? $(echo "$doctor" | missing)" '0 ' 'with those nothing is missing'
as_nobody "$names" "$tmp/bin/soak" doctor --selftest >"$tmp/out" 2>&1
is "$? $(tail -1 "$tmp/out")" '0 selftest passed' 'and the selftest passes'
as_nobody "$names" "$tmp/bin/soak" run -q --force -a own --ops none -o r.soak -- \
  "$tmp/bin/bench_planted" churn >"$tmp/out" 2>&1
like "$(cat "$tmp/out")" 'PASS +crosscheck' 'a run has both sources'
is "$(sql "$tmp/runs/r.soak" "SELECT sum(calls) FROM churn WHERE kind='sequential'")" 23 \
  'and counts each call'
as_nobody "$names" "$tmp/bin/soak" run -q --force -a own --ops none -o r.soak -- \
  grep CapEff /proc/self/status >"$tmp/out" 2>&1
like "$(cat "$tmp/out")" 'CapEff:.0*$' 'the target gets none of them'

for one in $names; do
  others=$(echo "$names" | sed "s/$one //")
  doctor=$(as_nobody "$others" "$tmp/bin/soak" doctor)
  is "$? $(echo "$doctor" | missing)" "4 $one " "without $one: doctor names it"
  as_nobody "$others" "$tmp/bin/soak" run --force -a own --ops none -o r.soak -- true >"$tmp/out" 2>&1
  is "$?" 3 "without $one: a run is inconclusive"
  like "$(cat "$tmp/out")" "no kernel probes: .*$one" "without $one: a run says so"
done

unshare -m sh -c 'umount /sys/kernel/tracing /sys/kernel/debug/tracing 2>/dev/null; exec "$@"' sh \
  setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$soak" doctor >"$tmp/out"
like "$(cat "$tmp/out")" 'tracefs is not mounted: mount -t tracefs' 'tracefs that is not mounted and cannot be'
if unshare -U -r true 2>/dev/null; then
  unshare -U -r "$soak" doctor >"$tmp/out"
  is "$?" 4 'root of a user namespace: doctor says that it cannot run here'
  like "$(cat "$tmp/out")" 'MISSING +rights .*user namespace' 'root of a user namespace: and why'
fi

# --user: who the target is.
while read -r user who; do
  "$soak" run -q --force -a own --ops none --user "$user" -o "$tmp/runs/user.soak" -- \
    sh -c 'echo "$(id -u) $(id -g) $(id -G) ${USER:-none}"' >"$tmp/out" 2>&1
  is "$(head -1 "$tmp/out")/$(stat -c '%u %g' "$tmp/runs/user.soak")" "$who" "--user $user"
done <<EOF
nobody 65534 65534 65534 nobody/65534 65534
65534 65534 65534 65534 nobody/65534 65534
54321:76543 54321 76543 76543 none/54321 76543
nobody:76543 65534 76543 76543 nobody/65534 76543
EOF

done_testing
