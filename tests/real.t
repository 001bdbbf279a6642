#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
#
# Real programs under each allocator: redis-server under load, python3, sqlite3 and gcc with all that
# it starts. Each must do its work, and what is recorded must agree with itself, with a second
# kernel source, with /proc, and with what is known about the program. About a minute.

. tests/tap.sh

ALLOCATORS='glibc jemalloc tcmalloc mimalloc'
PYTHON_BLOCKS=100003
SQL_ROWS=20011
FUNCTIONS=150

[ "$(id -u)" -eq 0 ] || skip_all 'needs root'
doctor=$("$soak" doctor) || skip_all 'soak doctor: calls cannot be counted here'

# What a test that dies half way must not leave running.
server=
trap 'kill $server 2>/dev/null && wait $server; rm -rf "$tmp"' EXIT

installed() {
  [ "$1" = glibc ] || printf '%s\n' "$doctor" | grep -q "^ok .*allocator: $1 "
}

skip() {
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP not installed"
}

# between LOW HIGH VALUE NAME
between() {
  [ -n "$3" ] && [ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
  set -- $? "$@"
  ok "$1" "$5"
  [ "$1" -eq 0 ] || echo "#   got ${4:-nothing}, wanted $2 to $3"
}

fact() {
  sql "$1" "SELECT value FROM facts WHERE key = '$2'"
}

# The last sample has all that was counted.
total() {
  sql "$1" "SELECT $2 FROM samples ORDER BY t_ns DESC LIMIT 1"
}

# verdict_of RULE: out of `soak check FILE --json`, on standard input.
verdict_of() {
  cat >"$tmp/check.json"
  sqlite3 :memory: "SELECT json_extract(value, '\$.verdict')
    FROM json_each(readfile('$tmp/check.json'), '\$.rules')
    WHERE json_extract(value, '\$.rule') = '$1'"
}

# watch FILE ALLOCATOR COMMAND...; soak's output is kept for when something is wrong.
watch() {
  file=$1
  allocator=$2
  shift 2
  "$soak" run -q -a "$allocator" -o "$file" -- "$@" >"$file.out" 2>"$file.err"
}

# What must hold for every program. STATUS is soak's: 0, 1 and 3 are verdicts.
judge_recording() {
  file=$1
  name=$2
  status=$3
  is "$status $(fact "$file" target_exit_status) $(fact "$file" stopped_by_soak)" "3 0 no" \
    "$name: soak ended with a verdict, the program with 0"
  [ "$status" -eq 3 ] || head -n 5 "$file.err" | sed 's/^/#   /'
  is "$(fact "$file" allocator_verified)" yes "$name: the allocator was seen in the target"
  is "$("$soak" check "$file" --json | verdict_of crosscheck)" PASS "$name: rule crosscheck"
  is "$(sql "$file" 'SELECT count(*), sum(bpf IS NOT perf), sum(bpf) > 20 FROM crosscheck')" \
    '7|0|1' "$name: eBPF and perf counted the same, for each of 7 system calls"
  is "$(total "$file" 'mmap + munmap + madvise + mremap + brk + mprotect + process_madvise')" \
    "$(sql "$file" 'SELECT sum(bpf) FROM crosscheck')" "$name: the samples count the same calls"
  is "$(fact "$file" lost_events) $(fact "$file" unfollowed) $(fact "$file" overflowed)" '0 0 0' \
    "$name: nothing was lost"
  is "$(sql "$file" 'SELECT count(*) FROM processes
      WHERE wait_status IS NOT 0 OR coalesce(peak_rss_bytes, 0) < 500000')" 0 \
    "$name: every process ended with 0 and has a peak RSS"
}

# What a program asks of its allocator does not depend on which allocator that is.
same_ops() {
  low=$(sort -n "$tmp/$1.ops" 2>/dev/null | head -n 1)
  high=$(sort -n "$tmp/$1.ops" 2>/dev/null | tail -n 1)
  between 1 $((${low:-0} * 101 / 100)) "$high" "$1: as many allocations under each allocator, to 1 %"
}

try_python() {
  cat >"$tmp/load.py" <<END
from itertools import repeat
blocks = [bytes(100) for _ in repeat(None, $PYTHON_BLOCKS)]
print(sum(map(len, blocks)))
END
  python=$(python3 -c 'import sys; print(sys.executable)')
  for a in $ALLOCATORS; do
    installed "$a" || { skip "python3, $a"; continue; }
    run=$tmp/python-$a.soak
    PYTHONMALLOC=malloc watch "$run" "$a" "$python" "$tmp/load.py"
    judge_recording "$run" "python3, $a" $?
    is "$(head -n 1 "$run.out")" "${PYTHON_BLOCKS}00" "python3, $a: its result"
    total "$run" ops_alloc >>"$tmp/python3.ops"
    between $PYTHON_BLOCKS $((2 * PYTHON_BLOCKS)) "$(total "$run" ops_alloc)" \
      "python3, $a: an allocation for each block, and not many more"
    between $PYTHON_BLOCKS $((2 * PYTHON_BLOCKS)) "$(total "$run" ops_free)" \
      "python3, $a: a free for each block, and not many more"
  done
  same_ops python3
}

try_sqlite() {
  cat >"$tmp/load.sql" <<END
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, body BLOB);
CREATE INDEX by_name ON t(name);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $SQL_ROWS)
  INSERT INTO t SELECT i, printf('%08d', i * 7919 % $SQL_ROWS), zeroblob(20 + i % 400) FROM n;
UPDATE t SET body = zeroblob(20 + id % 700) WHERE id % 3 = 0;
DELETE FROM t WHERE id % 2 = 0;
SELECT count(*) FROM t;
END
  for a in $ALLOCATORS; do
    installed "$a" || { skip "sqlite3, $a"; continue; }
    run=$tmp/sqlite-$a.soak
    watch "$run" "$a" sqlite3 :memory: ".read $tmp/load.sql"
    judge_recording "$run" "sqlite3, $a" $?
    is "$(head -n 1 "$run.out")" $(((SQL_ROWS + 1) / 2)) "sqlite3, $a: its result"
    total "$run" ops_alloc >>"$tmp/sqlite3.ops"
    between $SQL_ROWS $((50 * SQL_ROWS)) "$(total "$run" ops_alloc)" "sqlite3, $a: ops"
  done
  same_ops sqlite3
}

try_gcc() {
  for i in $(seq $FUNCTIONS); do
    echo "int f$i(int *a, int n) { int s = $i; for (int i = 0; i < n; i++) s += a[i] ^ s << 3;"
    echo "  return s > 9 ? s - f$i(a, n / 2 - 1) : s; }"
  done >"$tmp/load.c"
  echo 'int main(void) { return f7((int[]){1, 2, 3}, 0) != 7; }' >>"$tmp/load.c"
  for a in $ALLOCATORS; do
    installed "$a" || { skip "gcc, $a"; continue; }
    run=$tmp/gcc-$a.soak
    watch "$run" "$a" gcc -O1 -o "$tmp/load" "$tmp/load.c"
    judge_recording "$run" "gcc, $a" $?
    "$tmp/load"
    ok $? "gcc, $a: what it compiled runs"
    rm -f "$tmp/load"
    is "$(sql "$run" "SELECT group_concat(comm, ' ') FROM (SELECT comm FROM processes ORDER BY id)")" \
      'gcc cc1 as collect2 ld' "gcc, $a: the processes that it started"
    is "$(sql "$run" "SELECT count(*) FROM processes AS child JOIN processes AS parent
        ON child.parent_pid = parent.pid AND child.start_ns >= parent.start_ns
        AND child.end_ns <= parent.end_ns AND child.end_ns > child.start_ns")" 4 \
      "gcc, $a: each lived while its parent did"
    between 10000000 500000000 \
      "$(sql "$run" "SELECT peak_rss_bytes FROM processes WHERE comm = 'cc1'")" \
      "gcc, $a: cc1's peak RSS, in bytes"
    total "$run" ops_alloc >>"$tmp/gcc.ops"
    between 10000 10000000 "$(total "$run" ops_alloc)" "gcc, $a: ops"
  done
  same_ops gcc
}

redis() {
  redis-cli -h 127.0.0.1 -p "$port" "$@" 2>/dev/null
}

# A port is free if nobody answers there and redis can take it; else the next one is tried.
start_redis() {
  for attempt in 1 2 3; do
    port=$(shuf -i 20000-32000 -n 1)
    rm -f "$run"
    "$soak" run -q -a "$1" -o "$run" -- redis-server --port "$port" --bind 127.0.0.1 --save '' \
      --appendonly no --dir "$tmp" >"$run.out" 2>"$run.err" &
    server=$!
    for _ in $(seq 100); do
      [ "$(redis ping)" = PONG ] && kill -0 "$server" 2>/dev/null && return 0
      kill -0 "$server" 2>/dev/null || break
      sleep 0.1
    done
    kill "$server" 2>/dev/null
    wait "$server"
  done
  return 1
}

# The resident bytes of the server, by the kernel's other account of it.
rollup_bytes() {
  pid=$(redis info server | tr -d '\r' | sed -n 's/^process_id://p')
  echo $(($(sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup") * 1024))
}

try_redis() {
  for a in $ALLOCATORS; do
    installed "$a" || { skip "redis, $a"; continue; }
    run=$tmp/redis-$a.soak
    start_redis "$a" || { ok 1 "redis, $a: starts"; continue; }
    redis-benchmark -h 127.0.0.1 -p "$port" -q -t set,get,lpush,lpop -n 30000 -P 16 -c 10 \
      -r 10000 -d 200 >/dev/null
    ok $? "redis, $a: the load ran"
    keys=$(redis dbsize)
    sleep 0.5
    rollup=$(rollup_bytes)
    sleep 0.5
    redis shutdown nosave
    wait "$server"
    judge_recording "$run" "redis, $a" $?
    server=
    between 5000 10000 "$keys" "redis, $a: the keys that the load left"
    # A value and its key, at least; 120000 requests in all.
    between $((2 * keys)) 12000000 "$(total "$run" ops_alloc)" "redis, $a: ops"
    between $((rollup * 95 / 100)) $((rollup * 105 / 100)) "$(sql "$run" \
      'SELECT rss_anon_bytes + rss_file_bytes + rss_shmem_bytes FROM samples
        WHERE processes = 1 AND rss_anon_bytes > 0 ORDER BY t_ns DESC LIMIT 1')" \
      "redis, $a: RSS of the last sample is that of smaps_rollup, to 5 %"
    between "$rollup" $((rollup * 2)) "$(sql "$run" 'SELECT max(peak_rss_bytes) FROM processes')" \
      "redis, $a: its peak RSS is no lower"
  done
}

# try PROGRAM FUNCTION
try() {
  if command -v "$1" >/dev/null; then "$2"; else skip "$1"; fi
}

try python3 try_python
try sqlite3 try_sqlite
try gcc try_gcc
try redis-benchmark try_redis
done_testing
