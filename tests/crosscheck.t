#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
# soak crosscheck: one command under strace, perf stat and soak, and the four counts side by side.
. tests/tap.sh

cross() {
  /usr/bin/timeout -k 5 120 "$soak" crosscheck "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  status=$?
}

# row NAME: what the four sources counted
row() {
  awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }' "$tmp/out"
}

# Threads, forks, an exec and vforks: of madvise, as many as were planted, and one for each thread's stack.
cross -- "$helpers/churner" 2 3 1 211
planted=$((2 * 3 * 2 * 211 + 2 * 2 * 7 + 2 * 3 * 2))
is "$status: $(row madvise)" "0: $planted $planted $planted $planted" 'all four count what was planted'
like "$(cat "$tmp/out")" '^All sources counted the same\.$' 'and it says so'

query='WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10007) SELECT sum(i) FROM n'
for allocator in own glibc jemalloc hakmem; do
  cross -a "$allocator" -- sqlite3 :memory: "$query"
  is "$status" 0 "sqlite3 under $allocator: all agree"
  [ "$status" -eq 0 ] || sed 's/^/# /' "$tmp/out"
  is "$(grep -c '^50075028$' "$tmp/out")" 1 "sqlite3 under $allocator: its output is shown, once"
  eval "mmaps_$allocator=\$(row mmap)"
done
[ "$mmaps_own" != "$mmaps_jemalloc" ] && [ "$mmaps_own" != "$mmaps_hakmem" ]
ok $? 'the allocator is preloaded in each run'

# More calls each time it runs.
cat >"$tmp/other" <<END
#!/bin/sh
echo >>"$tmp/runs"
for i in \$(cat "$tmp/runs" | wc -l | xargs seq); do /bin/true; done
END
chmod +x "$tmp/other"
cross -- "$tmp/other"
is "$status" 3 'a command that does something else each time: exit code'
like "$(grep '^mmap' "$tmp/out")" 'differs from run to run$' 'and where'
is "$(row mmap | awk '{ print ($1 == $2) }')" 1 'eBPF and perf_event watched the same run'

# Tools that are not there.
mkdir "$tmp/bin"
ln -s "$(command -v perf)" "$tmp/bin/perf"
PATH=$tmp/bin cross -- /bin/true
is "$status" 3 'no strace: exit code'
like "$(cat "$tmp/out")" '^-: strace could not be run: apt-get install strace$' 'no strace: how to get it'
is "$(row mmap | awk '{ print $3, ($1 == $4) }')" '- 1' 'no strace: the others count'

cross -- /no/such/program
is "$status $(wc -l <"$tmp/err")" '2 1' 'no such program: one line, exit code 2'
cross -a nonsense -- true
like "$status $(cat "$tmp/err")" '^2 .*unknown allocator nonsense' 'no such allocator'
cross
is "$status" 2 'nothing to run'

mkdir "$tmp/folder"
TMPDIR=$tmp/folder timeout -s INT 2 "$soak" crosscheck -- sleep 77 >"$tmp/out" 2>&1
within 5 sh -c '! pgrep -fx "sleep 77"'
is "$? $(find "$tmp/folder" -mindepth 1 | wc -l)" '0 0' 'interrupted: no process and no file is left'
done_testing
