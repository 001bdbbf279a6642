#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 900
#
# Real programs under hakmem: what they print, what they write and how they end must be what it is
# under their own allocator, byte for byte; and hakmem must have been the one that served them. The
# servers, redis and postgres, must give the same answers, and redis must give its memory back.
# Three minutes. LIBHAKMEM=library tries another build, PROGRAMS='nodejs git' those packages alone.

. tests/tap.sh

REDIS_KEYS=150000
REDIS_FILLED=50000000
REDIS_EMPTY=20000000
PG_TRANSACTIONS=250

# A copy, as one of the programs runs as a user who may not look into the build folder.
original=${LIBHAKMEM:-$BUILD/lib/libhakmem.so}
library=$tmp/libhakmem.so
chmod 755 "$tmp"
cp "$original" "$library" && chmod 755 "$library" || {
  ok 1 "$original is there"
  done_testing
}
export LC_ALL=C TZ=UTC HOME="$tmp"

# What a test that dies half way must not leave running: the pid of a server. SIGINT is the fast
# and clean way for both; one that does not follow is killed.
server=
end_server() {
  [ -n "$server" ] || return 0
  kill -INT "$server" 2>/dev/null
  within 20 gone "$server" || kill -KILL "$server" 2>/dev/null
  wait "$server" 2>/dev/null
  server=
}
trap 'end_server; rm -rf "$tmp"' EXIT

# A child that has ended is a zombie until it is waited for.
gone() {
  ! grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status" 2>/dev/null
}

# exec_under own|hakmem COMMAND...: in a subshell, which becomes the command.
exec_under() {
  allocator=$1
  shift
  [ "$allocator" = own ] || set -- LD_PRELOAD="$library" HAKMEM_SS_OS_STATS=1 "$@"
  exec env -u LD_PRELOAD "$@"
}

skip() {
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP $2"
}

# The processes, by what hakmem says at the end of each, that it had to get memory for.
served() {
  grep -c '^\[SS_OS_STATS\] alloc=[1-9]' "$1"
}

said_besides() {
  grep -Ev '^(remote: )?\[SS_OS_STATS\]' "$1"
}

# same_text FILE FILE NAME
same_text() {
  cmp -s "$1" "$2"
  ok $? "$3"
  cmp -s "$1" "$2" || diff -a "$1" "$2" | cut -c 1-150 | head -n 12 | sed 's/^/#   /'
}

# run_in_folder own|hakmem COMMAND...: in an empty folder, the same path each time.
run_in_folder() {
  a=$1
  rm -rf "$tmp/here"
  mkdir "$tmp/here"
  (cd "$tmp/here" && exec_under "$@") >"$tmp/$a.out" 2>"$tmp/$a.err"
  echo "exit status $?" >>"$tmp/$a.out"
  said_besides "$tmp/$a.err" >"$tmp/$a.said"
  (cd "$tmp/here" && find . -type f -exec sha256sum {} + | sort -k 2) >"$tmp/$a.files"
}

# alike NAME PROCESSES FILES COMMAND...: at least so many processes are hakmem's, and so many files
# are written.
alike() {
  name=$1
  processes=$2
  files=$3
  shift 3
  run_in_folder own "$@"
  run_in_folder hakmem "$@"
  is "$(tail -n 1 "$tmp/own.out")" 'exit status 0' "$name: runs under its own allocator"
  same_text "$tmp/own.out" "$tmp/hakmem.out" "$name: the same output and exit status"
  same_text "$tmp/own.said" "$tmp/hakmem.said" "$name: the same messages"
  [ "$(wc -l <"$tmp/own.files")" -ge "$files" ] && [ "$(wc -l <"$tmp/own.out")" -gt 1 ]
  ok $? "$name: there is something to compare"
  same_text "$tmp/own.files" "$tmp/hakmem.files" "$name: the same files"
  [ "$(served "$tmp/hakmem.err")" -ge "$processes" ]
  ok $? "$name: hakmem served it"
}

try_python() {
  cat >"$tmp/load.py" <<'END'
import collections, decimal, hashlib, json, multiprocessing, random, re, subprocess, sys, threading, zlib

def digest(thing):
    return hashlib.sha256(repr(thing).encode()).hexdigest()

def work(seed, rounds=30):
    rng, table, seen = random.Random(seed), {}, []
    for i in range(rounds):
        words = ["w%d" % rng.randrange(5000) for _ in range(rng.randrange(1, 3000))]
        text = " ".join(words)
        table["k%d" % rng.randrange(60)] = collections.Counter(words).most_common(20)
        seen.append(len(re.findall(r"w(\d)\1\b|w\d*7", text)))
        assert json.loads(json.dumps(table)).keys() == table.keys()
        packed = zlib.compress(text.encode(), 6)
        assert zlib.decompress(packed).decode() == text
        seen.append(bytearray(packed).count(0) + len(text.replace("1", "one").split("one")))
        big = bytearray(rng.randrange(1 << 22))
        big[:100] = b"x" * min(100, len(big))
        seen.append(len(big + b"y"))
        if i % 3 == 0:
            table.pop(next(iter(table)))
    return digest((sorted(table.items()), seen))

print("alone", work(1, 60))
results = [None] * 8
def run(i):
    results[i] = work(i)
threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("threads", results)
decimal.getcontext().prec = 500
print("decimal", digest(decimal.Decimal(2).sqrt() ** 3), digest(hex(pow(3, 40000))))
rows = sorted(({"n": i * 7919 % 10007, "t": str(i) * (i % 9)} for i in range(50000)), key=lambda r: r["n"])
print("sort", digest(rows))
with multiprocessing.get_context("fork").Pool(3) as pool:
    print("forked", pool.map(work, range(6)))
print("spawned", subprocess.run([sys.executable, "-c", "print(sum(map(len, map(str, range(100000)))))"],
    stdout=subprocess.PIPE, check=True).stdout)
END
  python=$(python3 -c 'import sys; print(sys.executable)')
  alike python3 2 0 env PYTHONMALLOC=malloc PYTHONHASHSEED=0 "$python" -B "$tmp/load.py"
}

try_sqlite() {
  cat >"$tmp/load.sql" <<'END'
PRAGMA page_size = 4096;
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, body BLOB);
CREATE INDEX by_name ON t(name);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
  INSERT INTO t SELECT i, printf('%08d', i * 7919 % 40009), zeroblob(20 + i % 900) FROM n;
UPDATE t SET body = zeroblob(20 + id % 3000) WHERE id % 3 = 0;
DELETE FROM t WHERE id % 5 = 0;
BEGIN; UPDATE t SET name = name || 'x'; ROLLBACK;
SELECT count(*), sum(length(body)), min(name), max(name) FROM t;
SELECT length(group_concat(name, '-')) FROM (SELECT name FROM t ORDER BY name DESC);
SELECT substr(name, 1, 4) AS p, count(*), max(id) FROM t GROUP BY p ORDER BY 2 DESC, 1 LIMIT 20;
SELECT a.id, b.id FROM t a JOIN t b ON a.name = printf('%08d', b.id) ORDER BY a.id LIMIT 50;
CREATE TEMP TABLE j AS SELECT json_object('id', id, 'name', name) AS o FROM t WHERE id < 20000;
SELECT sum(json_extract(o, '$.id')), count(DISTINCT json_extract(o, '$.name')) FROM j;
SELECT length(json_group_array(json(o))) FROM j;
CREATE VIRTUAL TABLE f USING fts5(words);
INSERT INTO f SELECT 'the ' || name || ' of ' || id % 100 FROM t WHERE id < 20000;
SELECT count(*) FROM f WHERE f MATCH 'the AND 42';
SELECT sum(x) FROM (SELECT sum(id) OVER (PARTITION BY id % 7 ORDER BY name ROWS 9 PRECEDING) AS x FROM t);
ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm';
VACUUM;
PRAGMA integrity_check;
END
  alike sqlite3 1 1 sqlite3 test.db ".read $tmp/load.sql"
}

try_node() {
  cat >"$tmp/load.js" <<'END'
const {Worker, isMainThread, parentPort, workerData} = require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
const {execFileSync} = require('child_process');

const digest = thing => crypto.createHash('sha256').update(thing).digest('hex');
function work(seed) {
  let state = seed + 1;
  const random = n => (state = state * 48271 % 2147483647) % n;
  const kept = [], map = new Map();
  for (let i = 0; i < 2000; i++) {
    const buffer = Buffer.alloc(random(i % 50 ? 9000 : 900000), random(255));
    kept[random(200)] = buffer;
    if (i % 20 === 0)
      map.set('k' + random(300), digest(Buffer.concat(kept.filter(Boolean).slice(0, 10))));
    if (i % 100 === 0) {
      const text = JSON.stringify([...map]);
      if (zlib.gunzipSync(zlib.gzipSync(text)).toString() !== text) throw new Error('zlib');
      map.set('json', digest(JSON.stringify(JSON.parse(text)).replace(/[0-9]+/g, '#')));
    }
  }
  return digest(JSON.stringify([...map]) + Buffer.concat(kept.filter(Boolean)).length);
}
if (!isMainThread) {
  const reply = Uint8Array.from(Buffer.from(work(workerData)));
  parentPort.postMessage(reply.buffer, [reply.buffer]);
} else {
  const all = [0, 1, 2, 3, 4, 5].map(i => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, {workerData: i});
    let answer;
    worker.on('message', m => answer = digest(Buffer.from(m)));
    worker.on('error', reject);
    worker.on('exit', code => resolve(i + ' ' + answer + ' ' + code));
  }));
  console.log(work(99));
  all.push(new Promise(resolve => zlib.brotliCompress(Buffer.alloc(3000000, 'abc'), (error, out) =>
    zlib.brotliDecompress(out, (error, back) => resolve([error, out.length, digest(back)].join())))));
  Promise.all(all).then(lines => {
    console.log(lines.join('\n'));
    console.log(execFileSync(process.execPath, ['-p', '"x".repeat(1e6).length']).toString());
  });
}
END
  alike node 2 0 node "$tmp/load.js"
}

c_source() {
  for i in $(seq 400); do
    echo "struct s$i { int a[$((i % 17 + 1))]; struct s$i *next; };"
    echo "int f$i(struct s$i *s, int n) { int sum = $i; for (int i = 0; i < n; i++)"
    echo "  for (struct s$i *p = s; p; p = p->next) sum += p->a[i % $((i % 17 + 1))] ^ (n << $((i % 31)));"
    echo "  switch (sum & 7) { case 0: return n; case 1: return f$i(s->next, sum); case 5: sum /= n | 1; }"
    echo "  return sum > $i ? f$i(s->next, sum & 7) : sum; }"
  done
}

try_gcc() {
  c_source >"$tmp/load.c"
  printf '#include <stdio.h>\n#include "load.c"\nint main(void) { printf("%%d\\n", f7(0, 0)); }\n' \
    >"$tmp/main.c"
  printf 'set -e\ngcc -O2 -g -c -o big.o %s/load.c\nobjdump -d big.o | wc -l\n' "$tmp" >"$tmp/compile.sh"
  printf 'gcc -E %s/main.c | cksum\ngcc -O1 -o prog %s/main.c\n./prog\n' "$tmp" "$tmp" >>"$tmp/compile.sh"
  # gcc, cc1, as; gcc, cc1; gcc, cc1, as, collect2, ld.
  alike 'gcc, cc1, as and ld' 10 2 sh "$tmp/compile.sh"
}

try_gxx() {
  cat >"$tmp/load.cc" <<'END'
#include <algorithm>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

struct alignas(128) wide { double d[20] = {}; int n = 0; };

static unsigned work(unsigned seed)
{
	std::map<std::string, std::vector<std::string>> table;
	std::unordered_map<unsigned, std::unique_ptr<wide>> wides;
	unsigned x = seed, sum = 0;
	for (int i = 0; i < 20000; i++) {
		x = x * 1664525 + 1013904223;
		auto &list = table[std::to_string(x >> 22)];
		list.push_back(std::string(x >> 24, 'a' + i % 26));
		if (list.size() > 9)
			list = {list.rbegin(), list.rbegin() + 3};
		auto &w = wides[x >> 21] = std::make_unique<wide>();
		sum += reinterpret_cast<std::uintptr_t>(w.get()) % 128 + (w->n = i);
		try {
			if (x % 97 == 0)
				throw std::runtime_error(list.back());
		} catch (const std::exception &e) {
			sum += std::string(e.what()).size();
		}
	}
	std::ostringstream out;
	for (auto &[key, list] : table)
		out << key << ':' << list.size() << ' ';
	std::string text = out.str();
	static const std::regex odd("[0-9]*[13579]:([0-9])");
	for (std::sregex_iterator it(text.begin(), text.end(), odd), end; it != end; ++it)
		sum = sum * 31 + (*it)[1].str()[0];
	return sum;
}

int main()
{
	std::vector<std::future<unsigned>> all;
	for (unsigned i = 0; i < 8; i++)
		all.push_back(std::async(std::launch::async, work, i));
	for (auto &one : all)
		std::cout << one.get() << '\n';
}
END
  printf 'set -e\ng++ -std=c++17 -O1 -c -o load.o %s/load.cc\ng++ -o prog load.o -pthread\n./prog\n' \
    "$tmp" >"$tmp/compile.sh"
  alike 'g++, and what it compiled' 7 2 sh "$tmp/compile.sh"
}

# 300 commits of 40 files, as `git fast-import` reads them.
history() {
  perl -e 'for my $n (1 .. 300) {
    print "commit refs/heads/main\nauthor A <a\@x> ", 1e9 + $n * 60, " +0000\n";
    print "committer A <a\@x> ", 1e9 + $n * 60, " +0000\ndata ", length("change $n"), "\nchange $n\n";
    for my $k (1 .. 3) {
      my $f = $n * 7 * $k % 40;
      my $text = join "", map { "line $_ of $f " . ($_ % ($n + $k) ? "" : "as of $n") . "\n" } 1 .. 400;
      print "M 100644 inline dir", $f % 5, "/file$f\ndata ", length($text), "\n$text\n";
    }
  }'
}

try_git() {
  history >"$tmp/history"
  cat >"$tmp/git.sh" <<'END'
set -e
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main --bare origin.git
git -C origin.git fast-import --quiet <"$1"
git clone -q --no-local origin.git clone
cd clone
git log --stat --format='%H %s' | cksum
git log -p -M -C --format='%H' | cksum
git blame -s dir1/file21 | cksum
git diff main~200 main | cksum
git diff --word-diff --patience main~20 main | cksum
git grep -c 'as of' main~5 | cksum
git gc -q --aggressive --prune=now
git fsck --full --strict --no-progress
git rev-list --objects --all | sort | cksum
git archive main | cksum
git checkout -q -b side main~100
echo more >>dir0/file5
git -c user.name=A -c user.email=a@x stash -q
git stash show --stat | cat
cd ..
rm -rf origin.git clone/.git
END
  alike git 20 30 sh "$tmp/git.sh" "$tmp/history"
}

try_perl() {
  cat >"$tmp/load.pl" <<'END'
use strict; use warnings; use Config; use Digest::SHA qw(sha256_hex); use List::Util qw(sum);
sub work {
  my ($seed) = @_;
  my (%h, @kept);
  for my $i (1 .. 30000) {
    $seed = $seed * 48271 % 2147483647;
    my $key = "k" . $seed % 3000;
    $h{$key} .= chr(97 + $seed % 26) x ($seed % 60);
    $h{$key} =~ s/(a+)(.)/$2$1/g if $i % 7 == 0;
    delete $h{$key} if length $h{$key} > 400;
    $kept[$seed % 500] = [map { { n => $_, t => "x" x $_ } } 0 .. $seed % 9];
  }
  my $all = join "|", map { "$_=" . ($h{$_} // "") } sort keys %h;
  return sha256_hex($all . sum(map { scalar @{$_ // []} } @kept));
}
print "alone ", work(1), "\n";
if ($Config{useithreads}) {
  require threads;
  my @all = map { threads->create(\&work, $_) } 2 .. 6;
  print "thread ", $_->join, "\n" for @all;
}
for my $seed (7 .. 9) {
  open(my $child, "-|") // die or do { print work($seed), "\n"; exit };
  print "child ", <$child>;
}
my $long = join ",", map { $_ * 7 } 1 .. 200000;
print sha256_hex(join "", sort { $a cmp $b } split /,/, $long), " ", sprintf("%.3f", sum split /,/, $long), "\n";
END
  alike perl 1 0 perl "$tmp/load.pl"
}

redis() {
  redis-cli -s "$tmp/redis.socket" "$@" 2>"$tmp/redis-cli.err"
}

# redis_info NAME: a number.
redis_info() {
  redis info memory | tr -d '\r' | sed -n "s/^$1:\([0-9]*\)$/\1/p"
}

redis_commands() {
  perl -e 'my $s = 1; for my $i (1 .. 60000) {
    $s = $s * 48271 % 2147483647;
    my ($k, $v) = ($s % 900, "v" x ($s % 400));
    print "HSET hash:$k f$i a$v\n" if $i % 5 == 0; print "LPUSH list:$k b$v\n" if $i % 5 == 1;
    print "ZADD zset:$k $s m", $s % 5000, "\n" if $i % 5 == 2; print "APPEND str:$k c$v\n" if $i % 5 == 3;
    print "SADD set:$k ", $s % 999, " t$v\n" if $i % 5 == 4; print "LTRIM list:$k 0 20\n" if $i % 50 == 0;
    print "DEL str:$k hash:", $k + 1, "\n" if $i % 97 == 0; print "SETRANGE str:$k $k z\n" if $i % 31 == 0;
  }'
}

resident_bytes() {
  kib=$(sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$server/smaps_rollup" 2>/dev/null)
  echo $((${kib:-99999999} * 1024))
}

resident_below() {
  [ "$(resident_bytes)" -le "$1" ]
}

redis_answers() {
  [ "$(redis ping)" = PONG ]
}

# A socket of its own in our folder and no port at all: nobody else is in the way.
start_redis() {
  (exec_under "$1" redis-server --port 0 --unixsocket "$tmp/redis.socket" --save '' \
    --appendonly no --dir "$tmp" --enable-debug-command local) >"$tmp/redis.out" 2>"$tmp/redis.err" &
  server=$!
  within 20 redis_answers
}

load_redis() {
  redis_commands | redis --pipe | grep '^errors:'
  redis eval 'local t = 0 for i = 1, 900 do t = t + redis.call("hlen", "hash:" .. i) end return t' 0
  redis sort zset:77 alpha limit 0 3
  redis debug populate $REDIS_KEYS key 200
  redis dbsize
  redis debug digest
}

try_redis() {
  for a in own hakmem; do
    start_redis "$a"
    ok $? "redis, $a: starts"
    load_redis >"$tmp/redis-$a.answers"
    redis-benchmark -s "$tmp/redis.socket" -q -t set,get,lpush,rpop,hset,zadd -n 20000 -P 16 -c 10 \
      -r 10000 -d 300 >"$tmp/redis-benchmark.out" 2>&1
    is "$? $(tr '\r' '\n' <"$tmp/redis-benchmark.out" | grep -ci error)" '0 0' \
      "redis, $a: redis-benchmark finds no error"
    used=$(redis_info used_memory)
    own=$(redis_info allocator_allocated)
    [ "${used:-0}" -ge "$REDIS_FILLED" ]
    ok $? "redis, $a: $((used / 1000000)) MB used, at least $((REDIS_FILLED / 1000000))"
    # Debian's redis is linked with jemalloc and asks it for statistics: a second witness.
    if [ "$a" = hakmem ]; then
      [ "${own:-0}" -lt $((REDIS_FILLED / 10)) ]
      ok $? "redis, $a: its own allocator has next to nothing ($own bytes)"
      before=$(resident_bytes)
      [ "$before" -ge "${used:-0}" ]
      ok $? "redis, $a: what is used is resident ($((before / 1000000)) MB)"
      redis flushall sync >"$tmp/flushed"
      is "$(cat "$tmp/flushed")" OK "redis, $a: FLUSHALL"
      within 30 resident_below $REDIS_EMPTY
      ok $? "redis, $a: after FLUSHALL $(resident_bytes) bytes are resident, at most $REDIS_EMPTY"
      grep -q "$library" "/proc/$server/maps"
      ok $? "redis, $a: the library is mapped"
    fi
    redis shutdown nosave
    within 20 gone "$server"
    ok $? "redis, $a: ends when told to"
    end_server
  done
  same_text "$tmp/redis-own.answers" "$tmp/redis-hakmem.answers" 'redis: the same answers and digest'
  is "$(wc -l <"$tmp/redis-own.answers")" 8 'redis: as many answers as expected'
  [ "$(served "$tmp/redis.err")" -ge 1 ]
  ok $? 'redis: hakmem served it'
  is "$(said_besides "$tmp/redis.err")" '' 'redis: no messages'
}

# stress NAME OPTION...: memory is bounded twice, by blocks times their size and by the kernel, as
# stress-ng by itself would have the machine run out of it. What it checks are the blocks' contents.
stress() {
  name="stress-ng --malloc --verify, $1"
  shift
  (ulimit -v 4000000 && exec_under hakmem stress-ng --temp-path "$tmp" --timeout 60 --malloc 2 \
    --malloc-touch --verify "$@") >"$tmp/stress.out" 2>&1
  is $? 0 "$name: exit status"
  is "$(grep -ciE 'fail:|error|killed|signal|hakmem:' "$tmp/stress.out")" 0 "$name: no failure"
  grep -v '^\[SS_OS' "$tmp/stress.out" | grep -iE 'fail:|error|killed|signal|hakmem:' | sed 's/^/#   /'
  like "$(cat "$tmp/stress.out")" 'successful run completed' "$name: success"
  [ "$(served "$tmp/stress.out")" -ge 2 ]
  ok $? "$name: hakmem served it"
}

try_stress() {
  stress 'small blocks' --malloc-ops 400000 --malloc-max 4000 --malloc-bytes 64k
  stress 'large blocks' --malloc-ops 6000 --malloc-max 40 --malloc-bytes 8m
  stress 'threads' --malloc-ops 100000 --malloc-max 1000 --malloc-bytes 128k --malloc-pthreads 2
}

# exec_as_postgres own|hakmem PROGRAM...: postgres refuses to run as root.
exec_as_postgres() {
  a=$1
  program=$pg_folder/$2
  shift 2
  if [ "$(id -u)" -eq 0 ]; then
    exec_under "$a" setpriv --reuid=postgres --regid=postgres --clear-groups "$program" "$@"
  fi
  exec_under "$a" "$program" "$@"
}

psql_here() {
  (cd "$tmp/pg" && exec_as_postgres own psql -h "$tmp/pg" -X -q -A -t -v ON_ERROR_STOP=1 -d postgres "$@")
}

start_postgres() {
  (cd "$tmp/pg" && exec_as_postgres "$1" postgres -D "$tmp/pg/data" -k "$tmp/pg" -c listen_addresses= \
    -c fsync=off -c full_page_writes=off) >"$tmp/pg.out" 2>"$tmp/pg.err" &
  server=$!
  within 60 psql_here -c 'SELECT 1'
}

try_postgres() {
  cat >"$tmp/pg.sql" <<'END'
CREATE TABLE t AS SELECT i AS id, md5(i::text) AS name, repeat(chr(97 + i % 26), i % 700) AS body,
  jsonb_build_object('n', i, 'list', ARRAY[i, i % 7], 'deep', jsonb_build_object('t', md5((i * 3)::text))) AS j
  FROM generate_series(1, 40000) AS i;
CREATE INDEX ON t(name);
CREATE INDEX ON t USING gin(j);
ANALYZE t;
SET work_mem = '256kB';
SELECT count(*), sum(length(body)), min(name), max(name) FROM t;
SELECT md5(string_agg(name, ',' ORDER BY name DESC)) FROM t;
SELECT count(*) FROM t a JOIN t b ON left(a.name, 5) = left(b.name, 5);
SELECT count(*) FROM t WHERE j @> '{"list": [3]}';
SELECT md5(jsonb_agg(j ORDER BY id)::text) FROM t;
SELECT sum((regexp_matches(name, '([a-f])\d+\1', 'g'))[1] = 'c'::text) FROM t WHERE false;
SELECT count(*) FROM t WHERE name ~ '([a-f])\d+\1.*7$';
SELECT md5(string_agg(x::text, ',')) FROM (SELECT sum(id) OVER (PARTITION BY id % 13 ORDER BY name) x FROM t) w;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT left(name, 2) AS p, count(*), sum(id) FROM t GROUP BY p ORDER BY p LIMIT 20;
DO $$ DECLARE s text := ''; BEGIN
  FOR i IN 1 .. 3000 LOOP
    s := s || md5(i::text);
    IF i % 100 = 0 THEN BEGIN PERFORM 1 / (i % 100); EXCEPTION WHEN division_by_zero THEN s := md5(s); END; END IF;
  END LOOP;
  CREATE TABLE r AS SELECT s;
END $$;
SELECT * FROM r;
UPDATE t SET body = body || name WHERE id % 3 = 0;
DELETE FROM t WHERE id % 5 = 0;
VACUUM FULL t;
SELECT count(*), md5(string_agg(body, '' ORDER BY id)) FROM t;
END
  sed -i '/WHERE false/d' "$tmp/pg.sql"
  for a in own hakmem; do
    mkdir "$tmp/pg"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$tmp/pg"
    (cd "$tmp/pg" && exec_as_postgres "$a" initdb -D "$tmp/pg/data" -A trust --no-sync -E UTF8 \
      --locale=C) >"$tmp/initdb.out" 2>&1
    is $? 0 "postgres, $a: initdb"
    start_postgres "$a"
    ok $? "postgres, $a: starts"
    psql_here <"$tmp/pg.sql" >"$tmp/pg-$a.answers" 2>&1
    is $? 0 "postgres, $a: all statements run"
    (cd "$tmp/pg" && exec_as_postgres "$a" pgbench -h "$tmp/pg" -i -q -s 2 postgres) >"$tmp/bench.out" 2>&1
    is $? 0 "postgres, $a: pgbench -i"
    (cd "$tmp/pg" && exec_as_postgres "$a" pgbench -h "$tmp/pg" -n -c 4 -j 2 -t $PG_TRANSACTIONS postgres) \
      >"$tmp/bench.out" 2>&1
    is "$? $(sed -n 's/^number of transactions actually processed: //p' "$tmp/bench.out")" \
      "0 $((4 * PG_TRANSACTIONS))/$((4 * PG_TRANSACTIONS))" "postgres, $a: pgbench's transactions"
    is "$(psql_here -c 'SELECT count(DISTINCT s) FROM (SELECT sum(abalance) AS s FROM pgbench_accounts UNION ALL
      SELECT sum(tbalance) FROM pgbench_tellers UNION ALL SELECT sum(bbalance) FROM pgbench_branches UNION ALL
      SELECT sum(delta) FROM pgbench_history) AS sums')" 1 "postgres, $a: the balances agree"
    like "$(cat "/proc/$server/comm")" '^postgres$' "postgres, $a: the server is the one that was started"
    [ "$a" = own ] || grep -q "$library" "/proc/$server/maps"
    ok $? "postgres, $a: its allocator is in it"
    end_server
    # Whoever asks whether it is up, asks too early at first.
    grep -av 'the database system is starting up' "$tmp/pg.err" |
      grep -a 'FATAL\|PANIC\|terminated by signal\|hakmem:' >"$tmp/pg.bad"
    is "$(cat "$tmp/pg.bad")" '' "postgres, $a: a clean log"
    rm -rf "$tmp/pg"
  done
  same_text "$tmp/pg-own.answers" "$tmp/pg-hakmem.answers" 'postgres: the same answers'
  [ "$(wc -l <"$tmp/pg-own.answers")" -ge 28 ]
  ok $? 'postgres: there is something to compare'
  # The postmaster, and backends that grew beyond what they were forked with.
  [ "$(served "$tmp/pg.err")" -ge 1 ]
  ok $? 'postgres: hakmem served it'
}

# try PROGRAM PACKAGE FUNCTION: what packages.txt lists must be there; others may be missing.
try() {
  case " ${PROGRAMS:-$2} " in *" $2 "*) ;; *) return ;; esac
  if command -v "$1" >/dev/null; then
    "$3"
  elif grep -Eq "^$2([[:space:]]|\$)" packages.txt; then
    ok 1 "$1 is installed: packages.txt lists $2"
  else
    skip "$1" 'not installed'
  fi
}

pg_folder=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
try python3 python3 try_python
try sqlite3 sqlite3 try_sqlite
try node nodejs try_node
try gcc gcc try_gcc
try g++ g++ try_gxx
try git git try_git
try perl perl try_perl
try redis-benchmark redis-server try_redis
try stress-ng stress-ng try_stress
try "${pg_folder:-/usr/lib/postgresql}/postgres" postgresql try_postgres
done_testing
