#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Wrong use: one clear line, the right exit code, and no file made, changed or lost.

. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'
command -v ${CC:-gcc} >/dev/null || skip_all 'no compiler'

mkdir "$tmp/here" "$tmp/lib" "$tmp/lib/a b"
top=$PWD
cd "$tmp/here" || exit 1

# All that a refused command could have changed: names, sizes, contents.
state() {
  ls -lAR --time-style=+ "$tmp/here" "$tmp/lib"
  find "$tmp/here" "$tmp/lib" -type f -exec cksum {} +
}

# refused CODES PATTERN NAME COMMAND...: argp's "Try ..." line does not count, and a command that
# waits for something is ended.
refused() {
  code=$1 pattern=$2 name=$3
  shift 3
  state >"$tmp/before"
  timeout 60 "$@" >"$tmp/stdout" 2>"$tmp/stderr" </dev/null
  got=$?
  case " $code " in *" $got "*) got=$code ;; esac
  state >"$tmp/after"
  sed -i '/^Try `soak/d' "$tmp/stderr"
  said=$(wc -l <"$tmp/stderr")
  grep -Eq -e "$pattern" "$tmp/stderr" && clear=yes || clear=no
  cmp -s "$tmp/before" "$tmp/after" && files='as before' || files=changed
  is "exit $got, $said line, clear: $clear, stdout $(wc -c <"$tmp/stdout"), files $files" \
    "exit $code, 1 line, clear: yes, stdout 0, files as before" "$name"
  [ "$clear$files" = 'yesas before' ] || head -n 3 "$tmp/stderr" | sed 's/^/#   said: /'
  # What must not be there shall not mislead the next check.
  rm -f x.soak x.soak-*
}

# Verbs and options.

refused 2 'unknown verb .nosuch.: choose run, attach, check.* or doctor$' 'unknown verb' "$soak" nosuch
for verb in run attach check audit compare history bench plot report export import mark doctor; do
  refused 2 'unrecognized option.*--nosuch' "$verb: unknown option" "$soak" "$verb" --nosuch
  "$soak" "$verb" --help >"$tmp/help" 2>"$tmp/stderr"
  is "$? $(grep -c '^Usage: soak '"$verb" "$tmp/help") $(wc -c <"$tmp/stderr")" '0 1 0' \
    "$verb --help"
  grep -A1 '^Examples:' "$tmp/help" | grep -q "soak $verb"
  ok $? "$verb --help shows an example"
done
like "$("$soak" --version)" '^soak [^ ]+$' 'soak --version'
like "$("$soak" --help)" '^Exit status: 0 ' 'soak --help tells the exit codes'
"$soak" >"$tmp/stdout" 2>"$tmp/stderr"
is "$? $(wc -c <"$tmp/stdout") $(grep -c '^Usage: ' "$tmp/stderr")" '2 0 1' \
  'soak alone shows its usage on stderr'

run() {
  "$soak" run -o x.soak "$@"
}
# refused_run CODE PATTERN NAME OPTION...
refused_run() {
  code=$1 pattern=$2 name=$3
  shift 3
  refused "$code" "$pattern" "$name" "$soak" run -o x.soak "$@" -- sleep 0.2
}

for time in '' x 10x 1h30 -5 '1 h' 2y 36501d . nan inf 0; do
  [ "$time" = 1h30 ] && continue # 30 s: a bare number is seconds
  refused_run 2 '--duration' "--duration '$time'" --duration "$time"
done
refused_run 2 'unknown profile .nosuch.: choose default, service, allocator or ci' '--profile nosuch' --profile nosuch
for status in '' 0 256 x 3, '3 4'; do
  refused_run 2 '--allow-exit' "--allow-exit '$status'" --allow-exit "$status"
done
refused_run 2 'choose fail, pass or skip, not maybe' '--inconclusive maybe' --inconclusive=maybe
for time in x 0 9ms 61s -1s; do
  refused_run 2 '--interval' "--interval $time" --interval "$time"
done
for time in x -1 5parsecs ''; do
  refused_run 2 '--warmup' "--warmup '$time'" --warmup "$time"
done
refused_run 2 '--ops.*preload' '--ops nosuch' --ops nosuch
for set in nosuch=1 rss_drift rss_drift= rss_drift=x rss_drift=-1 rss_drift=nan =; do
  refused_run 2 '--set.*rss_drift' "--set $set" --set "$set"
done
refused_run 2 'unknown allocator .nosuch.: choose hakmem, .* own or /a/path.so' '--allocator nosuch' --allocator nosuch
refused_run 2 'no user is called nosuch' '--user nosuch' --user nosuch
refused_run 2 'no user has the number 54321, so give a group: 54321:GID' '--user NUMBER' --user 54321
refused_run 2 'no group is called nosuch' '--user with a group' --user nobody:nosuch
refused 2 'requires an argument' 'an option without its value' "$soak" run --duration
refused 2 'nosuch' '--workload nosuch' "$soak" run -o x.soak --workload nosuch
refused 2 'not both' 'a workload and a command' "$soak" run -o x.soak -W mixed -- true
is "$("$soak" run -W list | grep -Ec '^[a-z0-9-]+  +bench_[a-z_]+ [1-9][0-9]*( ([A-Z]+=)?[0-9]+)*  +[^ ].*$')" \
  "$("$soak" run -W list | wc -l)" 'the list of workloads: name, command, meaning'
is "$("$soak" run -W list | cut -d ' ' -f 1 | xargs)" \
  "$(sed -n '/^.SH WORKLOADS/,$s/^[.]B //p' "$top/man/soak-run.prose" | grep -v ' ' | tr -d '\\' | xargs)" \
  'the man page has the same workloads'
refused 2 "'drain-sprase', did you mean drain-sparse\? all [0-9]+ are listed by soak run -W list$" \
  'a workload that is misspelt' "$soak" run -o x.soak -W drain-sprase
refused 2 "unknown verb 'chekc', did you mean check\? .* or doctor\$" 'a verb that is misspelt' "$soak" chekc
refused_run 2 "unknown rule 'rss_drfit', did you mean rss_drift\?" 'a rule that is misspelt' --set rss_drfit=3
refused_run 2 "unknown allocator 'tcmaloc', did you mean tcmalloc\?" 'an allocator that is misspelt' -a tcmaloc
refused_run 2 "unknown profile 'servce', did you mean service\?" 'a profile that is misspelt' --profile servce
refused 2 "--format: unknown format 'cvs', did you mean csv\?" 'a format that is misspelt' \
  "$soak" export --format cvs x.soak
refused 2 "--format: unknown format 'mprofs', did you mean mprof\?" 'an imported one' "$soak" import x --format mprofs
refused 2 "--by: unknown key 'calller', did you mean caller\?" 'a key of the audit' "$soak" audit --by calller x.soak
refused 2 "--phase: unknown phase 'stedy', did you mean steady\?" 'a phase' "$soak" audit --phase stedy x.soak
is "$("$soak" bench -W list)" "$("$soak" run -W list)" 'bench has the same workloads'

# Programs.

refused 2 'no program nosuch' 'missing program' "$soak" run -o x.soak -- nosuch
refused 2 "$tmp/nosuch" 'missing path' "$soak" run -o x.soak -- "$tmp/nosuch"
echo data >"$tmp/lib/data"
refused 2 'lib/data: Permission' 'a program that is not executable' "$soak" run -o x.soak -- \
  "$tmp/lib/data"
refused 2 "$tmp/lib" 'a directory as program' "$soak" run -o x.soak -- "$tmp/lib"
refused 2 'lib/data/x: Not a dir' 'a file as directory' "$soak" run -o x.soak -- "$tmp/lib/data/x"

# Libraries.

cat >"$tmp/dep.c" <<'END'
int dep(void);
int dep(void) { return 1; }
END
cat >"$tmp/needs.c" <<'END'
int dep(void);
int needs(void);
int needs(void) { return dep(); }
END
${CC:-gcc} -shared -fPIC -o "$tmp/lib/libdep.so" "$tmp/dep.c" &&
  ${CC:-gcc} -shared -fPIC -o "$tmp/lib/needs.so" "$tmp/needs.c" -L"$tmp/lib" -ldep || {
  echo 'Bail out! a library did not compile'
  exit 1
}
cp "$BUILD/lib/libhakmem.so" "$tmp/lib/a b/liballoc.so"
cp "$tmp/lib/libdep.so" "$tmp/lib/plain.so"
# The field e_machine, two bytes at 18, becomes AArch64; on AArch64 it becomes x86-64.
cp "$tmp/lib/libdep.so" "$tmp/lib/foreign.so"
[ "$(uname -m)" = aarch64 ] && machine='\076' || machine='\267'
printf "$machine\\000" | dd of="$tmp/lib/foreign.so" bs=1 seek=18 conv=notrunc 2>/dev/null
rm "$tmp/lib/libdep.so"
head -c 100 "$tmp/lib/needs.so" >"$tmp/lib/cut.so"

refused_run 2 'not a shared library' 'a library that is text' -a "$tmp/lib/data"
refused_run 2 'not a shared library' 'a directory as library' -a "$tmp/lib/"
refused_run 2 'lib/no.so: No such' 'a missing library' -a "$tmp/lib/no.so"
refused_run 2 'another machine' 'a library of another machine' -a "$tmp/lib/foreign.so"
refused_run '2 4' 'cut.so' 'a library that is cut off' -a "$tmp/lib/cut.so"
refused_run 4 'cannot dynamically load' 'a program as library' -a /bin/true
# Only the loader knows this one.
refused_run '2 4' 'needs.so' 'a library whose own library is missing' -a "$tmp/lib/needs.so"

facts() {
  for key; do sql x.soak "SELECT value FROM facts WHERE key = '$key'"; done | paste -sd' '
}

has_rows() {
  [ "$(sqlite3 -readonly "$1" 'SELECT count(*) > 1 FROM samples')" = 1 ]
}

# The loader parts LD_PRELOAD at spaces and colons. The last: a checkout that lies in such a path.
run -q -a "$tmp/lib/a b/liballoc.so" -- sleep 0.2 >/dev/null
is "$(facts allocator_path allocator_verified)" "$tmp/lib/a b/liballoc.so yes" \
  'a library in a folder with a space is preloaded'
rm x.soak
run -q -a "$tmp/lib/plain.so" -- sleep 0.2 >/dev/null
is "$(facts allocator_verified) $(sql x.soak "SELECT count(*) FROM events WHERE kind = 'warning'
  AND text LIKE '%plain.so exports no malloc%'")" 'no 1' 'a library that is not an allocator serves nothing'
rm x.soak
mkdir -p "$tmp/check out:1/build"
cp -r "$BUILD/bin" "$BUILD/lib" "$tmp/check out:1/build"
cp -r "$top/plots" "$tmp/check out:1"
"$tmp/check out:1/build/bin/soak" run -q -a hakmem -o x.soak -- \
  "$tmp/check out:1/build/bin/bench_random_mixed" 5000011 97 1 >/dev/null 2>&1
is "$(facts allocator_path allocator_verified ops)" \
  "$tmp/check out:1/build/lib/libhakmem.so yes preload" 'soak runs in a path with a space and a colon'
is "$(sql x.soak 'SELECT max(ops_alloc) > 10007 FROM samples')" 1 'and counts ops there'
"$tmp/check out:1/build/bin/soak" plot x.soak -o x.svg >/dev/null
is "$?" 0 'and draws'
is "$(ls -d /tmp/soak-preload-* 2>/dev/null)" '' 'no link is left behind'
rm -f x.soak x.svg

# What shaped the verdict stands in the run.
run -q --set rss_drift=7 --set throughput_cv=off --allow-exit 3,75 --budget-scope allocator -o x.soak -- true >x.out
is "$(facts judge_options)" \
  '--set rss_drift=7 --set throughput_cv=off --allow-exit 3,75 --budget-scope allocator' \
  'options of the verdict are recorded'
like "$("$soak" check x.soak)" 'recorded with --set rss_drift=7' 'and shown'
like "$("$soak" check --json x.soak)" '"judge_options":.*--allow-exit 3,75' 'in JSON, too'
rm x.soak x.out

# Outputs.

refused 2 'cannot create' '--output in no folder' "$soak" run -o "$tmp/no/x.soak" -- true
refused 2 'cannot create' '--output where nothing can be made' "$soak" run -o /proc/x.soak -- true
refused 2 'directory|exists' '--output is a folder' "$soak" run -o "$tmp/lib" -- true
refused 2 'directory' '--output is a folder, --force' "$soak" run -f -o "$tmp/lib" -- true
if command -v setpriv >/dev/null; then
  refused 2 'Permission' '--output where one may not write' \
    setpriv --reuid 65534 --regid 65534 --clear-groups "$soak" run -o x.soak -- true
fi

run -q -- sleep 0.2 >/dev/null
mv x.soak kept.soak
echo text >text.soak
refused 2 'kept.soak exists.*--force' '--output exists' "$soak" run -o kept.soak -- true
refused 2 'text.soak exists.*--force' '--output exists and is no recording' \
  "$soak" attach $$ -d 1s -o text.soak
# Wrong use with --force costs nothing either.
cp kept.soak "$tmp/copy"
refused_force() {
  cp "$tmp/copy" kept.soak
  refused "$@"
  cp "$tmp/copy" kept.soak
}
refused_force 2 'no program' '--force, missing program' "$soak" run -f -o kept.soak -- nosuch
refused_force 2 'unknown alloc' '--force, wrong allocator' "$soak" run -f -o kept.soak -a no
refused_force 2 'no user' '--force, wrong user' "$soak" run -f -o kept.soak --user nosuch -- true
refused_force 2 "$tmp/lib" '--force, a folder as program' "$soak" run -f -o kept.soak -- "$tmp/lib"
# Stands for /dev/null and for a disk.
mknod "$tmp/here/device" c 1 3
refused 2 'device' '--force does not replace a device' "$soak" run -f -o device -- true
rm -f device device-*

refused 2 'text.soak is not a recording' '--force replaces recordings alone' \
  "$soak" run -f -o text.soak -- true
rm text.soak
cp kept.soak text.soak
before=$(cksum <text.soak)
"$soak" run -q -f -o text.soak -- sleep 0.2 >/dev/null 2>&1
is "$? $([ "$before" = "$(cksum <text.soak)" ] && echo same)" '3 ' '--force overwrites'
is "$(sql text.soak 'PRAGMA integrity_check; SELECT count(*) > 0 FROM samples' | tr '\n' ' ')" \
  'ok 1 ' 'what was overwritten is a whole recording'
rm text.soak

# Nor does an attach that fails: what was there stays.
before=$(cksum <kept.soak)
"$soak" attach 4194304 -q -f -o kept.soak >kept.out 2>&1
is "$? $([ "$before" = "$(cksum <kept.soak)" ] && echo same) $(ls kept.soak*)" '2 same kept.soak' \
  'an attach that fails leaves the old recording alone'
rm kept.out

# Two soaks and one file: the second is refused, and costs the first nothing.
"$soak" run -q -o two.soak -- sleep 60 >/dev/null 2>&1 &
first=$!
within 20 has_rows two.soak
"$soak" run -q -f -o two.soak -- true >two.out 2>&1
is "$? $(grep -c 'two.soak is being recorded by another soak' two.out)" '2 1' '--force on a growing recording'
kill -TERM "$first"
wait "$first"
is "$(sql two.soak 'PRAGMA integrity_check; SELECT count(*) > 1 FROM samples' | tr '\n' ' ')$(ls two.soak*)" \
  'ok 1 two.soak' 'and it is whole'
rm -f two.soak* two.out

for time in 1h30 5x 36501d; do
  refused 2 "$time is not a time" "--duration $time" "$soak" run -d "$time" -o x.soak -- true
done
refused 2 'interval 2s is longer than --duration 1s' 'an interval longer than all' \
  "$soak" run -i 2s -d 1s -o x.soak -- true
run -q -d 400d -- true >/dev/null
is "$(facts requested_s)" 3.456e+07 'four hundred days'
rm x.soak

# Recordings.

size=$(wc -c <kept.soak)
: >empty
head -c 50000 /dev/urandom >garbage
sqlite3 foreign 'CREATE TABLE samples(t_ns); CREATE TABLE facts(key, value);'
{ printf 'SQLite format 3\000' && head -c 8192 /dev/urandom; } >half-garbage
cp kept.soak newer
sqlite3 newer 'PRAGMA user_version = 999'
head -c $((size / 2)) kept.soak >cut-half
head -c $((size - 4096)) kept.soak >cut-page
head -c $((size - 1000)) kept.soak >cut-1000
for file in empty garbage foreign half-garbage; do
  refused 2 "$file is (not a run file|a [a-z]+, not a run file|damaged)" "check: $file" "$soak" check "$file"
done
refused 2 'format 999' 'check: of another version' "$soak" check newer
for file in cut-half cut-page cut-1000; do
  refused 2 "$file is damaged" "check: $file" "$soak" check "$file"
  refused 2 "$file is damaged" "export: $file" "$soak" export "$file"
done
refused 2 'nosuch: No such file' 'check: missing' "$soak" check nosuch
refused 2 'directory|is not a run file' 'check: a folder' "$soak" check "$tmp/lib"
mkfifo fifo
refused 2 'fifo' 'check: a pipe' "$soak" check fifo
rm fifo
if command -v setpriv >/dev/null; then
  chmod 700 kept.soak
  chmod 755 "$tmp" "$tmp/here"
  refused 2 'cannot read kept.soak: Permission' 'check: unreadable' \
    setpriv --reuid 65534 --regid 65534 --clear-groups "$soak" check kept.soak
fi
refused 2 'missing RUN' 'check: nothing' "$soak" check
refused 2 'empty is not a run file' 'check: two, one of them no run' "$soak" check kept.soak empty
refused 2 'one format' 'check: two formats' "$soak" check kept.soak --tap --junit
refused 2 '--set.*nosuch' 'check: --set nosuch=1' "$soak" check kept.soak --set nosuch=1
refused 2 '--warmup' 'check: --warmup x' "$soak" check kept.soak --warmup x

refused 2 'no table nosuch' 'export: unknown table' "$soak" export kept.soak --table nosuch
refused 2 'no table' 'export: a table that ends the quotes' \
  "$soak" export kept.soak --table 'samples" WHERE 0; --'
refused 2 'missing COMMAND after --' 'run: an empty command' "$soak" run --
refused 2 'choose one format' 'audit: two formats' "$soak" audit kept.soak --json --folded
refused 2 'record it with soak run --latency' 'audit: time that was not measured' "$soak" audit kept.soak --folded=ns
refused 2 'csv or json' 'export: unknown format' "$soak" export kept.soak --format xml
refused 2 'empty is not a run file' 'export: no run file' "$soak" export empty
"$soak" export kept.soak 2>"$tmp/stderr" >/dev/full
is "$? $(wc -l <"$tmp/stderr")" '4 1' 'export: a full output is told'
{
  sleep 0.2
  "$soak" export kept.soak 2>"$tmp/stderr"
  echo "$? $(wc -l <"$tmp/stderr")" >"$tmp/status"
} | true
is "$(cat "$tmp/status")" '0 0' 'export: a reader that has seen enough is no failure'
"$soak" check kept.soak 2>"$tmp/stderr" >/dev/full
is "$? $(wc -l <"$tmp/stderr")" '4 1' 'check: a full output is told'

if command -v gnuplot >/dev/null; then
  refused 2 '\.svg or \.png' 'plot: unknown ending' "$soak" plot kept.soak -o x.gif
  refused 2 'no/x.svg: No such' 'plot: into no folder' "$soak" plot kept.soak -o "$tmp/no/x.svg"
  refused 2 '/proc/x.svg' 'plot: where nothing can be made' "$soak" plot kept.soak -o /proc/x.svg
fi
refused 2 '--size' 'plot: --size x' "$soak" plot kept.soak --size x
refused 2 'empty is not a run file' 'plot: no run file' "$soak" plot empty
refused 2 'missing RUN' 'plot: nothing' "$soak" plot
refused 2 'no/x.html: No such' 'report: into no folder' "$soak" report kept.soak -o "$tmp/no/x.html"
refused 2 'empty is not a run file' 'report: no run file' "$soak" report empty
refused 2 'missing RUN' 'report: nothing' "$soak" report

# Processes.

sleep 0 &
gone=$!
wait "$gone"
refused 2 "no process $gone" 'attach: a process that has gone' "$soak" attach "$gone" -o x.soak
refused 2 'itself' 'attach: soak itself' sh -c 'exec "$1" attach $$ -o x.soak' sh "$soak"
refused 2 "no process.*$gone" 'attach: two processes, one of which has gone' "$soak" attach $$ "$gone" -o x.soak
refused 2 "no process is called 'nobody-is-called-that'" 'attach: a name' "$soak" attach nobody-is-called-that
refused 2 "no unit 'nothing'" 'attach: a unit' "$soak" attach --unit nothing
refused 2 "no unit ''" 'attach: a unit without a name' "$soak" attach -u ''
for pid in x 0 -1 1x 4294967297 ''; do
  refused 2 "no process.*|invalid option|not a process id" "attach: '$pid'" "$soak" attach -d 1s -o x.soak "$pid"
done
refused 2 'missing PID, NAME or --unit' 'attach: nothing' "$soak" attach
# A zombie counts nothing and never ends.
(
  sh -c 'sleep 0.2 & echo $! >"$1"; exec sleep 60' sh "$tmp/zombie" >/dev/null &
  echo $! >"$tmp/parent"
)
tries=0
until grep -q "^State:.Z" "/proc/$(cat "$tmp/zombie" 2>/dev/null)/status" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || break
  sleep 0.05
done
refused 2 'process' 'attach: a zombie' "$soak" attach -d 2s -o x.soak "$(cat "$tmp/zombie")"
kill "$(cat "$tmp/parent")"

refused 2 'no arguments' 'doctor: an argument' "$soak" doctor x

done_testing
