#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
# soak crosscheck: one command under soak, strace and perf stat, and the four counts side by side.
. tests/tap.sh

cross() {
  /usr/bin/timeout -k 5 120 "$soak" crosscheck "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  status=$?
}

# row NAME: what the four sources counted; a line of four words is the command's
row() {
  awk -v name="$1" '$1 == name && NF > 4 { print $2, $3, $4, $5; exit }' "$tmp/out"
}

# agree NAME: exit code 0, and what was printed if not
agree() {
  is "$status" 0 "$1: all agree"
  [ "$status" -eq 0 ] || sed 's/^/# /' "$tmp/out" "$tmp/err"
}

# Threads, forks, an exec and vforks: of madvise, as many as were planted, and one for each thread's stack.
cross -- "$helpers/churner" 2 3 1 211
planted=$((2 * 3 * 2 * 211 + 2 * 2 * 7 + 2 * 3 * 2))
is "$status: $(row madvise)" "0: $planted $planted $planted $planted" 'all four count what was planted'
like "$(cat "$tmp/out")" '^All sources counted the same\.$' 'and it says so'

# All kinds of all seven calls, failed ones too, by a child that its parent does not wait for: nor does perf stat.
cross -- "$helpers/kinds"
for call in mmap munmap madvise mremap brk mprotect process_madvise; do
  is "$(row $call | awk '{ print ($1 > 0 && $1 == $2 && $2 == $3) }')" 1 "$call was made, and counted alike"
done
like "$status $(grep -c "^perf stat counts until the command's first process ends" "$tmp/out")" '^(0 0|3 1)$' \
  'perf stat differs only with the reason given, were the child still alive or not'

# The dynamic loader's calls are among them, and those of the allocator alone differ.
query='WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10007) SELECT sum(i) FROM n'
for allocator in own glibc jemalloc hakmem; do
  cross -a "$allocator" -- sqlite3 :memory: "$query"
  agree "sqlite3 under $allocator"
  is "$(grep -c '^50075028$' "$tmp/out")" 1 "sqlite3 under $allocator: its output is shown, once"
  eval "mmaps_$allocator=\$(row mmap)"
done
[ "$mmaps_own" != "$mmaps_jemalloc" ] && [ "$mmaps_own" != "$mmaps_hakmem" ]
ok $? 'the allocator is preloaded in each run'

# Several runs: the output is that of the first.
cross -n 2 -a jemalloc -- /usr/bin/python3 -S -E -c 'print(sum(len(bytes(1000)) for i in range(2003)))'
agree 'python3 under jemalloc, twice'
is "$(grep -c '^2003000$' "$tmp/out")" 1 'its output once'
cross -- sh -c 'echo said >&2; exit 3'
is "$status: $(cat "$tmp/err"), $(grep -c '^The command ended with exit status 3\.$' "$tmp/out")" '0: said, 1' \
  'a command that fails: it is said, not judged'

# More calls each time it runs.
cat >"$tmp/other" <<END
#!/bin/sh
echo >>"$tmp/runs"
for i in \$(cat "$tmp/runs" | wc -l | xargs seq); do /bin/true; done
END
chmod +x "$tmp/other"
cross -- "$tmp/other"
is "$status $(grep -c '^mmap.*  differs$' "$tmp/out")" '3 1' 'a command that does something else each time'
like "$(cat "$tmp/out")" ' --runs 5 shows whether the difference is chance\.$' 'and how to know more'
cross -n 2 -- "$tmp/other"
like "$status $(grep '^mmap' "$tmp/out")" \
  '^3 mmap( +[0-9]+-[0-9]+){4}  differs from run to run$' 'twice: from where to where'
like "$(cat "$tmp/out")" '^The command does not always make the same calls: ' 'twice: and why'
is "$(row mmap | awk '{ print ($1 == $2) }')" 1 'eBPF and perf_event watched the same run'

cross -- sh -c '(sleep 1; for i in 1 2 3; do /bin/true; done) & exit 0'
is "$status $(grep -c '^mmap.*  perf stat did not wait$' "$tmp/out")" '3 1' 'a command that leaves processes behind'
is "$(row mmap | awk '{ print ($1 == $2 && $2 == $3 && $3 > $4) }')" 1 'strace waits for them, perf stat does not'
like "$(cat "$tmp/out")" "^perf stat counts until the command's first process ends" 'and it says so'
is "$(grep -c 'another execution' "$tmp/out")" 0 'and gives no other reason'

# It runs differently where it is traced: the same in each run.
cross -n 2 -- sh -c 'grep -Eq "^TracerPid:\s*0$" /proc/$$/status || { /bin/true; exit 5; }'
is "$status $(grep -c '^mmap.*  differs$' "$tmp/out")" '3 1' 'a command that does more under strace'
like "$(cat "$tmp/out")" '^The counts are the same in each run, so this is not chance: ' 'and it is no chance'
like "$(cat "$tmp/out")" '^Under strace the command ended with exit status 5\.$' 'and how it ended there'

# Tools that are not there, or cannot count.
mkdir "$tmp/bin"
ln -s "$(command -v perf)" "$tmp/bin/perf"
PATH=$tmp/bin cross -- /bin/true
like "$(cat "$tmp/out")" '^-: strace could not be run: apt-get install strace' 'no strace: how to get it'
is "$status $(row mmap | awk '{ print $3, ($1 == $4) }')" '3 - 1' 'no strace: the others count'
PATH=/nowhere cross -- /bin/true
is "$status $(grep -c '^-: .* apt-get install' "$tmp/out")" '3 2' 'neither: both are named'
fake() {
  printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done; printf "%s" >"$2"\n' "$2" >"$tmp/new"
  chmod +x "$tmp/new"
  mv "$tmp/new" "$tmp/bin/$1"
}
fake strace ''
fake perf "$(for call in mmap munmap madvise mremap brk mprotect process_madvise; do
  echo "$([ $call = mmap ] && echo '<not counted>' || echo 7),,syscalls:sys_exit_$call,0,0"
done)"
PATH=$tmp/bin:$PATH cross -- true
is "$status $(row mmap | awk '{ print $3, $4 }')" '3 - -' 'tools that count nothing have counted nothing, not 0'
is "$(grep -c '^-: .* count' "$tmp/out")" 2 'and both are named'

cross -- /no/such/program
is "$status $(wc -l <"$tmp/err")" '2 1' 'no such program: one line, exit code 2'
cross -a nonsense -- true
like "$status $(cat "$tmp/err")" '^2 .*unknown allocator .nonsense.' 'no such allocator'
cross -n 0 -- true
like "$status $(cat "$tmp/err")" '^2 .*--runs: 0 is not a number from 1 to 1000' 'no runs'
cross
is "$status $(wc -l <"$tmp/err")" '2 1' 'nothing to run'
TMPDIR=/no/where cross -- true
is "$status $(wc -l <"$tmp/err")" '2 1' 'no folder for temporary files'

# Ended under soak, strace (whose execution is the second) and perf stat (the third): nothing is left.
folder=$tmp/folder-with-a-name-that-is-longer-than-most-are-but-still-is-one
mkdir "$folder"
cat >"$tmp/waits" <<END
#!/bin/sh
echo >>"$tmp/count"
ls "$folder" >"$tmp/seen"
[ "\$(wc -l <"$tmp/count")" -lt "\$1" ] && exit
setsid sleep 7747 &
touch "$tmp/ready"
sleep 7747
END
chmod +x "$tmp/waits"
for signal in INT TERM HUP KILL; do
  for run in 1 2 3; do
    rm -f "$tmp/ready" "$tmp/count"
    # An asynchronous command of a script ignores SIGINT unless it is told not to.
    TMPDIR=$folder env --default-signal=INT "$soak" crosscheck -- "$tmp/waits" $run >"$tmp/out" 2>&1 </dev/null &
    pid=$!
    within 20 test -e "$tmp/ready"
    seen=$(wc -l <"$tmp/seen")
    kill -$signal $pid
    wait $pid
    status=$?
    within 3 sh -c "! pgrep -fx 'sleep 7747' && ! ls -A '$folder' | grep -q ."
    is "$seen $? $([ $signal = KILL ] || echo "$status $(tail -n 1 "$tmp/out")")" \
      "1 0 $([ $signal = KILL ] || echo '130 soak crosscheck: interrupted')" \
      "SIG$signal in execution $run: its files were in TMPDIR, and no process and no file is left"
  done
done
no_leftovers() {
  [ -z "$(leftovers)" ]
}
within 5 no_leftovers
ok $? 'no guardian and no probe is left'
done_testing
