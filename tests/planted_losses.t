#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What goes wrong while counting is found, and takes verdicts back: a child that is not followed, events that are lost.
. tests/tap.sh

rule() {
  "$soak" check "$1" --json | python3 -c '
import json, sys
rule = [r for r in json.load(sys.stdin)["rules"] if r["rule"] == sys.argv[1]][0]
print(rule["verdict"] + ":", rule["reason"])' "$2"
}

# A child whose mark is taken away makes 2 x 41 calls that only perf_event sees.
cat >"$tmp/parent.py" <<'EOF'
import mmap, os, sys, time
folder = sys.argv[1]
child = os.fork()
if child == 0:
    with open(folder + "/pid.new", "w") as out:
        out.write(str(os.getpid()))
    os.rename(folder + "/pid.new", folder + "/pid")
    while not os.path.exists(folder + "/go"):
        time.sleep(0.01)
    for i in range(41):
        mmap.mmap(-1, 4096).close()
    os._exit(0)
os.waitpid(child, 0)
EOF
run_family() {
  rm -f "$tmp/pid" "$tmp/go"
  "$soak" run -q -f -a own --ops none -o "$1" -- /usr/bin/python3 "$tmp/parent.py" "$tmp" >"$tmp/out" 2>&1 &
  pid=$!
  within 20 test -e "$tmp/pid"
  [ "$2" = followed ] || "$helpers/unfollow" "$(cat "$tmp/pid")" >"$tmp/taken"
  touch "$tmp/go"
  wait $pid
}
run_family "$tmp/followed.soak" followed
like "$(rule "$tmp/followed.soak" crosscheck)" '^PASS' 'a child that is followed: PASS'
run_family "$tmp/lost.soak" lost
is "$(cat "$tmp/taken")" 1 'the mark of a child is taken away'
is "$(sql "$tmp/lost.soak" "SELECT syscall, perf - bpf FROM crosscheck WHERE bpf IS NOT perf AND syscall='mmap'")" \
  'mmap|41' 'its 41 mmaps are missing, to the call'
like "$(rule "$tmp/lost.soak" crosscheck)" '^INCONCLUSIVE: .* 1 processes or threads were not followed' \
  'crosscheck does not pass, and says why'
is "$("$soak" check "$tmp/lost.soak" >/dev/null; echo $?)" 3 'and so does the run'

# The observer sleeps while 1501 programs come and go: its ring of events overflows, counts do not suffer.
"$soak" run -q -f -a own --ops none -o "$tmp/asleep.soak" -- sh -c ": >'$tmp/begun'
  while [ ! -e '$tmp/slept' ]; do :; done
  i=0; while [ \$i -lt 1501 ]; do /bin/true; i=\$((i + 1)); done; : >'$tmp/done'" >"$tmp/out" 2>&1 &
pid=$!
within 20 test -e "$tmp/begun"
kill -STOP $pid
touch "$tmp/slept"
within 60 test -e "$tmp/done"
kill -CONT $pid
wait $pid
is "$(sql "$tmp/asleep.soak" "SELECT value > 0 FROM facts WHERE key='lost_events'")" 1 'events were lost'
is "$(sql "$tmp/asleep.soak" 'SELECT count(*) FROM crosscheck WHERE bpf IS NOT perf')" 0 'no call was'
like "$(rule "$tmp/asleep.soak" crosscheck)" '^INCONCLUSIVE: .*lost' 'crosscheck is INCONCLUSIVE, and says why'

# Calls that no source sees are no agreement.
cat >"$tmp/compat.c" <<'END'
void _start(void)
{
	for (int i = 0; i < 101; i++) { /* madvise(0, 0, 0), then exit(0) */
		int result = 219;
		__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0));
	}
	__asm__ volatile("int $0x80" ::"a"(1), "b"(0));
}
END
unseen() {
  "$soak" run -q -f --ops none -o "$tmp/unseen.soak" --json "$@" >"$tmp/unseen.json" 2>/dev/null
  python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
rule = next(r for r in j["rules"] if r["rule"] == "crosscheck")
print(rule["verdict"], j["losses"]["compat_programs"], j["losses"]["ring_madvises"])' "$tmp/unseen.json"
}
"$helpers/ring" 1
if [ $? -eq 77 ]; then
  echo '# there is no io_uring here'
else
  is "$(unseen -- "$helpers/ring" 211)" 'INCONCLUSIVE 0 211' 'madvise requests through io_uring count as unseen'
fi
if gcc -m32 -nostdlib -static -ffreestanding -fno-pie -no-pie -o "$tmp/compat" "$tmp/compat.c" 2>"$tmp/err" &&
  "$tmp/compat"; then
  is "$(unseen -- "$tmp/compat")" 'INCONCLUSIVE 1 0' 'a 32-bit program: no rule passes over its calls'
  is "$(unseen -- sh -c "$tmp/compat; $tmp/compat; true")" 'INCONCLUSIVE 2 0' 'nor among others'
else
  echo '# no 32-bit program runs here'
fi
is "$(unseen -- true)" 'PASS 0 0' 'a program without such calls passes'

# A 64-bit program reaches the 32-bit entry as well. Where the kernel has kprobes that is noticed; elsewhere doctor and
# each run say that it cannot be.
cat >"$tmp/int80.c" <<'END'
#include <signal.h>
#include <unistd.h>
static void give_up(int unused)
{
	_exit(unused);
}
int main(void)
{
	signal(SIGSEGV, give_up); /* where that entry is not there; the kernel logs it unless handled */
	for (int i = 0; i < 103; i++) { /* madvise(0, 0, 0) */
		long result = 219;
		__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
		if (result)
			return 1;
	}
	return 0;
}
END
if [ "$(uname -m)" != x86_64 ]; then
  echo '# only x86-64 has that entry'
elif ! gcc -o "$tmp/int80" "$tmp/int80.c" || ! "$tmp/int80"; then
  echo '# the 32-bit entry is not in this kernel'
else
  unseen -- "$tmp/int80" >"$tmp/out"
  said="$(cat "$tmp/out") $(python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["losses"]["compat_calls"])' "$tmp/unseen.json")"
  named=$(sql "$tmp/unseen.soak" "SELECT count(*) FROM events WHERE text LIKE '32-bit entry%'")
  doctor=$("$soak" doctor | grep -c '^lacking .*32-bit entry')
  if [ -e /sys/bus/event_source/devices/kprobe ]; then
    is "$said $named $doctor" 'INCONCLUSIVE 0 0 103 0 0' 'int 0x80 in a 64-bit program is noticed'
  else
    is "$said $named $doctor" 'PASS 0 0 None 1 1' 'int 0x80 in a 64-bit program: named as not seen'
    sql "$tmp/unseen.soak" "INSERT INTO facts VALUES ('compat_calls', '103')"
  fi
  like "$(rule "$tmp/unseen.soak" crosscheck)" '^INCONCLUSIVE: .* 103 through the 32-bit entry' \
    'calls that are noticed take PASS'
fi

done_testing
