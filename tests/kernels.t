#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 1200
# On Linux 6.1 in a guest the probes load, counts are exact to the call, callers have names, RSS is right to
# the page. And tools/kernels itself: what it says of mistakes, and that nothing is left when it is killed.
. tests/tap.sh

kernels=tools/kernels
export TMPDIR="$tmp" SOAK_KERNELS_TIMEOUT=1000

# Not one of the programs of this test runs, and none of its folders is there.
nothing_left() {
  ! pgrep -f "qemu-system.*$tmp" >/dev/null && [ -z "$(find "$tmp" -name 'soak-kernels.*')" ]
}

says=$($kernels run 4.19 -- true 2>&1)
is $? 2 'an unknown kernel: exit status 2'
like "$says" "^kernels: unknown kernel '4.19' \(known: 6\.1 .*arm64-16k\)$" 'and the known ones by name'
says=$($kernels run 6.1 true 2>&1)
is "$? ${says%%:*}" '2 usage' 'no -- before the command: usage'
says=$(XDG_CACHE_HOME=$tmp/cache DEBIAN_MIRROR=http://127.0.0.1:9/debian $kernels fetch 6.1 2>&1)
is $? 4 'a mirror that does not answer: exit status 4'
like "$says" 'http://127.0.0.1:9/debian' 'and its name'
is "$(ls "$tmp/cache/soak-kernels")" lock 'nothing half-made is kept'

$kernels run -o "$tmp/out" 6.1 -- sh -c 'tests/helpers/kernel_trial.sh 5; status=$?
  echo kept >/out/word; exit $((status + 70))' >"$tmp/said" 2>"$tmp/err"
is $? 70 'the exit status is that of the command in the guest'
is "$(cat "$tmp/out/word")" kept 'what it leaves in /out comes back'
row=$(tr -d '\r' <"$tmp/said" | tail -n 1)
like "$row" '^6\.1\.[^ ]+ yes 6/6 [0-9]+/[0-9]+ [0-9]+/[0-9]+$' 'probes load, counts and selftest are right'
for part in ${row#* * * }; do
  is "${part%/*}" "${part#*/}" "assertions of ${what:-callers.t} that hold"
  what=rss.t
done
sed 's/^/# /' "$tmp/err"
sed '$d; s/^/# /' "$tmp/said"
within 10 nothing_left
ok $? 'a guest that has ended leaves nothing'

$kernels run 6.1 -- sleep 600 >"$tmp/said" 2>&1 &
within 60 pgrep -f "qemu-system.*$tmp"
ok $? 'a guest boots'
kill $!
wait $!
is $? 143 'and tools/kernels is ended'
within 10 nothing_left
ok $? 'which leaves neither process nor folder'
done_testing
