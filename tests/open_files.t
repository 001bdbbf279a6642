#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Open descriptors and threads, summed over two processes that know how many they have.
. tests/tap.sh

cat >"$tmp/holder.py" <<'END'
import fcntl, os, sys, threading

def hold(descriptors, threads):
    for _ in range(descriptors):
        os.dup(0)
    for _ in range(threads):
        threading.Thread(target=threading.Event().wait, daemon=True).start()

def is_open(fd):
    try:
        return fcntl.fcntl(fd, fcntl.F_GETFD) >= 0
    except OSError:
        return False

def held():
    return sum(map(is_open, range(1024)))

report, asked = os.pipe()
if os.fork() == 0:
    hold(97, 12)
    os.write(asked, b"%d" % held())
    os.read(0, 1)
    os._exit(0)
hold(251, 6)
child = int(os.read(report, 16))
total = child + held()
with open(sys.argv[1] + ".part", "w") as out:
    out.write("%d|%d\n" % (total, 13 + 7))
os.rename(sys.argv[1] + ".part", sys.argv[1])
os.read(0, 1)
os._exit(0)
END

last() {
  sql "$1" 'SELECT open_fds, threads FROM samples WHERE open_fds IS NOT NULL ORDER BY t_ns DESC LIMIT 1'
}

for way in '' --no-bpf; do
  name="open descriptors and threads${way:+, $way}"
  run=$tmp/run$way.soak
  truth=$tmp/truth$way
  mkfifo "$tmp/order$way"
  "$soak" run --quiet $way -a own --ops none --interval 20ms --output "$run" -- python3 "$tmp/holder.py" "$truth" \
    <"$tmp/order$way" >/dev/null 2>&1 &
  exec 3>"$tmp/order$way"
  within 20 test -s "$truth"
  want=$(cat "$truth")
  within 20 eval '[ "$(last "$run")" = "$want" ]'
  is "$(last "$run")" "$want" "$name"
  [ "${want%%|*}" -gt 348 ]
  ok $? "$name: that is what was opened, and what a program has"
  printf xx >&3
  exec 3>&-
  wait $!
done
done_testing
