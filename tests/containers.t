#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak in PID and time namespaces of its own, as in a container, and targets that make some themselves.

. tests/tap.sh
. tests/contained.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'
unshare --pid --fork --mount-proc true 2>/dev/null || skip_all 'no PID namespaces here'

program "$tmp/outer" alpha 101
program "$tmp/inner" beta 103
cd "$tmp" || exit 1
# 7 days ahead of the host.
contained() {
  unshare --pid --fork --mount-proc --time --monotonic 604800 "$@"
}
cat >target <<'EOF'
"$PWD/outer" 1 & first=$!
unshare --pid --fork --mount-proc "$PWD/inner" 1 &
sleep 0.5
echo "$first"
wait
EOF

name='in a container'
contained "$soak" run --quiet -a own --ops none -i 20ms -o a.soak -- sh ./target >out 2>err
is "$? $(cat err)" '3 ' "$name: judged"
is "$(calls a.soak)" 'inner`beta 103 exact outer`alpha 101 exact ' \
  "$name: calls and callers, of a deeper namespace too"
is "$(agreement a.soak)" '7|7' "$name: the cross-check agrees"
is "$(sql a.soak "SELECT comm FROM processes WHERE pid = $(head -1 out)")" outer \
  "$name: a process by its number there"
is "$(sql a.soak 'SELECT count(*) FROM processes WHERE pid < 100 AND parent_pid < 100')" \
  "$(sql a.soak 'SELECT count(*) FROM processes')" "$name: all numbers are those of the namespace"
is "$(strays a.soak)" 0 "$name: times are those of the time namespace"
is "$(sql a.soak "SELECT value FROM facts WHERE key='unfollowed'")" 0 "$name: all were followed"

name='attached to in a container'
contained timeout 60 sh ./attach_here "$helpers/puppet" "$soak" b.soak 2>/dev/null >rss
is "$? $(cat err)" '3 ' "$name: judged"
is "$(cold_calls b.soak)" 10007 "$name: its calls"
is "$(agreement b.soak)" '7|7' "$name: the cross-check agrees"
is "$(highest_rss b.soak)" "$(rss_of rss)" "$name: RSS as smaps_rollup"
is "$(strays b.soak)" 0 "$name: times are those of the time namespace"

name='a target that makes a container of its own'
"$soak" run --quiet --force -a own --ops none -i 20ms -o a.soak -- \
  unshare --pid --fork --mount-proc --time --monotonic 604800 ./inner >out 2>err
is "$(calls a.soak)$(agreement a.soak) $(strays a.soak)" 'inner`beta 103 exact 7|7 0' "$name"

name='an allocator and a libc that only the container has'
libc=$(ldd "$soak" | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')
mkdir there
cat >own_files <<'EOF'
mount -t tmpfs there there && cp "$1/lib/libhakmem.so" "$2" there
[ "$3" = libc ] || HAKMEM_KEEP_BYTES=0 HAKMEM_KEEP_PERCENT=0 LD_PRELOAD=$PWD/there/libhakmem.so exec python3 -c '
import time
while True:
    bytearray(50 << 20)
    open("begun", "w").close()
    time.sleep(0.02)'
mount --bind "there/${2##*/}" "$2" && exec sleep 1000 # which maps it by its usual path
EOF
cat >in_a_chroot <<'EOF'
mkdir -p root && mount --rbind / root && exec chroot root sh -c 'cd "$1" && shift && exec "$@"' sh "$PWD" "$@"
EOF
# detected KIND [sh SCRIPT]: the allocator of a process in a mount namespace of its own, entered by SCRIPT.
detected() {
  rm -f begun d.soak
  kind=$1
  shift
  unshare -m "$@" sh own_files "$BUILD" "$libc" "$kind" &
  sleeper=$!
  if [ "$kind" = libc ]; then
    within 60 grep -q '^sleep' "/proc/$sleeper/comm" && within 60 grep -q libc "/proc/$sleeper/maps"
  else
    within 60 test -e begun
  fi
  env --default-signal=INT "$soak" attach "$sleeper" --quiet -i 20ms -o d.soak >out 2>err &
  watcher=$!
  within 60 sampled d.soak
  [ "$kind" = libc ] || within 60 eval \
    '[ "$(sqlite3 -readonly d.soak "SELECT max(allocator_calls) > 0 FROM samples" 2>/dev/null)" = 1 ]'
  kill -INT "$watcher"
  wait "$watcher"
  kill "$sleeper"
  sql d.soak "SELECT value FROM facts WHERE key='allocator'"
  sql d.soak "SELECT value FROM facts WHERE key='allocator_version'"
  sql d.soak 'SELECT max(allocator_calls) > 0 FROM samples'
}
is "$(detected hakmem | tr '\n' ' ')" 'hakmem  1 ' "$name: hakmem, its counters found"
is "$(detected libc | tr '\n' ' ')" 'glibc   ' "$name: glibc of an unknown version"
is "$(detected hakmem sh in_a_chroot | tr '\n' ' ')" 'hakmem  1 ' "$name: hakmem in a chroot there"

name='--allocator-stats of containers in a container'
cat >held.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* held COUNT FILE [PROGRAM]: holds blocks until there is such a file, then becomes PROGRAM. */
int main(int count, char **args)
{
	for (int i = atoi(args[1]); i > 0; i--)
		memset(malloc(1009), 1, 1009);
	while (access(args[2], F_OK)) {
		void *volatile block = malloc(100);

		free(block);
		usleep(5000);
	}
	return count > 3 ? execl(args[3], args[3], "7", "ended", NULL) : 0;
}
END
${CC:-gcc} -O1 -o held held.c && ${CC:-gcc} -O1 -static -o held-static held.c
cat >two_levels <<'END'
contained() {
  unshare --pid --fork --mount-proc --time --monotonic 604800 "$@"
}
contained ./held 10007 ended &
contained sh -c 'contained() {
  unshare --pid --fork --mount-proc "$@"
}
./held 5003 ended & contained ./held 20011 change ./held-static & wait' &
wait
END
# holds LEAST MOST: KiB in the last sample
holds() {
  blocks=$(sqlite3 -readonly h.soak \
    'SELECT allocator_in_use_bytes / 1024 FROM samples ORDER BY t_ns DESC LIMIT 1' 2>/dev/null)
  [ "${blocks:-0}" -ge "$1" ] && [ "$blocks" -le "$2" ]
}
# told COMMAND...: records it, asking every 20 ms.
told() {
  rm -f change ended h.soak
  "$@" "$soak" run -a glibc -i 20ms --allocator-stats=20ms -o h.soak -- sh ./two_levels >out 2>err &
  run=$!
}
for where in env contained; do
  told "$where"
  within 60 holds $((10007 + 5003 + 20011)) 35800
  ok $? "$name ($where): $blocks KiB of 35 021 blocks of processes 1, 1 and 2"
  touch change
  within 60 holds $((10007 + 5003)) 15600
  ok $? "$name ($where): $blocks KiB when one of them has become a static program"
  touch ended
  wait $run
  is "$(grep -c 'same number' err)" 0 "$name ($where): none is taken for another"
done
cat >two_levels <<'END'
no_proc() {
  unshare --pid --fork --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
}
no_proc ./held 10007 ended & no_proc ./held 20011 ended & wait
END
# many: both run, and have been sampled often since.
many() {
  [ "$(pgrep -cx held)" = 2 ] &&
    [ "$(sqlite3 -readonly h.soak 'SELECT count(*) > 100 FROM samples WHERE processes >= 6' 2>/dev/null)" = 1 ]
}
told env
within 20 many
holds 0 9000
ok $? "$name: two processes 1 without /proc: $blocks KiB, told under neither name"
touch ended
wait $run
like "$(cat err)" 'warning: process [0-9]+ has the same number in its PID namespace as' "$name: and that is said"

name='/proc of another PID namespace'
unshare --pid --fork "$soak" run --quiet --force -o a.soak -- true >out 2>err
is "$?" 4 "$name: soak cannot run"
like "$(cat err)" '/proc belongs to another PID namespace: mount -t proc' "$name: and says why"
like "$(unshare --pid --fork "$soak" doctor)" 'MISSING +PID namespace' "$name: so does doctor"
like "$(contained "$soak" doctor)" 'ok +PID namespace +its own' "in a container doctor says so"

done_testing
