#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who holds the live heap: sampled allocations against known amounts, by function, under several allocators; what grew
# between two moments; whole stacks through C++, stripped and late libraries, interpreters and servers.
. tests/tap.sh

planted=tests/helpers/planted
${CC:-gcc} -O2 -fomit-frame-pointer -o "$tmp/heap" $planted/heap.c -ldl -pthread || exit 1
${CC:-gcc} -O2 -fomit-frame-pointer -fPIC -shared -s -o "$tmp/late.so" $planted/heap_library.c || exit 1
${CXX:-g++} -O2 -fomit-frame-pointer -o "$tmp/plain" $planted/heap.cc || exit 1

# Most runs go without probes, which take a second to load.
probes='--no-bpf --no-perf'

# observe ALLOCATOR OPTIONS... -- COMMAND: starts it, and waits until it says that it holds its heap.
observe() {
  allocator=$1
  shift
  run=$tmp/$allocator.soak
  rm -f "$tmp/in"
  mkfifo "$tmp/in"
  "$soak" run -q -f -a "$allocator" -i 50ms $probes -o "$run" "$@" <"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
  observer=$!
  exec 3>"$tmp/in"
  within 20 grep -q '^held' "$tmp/out"
  ok $? "$allocator: the heap is held"
  settle
  at=$(sql "$run" 'SELECT max(t_ns) / 1e9 FROM samples')s
}

# finish: the target goes on, and ends; then its functions have names.
finish() {
  exec 3>&-
  wait $observer
}

# The samples that were sent have been read, and a reading after that is in the file.
samples() {
  sql "$run" 'SELECT count(*) FROM samples' 2>/dev/null || echo 0
}
settle() {
  before=$(samples)
  within 30 eval '[ "$(samples)" -gt $((before + 30)) ]'
}

# heap: what the audit says, in $tmp/heap.json
heap() {
  "$soak" audit "$run" --json --top 0 "$@" >"$tmp/heap.json" 2>"$tmp/audit.err"
  is "$? $(cat "$tmp/audit.err")" '0 ' "$allocator: audit $*"
}

# Estimates against what the program said: within 5 standard errors. Each 95 % interval has 1.96 of them on a side.
compare() {
  python3 - "$tmp/heap.json" "$tmp/out" "$@" <<'END'
import json, sys
heap = json.load(open(sys.argv[1]))
functions = {f["name"].split("`")[-1].split("(")[0]: f for f in heap.get("functions", [])}
for line in open(sys.argv[2]):
    words = line.split()
    if len(words) != 3 or words[0] not in sys.argv[3:]:
        continue
    name, blocks, held = words[0], int(words[1]), int(words[2])
    f = functions.get(name)
    if not f:
        print(name, "is missing")
        continue
    key = "grew_bytes" if "grew_bytes" in f else "held_bytes"
    # glibc counts 8 bytes of each block that the program cannot use
    off = min(abs(f[key] - held), abs(f[key] - held - 8 * blocks))
    most = 2.6 * max(f["high_bytes"] - f[key], f[key] - f["low_bytes"]) + 1
    print(name, "as it is" if off <= most else f"off by {off}, {most} would do; {f}")
END
}

for allocator in glibc hakmem jemalloc mimalloc tcmalloc; do
  observe "$allocator" --heap-sampling=32KiB --allocator-stats=50ms -- "$tmp/heap" "$tmp/late.so"
  finish
  heap --by function --at "$at"
  is "$(compare keep_small keep_middle keep_large keep_by_realloc keep_in_thread)" \
    'keep_small as it is
keep_middle as it is
keep_large as it is
keep_by_realloc as it is
keep_in_thread as it is' "$allocator: each function holds what it says"
  is "$(python3 - "$tmp/heap.json" "$allocator" <<'END'
import json, sys
heap = json.load(open(sys.argv[1]))
names = [f["name"].split("`")[-1] for f in heap["functions"]]
churn = sum(f["held_bytes"] for f in heap["functions"] if f["name"].endswith("`churn"))
late = sum(f["held_bytes"] for f in heap["functions"] if f["name"].startswith("late.so"))
low, high = heap["all"]["low_bytes"], heap["all"]["high_bytes"]
own, reach = heap["allocator_in_use_bytes"], (high - low) / 2
print(churn == 0, 5e6 < late < 20e6, "main" in names,
      own is None if sys.argv[2] == "mimalloc" else abs(own - (low + high) / 2) < 2.6 * reach + 0.02 * own)
END
)" 'True True True True' "$allocator: what is churned holds nothing, a stripped library does; all is the allocator's"
  is "$(sql "$run" 'SELECT group_concat(key || "=" || value) FROM facts WHERE key GLOB "heap_lost*"')" \
    'heap_lost_frees=0,heap_lost_samples=0,heap_lost_stacks=0' "$allocator: nothing is lost"
done

# What grew between two moments is the leak, and nothing else. With probes.
probes=--no-callers
observe own --heap-sampling=8KiB -- "$tmp/heap"
from=$at
echo grow >&3
within 20 grep -q '^grown' "$tmp/out"
settle
to=$(sql "$run" 'SELECT max(t_ns) / 1e9 FROM samples')s
finish
heap --by function --growth="$from..$to"
is "$(compare leak)" 'leak as it is' 'the leak grew by what it says'
heap --by site --growth="$from..$to"
is "$(python3 - "$tmp/heap.json" <<'END'
import json, sys
heap = json.load(open(sys.argv[1]))
print([s["caller"].split("`")[-1].split("+")[0] for s in heap["sites"] if s["grew_bytes"]],
      [f["name"].split("`")[-1].split("+")[0] for f in heap["sites"][0]["stack"]][:3],
      heap["sites"][0]["whole_stack"],
      abs(sum(s["grew_bytes"] for s in heap["sites"]) - heap["all"]["grew_bytes"]) < 1)
END
)" "['chain'] ['chain', 'leak', 'main'] True True" 'as a site: one, with its whole stack; the parts are the whole'
heap --by site --at "$from"
is "$(grep -c '`leak' "$tmp/heap.json")" 0 'and before that it held nothing'
text=$("$soak" audit "$run" --by site --top 1)
like "$text" '^  live heap at 0:[0-9]+, estimated from one allocation in every 8\.00 KiB$' 'as text'
like "$text" 'heap`chain\+0x[0-9a-f]+, called by heap`keep_small, by heap`main' 'with its callers'
like "$("$soak" audit "$run" --by site --folded)" \
  '^heap`_start;libc[^;]*;libc[^;]*;heap`main;heap`keep_small;heap`chain [0-9]+$' 'folded'

# As a profile: read back by the few rules of Protocol Buffers
"$soak" audit "$run" --by site --at "$from" --json --top 0 >"$tmp/heap.json"
"$soak" audit "$run" --by site --at "$from" --pprof >"$tmp/heap.pb.gz"
is "$(python3 - "$tmp/heap.pb.gz" "$tmp/heap.json" <<'END'
import gzip, json, sys
def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at
def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        yield key >> 3, value
def numbers(data):
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield value
profile = list(fields(gzip.open(sys.argv[1]).read()))
strings = [v.decode() for f, v in profile if f == 6]
functions = {d[1]: strings[d[2]] for d in (dict(fields(v)) for f, v in profile if f == 5)}
lines = {d[1]: functions[dict(fields(d[4]))[1]] for d in (dict(fields(v)) for f, v in profile if f == 4)}
samples = [dict(fields(v)) for f, v in profile if f == 2]
types = [strings[dict(fields(v))[1]] for f, v in profile if f == 1]
best = max(samples, key=lambda s: list(numbers(s[2]))[3])
held = json.load(open(sys.argv[2]))["all"]["held_bytes"]
print(*types, *[lines[l] for l in numbers(best[1])][:3], abs(sum(list(numbers(s[2]))[3] for s in samples) - held) < 10)
END
)" "alloc_objects alloc_space inuse_objects inuse_space heap\`chain heap\`keep_small heap\`main True" \
  'as a profile: the same sum, and the stack'

# As a picture
"$soak" plot "$run" --flame="$from..$to" -o "$tmp/flame.svg" >/dev/null
is "$(python3 - "$tmp/flame.svg" <<'END'
import sys, xml.etree.ElementTree as tree
titles = [t.text for t in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}title")]
print(any(t.startswith("heap`leak: ") for t in titles), any("keep_small" in t for t in titles))
END
)" 'True False' 'a flame graph of what grew has the leak, and nothing else'
like "$("$soak" audit "$run" --pprof 2>&1 | head -2)" 'use it with --by site' 'a profile of calls'
like "$("$soak" plot "$run" --flame --dumb 2>&1)" 'leave out --dumb' 'not with characters'

probes='--no-bpf --no-perf'

# C++ by operator new: through libstdc++, and where the allocator has its own
for allocator in glibc hakmem; do
  observe "$allocator" --heap-sampling=16KiB -- "$tmp/plain"
  finish
  heap --by function --at "$at"
  is "$(python3 - "$tmp/heap.json" <<'END'
import json, sys
for f in json.load(open(sys.argv[1]))["functions"]:
    for name, least, most in (("planted::keeper<planted::wide>::by_new", 5e6, 16e6), ("by_map", 2.5e6, 10e6)):
        if f["name"].endswith("`" + name):
            print(name, least < f["held_bytes"] < most)
END
)" 'planted::keeper<planted::wide>::by_new True
by_map True' "$allocator: C++ functions by their names"
done

# An interpreter
observe own --heap-sampling=64KiB -- env PYTHONMALLOC=malloc python3 -c '
import sys
held = [bytes(1000) for i in range(30000)]
print("held", flush=True)
sys.stdin.readline()'
finish
heap --by site --at "$at"
is "$(python3 - "$tmp/heap.json" <<'END'
import json, sys
heap = json.load(open(sys.argv[1]))
best = heap["sites"][0]
print(20e6 < best["held_bytes"] < 45e6, len(best["stack"]) > 6, best["whole_stack"])
END
)" 'True True True' 'python3: the list of bytes, with its whole stack'

# A server into which keys leak; it has an allocator of its own, and runs under another one
if command -v redis-server >/dev/null; then
  redis() {
    redis-cli -s "$tmp/redis.socket" "$@" 2>&1
  }
  for allocator in own hakmem; do
    run=$tmp/redis.soak
    "$soak" run -q -f -a $allocator -i 50ms $probes --heap-sampling=128KiB -o "$run" -- \
      redis-server --port 0 --unixsocket "$tmp/redis.socket" --save '' --dir "$tmp" >"$tmp/out" 2>&1 &
    observer=$!
    within 20 eval '[ "$(redis ping)" = PONG ]'
    settle
    from=$(sql "$run" 'SELECT max(t_ns) / 1e9 FROM samples')s
    redis eval 'for i = 1, 60000 do redis.call("set", "key" .. i, string.rep("x", 300)) end' 0 >/dev/null
    settle
    redis shutdown nosave >/dev/null
    wait $observer
    heap --by site --growth="$from.."
    is "$(python3 - "$tmp/heap.json" <<'END'
import json, sys
heap = json.load(open(sys.argv[1]))
keys = [s for s in heap["sites"] if s["grew_bytes"] > 2e6 and "redis" in s["caller"]]
print(12e6 < sum(s["grew_bytes"] for s in keys) < 60e6, all(len(s["stack"]) > 5 for s in keys))
END
)" 'True True' "redis, $allocator: the keys are the server's, with whole stacks"
  done
fi

# A process that ended is not held for ever; a program that is executed starts anew.
observe own --heap-sampling=16KiB -- sh -c "echo | $tmp/heap >/dev/null; echo held; read -r x"
finish
heap --by function
is "$(grep -c '`keep' "$tmp/heap.json") $(python3 -c 'import json,sys
print(json.load(open(sys.argv[1]))["all"]["held_bytes"] < 3e5)' "$tmp/heap.json")" \
  '0 True' 'what an ended process held is gone'

# Wrong use
like "$("$soak" run --heap-sampling=9 -- true 2>&1)" "invalid|write|from 1KiB" 'too small'
like "$("$soak" run --heap-sampling --ops none -- true 2>&1)" '^soak: --heap-sampling needs the ops page' 'without ops'
"$soak" run -q -f -a own -d 1s -o "$tmp/none.soak" -- sleep 9 >/dev/null 2>&1
like "$("$soak" audit "$tmp/none.soak" --by site 2>&1)" 'no allocations were sampled: record it with' 'not sampled'
is "$(sql "$tmp/none.soak" 'SELECT count(heap_sampled_bytes) FROM samples')" 0 'and without the option nothing is'
like "$("$soak" audit "$run" --by site,caller 2>&1)" 'name one of them alone' 'one of them'
like "$("$soak" audit "$run" --at 1s 2>&1)" 'is a moment of the live heap' 'a moment of calls'
like "$("$soak" audit "$run" --by site --at nowhere 2>&1)" 'no mark "nowhere"' 'a mark that is not there'
done_testing
