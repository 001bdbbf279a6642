# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs under each allocator: what soak costs them, and what it says about them."""
import os
import shlex
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

import paired
import report
from bench import Failed, await_end

# What soak calls them, and the file that each is: "" is whatever the program has by itself.
ALLOCATORS = {
    "glibc": "",
    "jemalloc": "libjemalloc.so.2",
    "tcmalloc": "libtcmalloc_minimal.so.4",
    "mimalloc": "libmimalloc.so.2",
}
BUDGET = ("mmap", "munmap", "madvise")
OTHER = ("mremap", "brk", "mprotect")

PYTHON = """
words = {}
for i in range(%d):
    key = "k%%d" %% (i * 7919 %% 30000)
    words.setdefault(key, []).append([i, str(i), (i, key)])
    if i %% 3 == 0:
        words.pop("k%%d" %% (i * 104729 %% 30000), None)
"""
SQL = """
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, body BLOB);
CREATE INDEX by_name ON t(name);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0})
  INSERT INTO t SELECT i, printf('%08d', i * 7919 % {0}), randomblob(20 + i % 400) FROM n;
UPDATE t SET body = randomblob(20 + id % 700) WHERE id % 3 = 0;
DELETE FROM t WHERE id % 2 = 0;
SELECT name, count(*), group_concat(id) FROM t GROUP BY substr(name, 1, 3) LIMIT 1;
"""


def library_of(bench, allocator):
    """A path, "" for glibc, None where it is not installed. As the loader finds it."""
    name = ALLOCATORS[allocator]
    if not name:
        return ""
    found = subprocess.run(["env", "LD_PRELOAD=" + name, bench.loops, "none", "1"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return None if b"cannot be preloaded" in found.stderr else name


def c_source(functions):
    for i in range(functions):
        yield (f"struct s{i} {{ int a[{i % 17 + 1}]; struct s{i} *next; }};\n"
               f"int f{i}(struct s{i} *s, int n)\n{{\n\tint sum = {i};\n"
               f"\tfor (int i = 0; i < n; i++)\n\t\tfor (struct s{i} *p = s; p; p = p->next)\n"
               f"\t\t\tsum += p->a[i % {i % 17 + 1}] ^ (n << {i % 31});\n"
               f"\treturn sum > {i} ? f{i}(s->next, sum & 7) : sum;\n}}\n")


def commands_of(bench):
    """name -> the words of a program that ends by itself"""
    size = 1 if bench.quick else 8
    python, sql, source = (bench.path(name) for name in ("load.py", "load.sql", "big.c"))
    with open(python, "w") as out:
        out.write(PYTHON % (60000 * size))
    with open(sql, "w") as out:
        out.write(SQL.format(20000 * size))
    with open(source, "w") as out:
        out.writelines(c_source(150 * size))
    found = {
        "python3": ["env", "PYTHONMALLOC=malloc", sys.executable, python],
        "sqlite3": ["sqlite3", ":memory:", ".read " + sql],
        "gcc": ["gcc", "-O1", "-w", "-c", source, "-o", bench.path("big.o")],
    }
    return {name: words for name, words in found.items() if shutil.which(words[0])}


def soak_words(bench, allocator, path):
    return [bench.soak, "run", "-q", "-f", "-o", path, "-a", allocator, "--"]


def bare_words(library):
    return ["env", "LD_PRELOAD=" + library] if library else []


def time_command(bench, words, under, soak):
    """Seconds, by a stopwatch that starts the program: soak's own start and end are not in it."""
    out = bench.path("took")
    bench.run(under + [bench.timed, out] + words, good=(0, 1, 3) if soak else (0,))
    with open(out) as line:
        return int(line.read().split()[0]) / 1e9


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask_redis(port, words):
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        connection.sendall((words + "\r\n").encode())
        return connection.recv(100)


def await_redis(port, server):
    for _ in range(300):
        try:
            if ask_redis(port, "PING").startswith(b"+PONG"):
                return
        except OSError:
            pass
        if server.poll() is not None:
            raise Failed(f"redis-server ended at once with {server.returncode}")
        time.sleep(0.05)
    raise Failed("redis-server does not answer")


def time_redis(bench, under, soak):
    port = free_port()
    server = bench.start(under + ["redis-server", "--port", str(port), "--bind", "127.0.0.1",
                                  "--save", "", "--appendonly", "no"])
    try:
        await_redis(port, server)
        took_s = bench.run(["redis-benchmark", "-h", "127.0.0.1", "-p", str(port), "-q", "-t",
                            "set,get,lpush,lpop", "-n", str(20000 if bench.quick else 150000),
                            "-P", "16", "-c", "20", "-r", "20000", "-d", "200"])
        try:
            ask_redis(port, "SHUTDOWN NOSAVE")
        except OSError:
            pass
        code = await_end(server, 20)
        if code not in ((0, 1, 3) if soak else (0,)):
            raise Failed(f"redis-server under soak: exit status {code}")
    finally:
        bench.end(server)
    return took_s


def read_run(path):
    """What soak counted from the first call to the last."""
    run = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    run.row_factory = sqlite3.Row
    last = dict(run.execute("SELECT * FROM samples ORDER BY t_ns DESC LIMIT 1").fetchone())
    facts = dict(run.execute("SELECT key, value FROM facts").fetchall())
    peak = run.execute("SELECT max(peak_rss_bytes) FROM processes").fetchone()[0]
    cross = run.execute("SELECT count(*), sum(bpf IS NOT perf) FROM crosscheck").fetchone()
    run.close()
    if facts.get("allocator_verified", "yes") != "yes":
        raise Failed(f"{facts['allocator']} was not in the target")
    if not cross[0] or cross[1]:
        raise Failed("the two kernel sources do not agree")
    ops = sum(last[name] or 0 for name in ("ops_alloc", "ops_free", "ops_realloc"))
    return {"ops": ops, "peak_rss": peak, "faults": last["minflt"],
            **{name: last[name] for name in BUDGET + OTHER}}


def variants_of(bench, name, words, recorded):
    """(allocator, how) -> one measurement in seconds; what soak said goes to `recorded`."""
    def timed(under, soak):
        if name == "redis":
            return time_redis(bench, under, soak)
        return time_command(bench, words, under, soak)

    def watched(allocator, path):
        took_s = timed(soak_words(bench, allocator, path), True)
        recorded.setdefault(allocator, []).append(read_run(path))
        return took_s

    for allocator in ALLOCATORS:
        library = library_of(bench, allocator)
        if library is None:
            continue
        path = bench.path(f"{name}-{allocator}.soak")
        yield (allocator, "bare"), lambda under=bare_words(library): timed(under, False)
        yield (allocator, "soak"), lambda a=allocator, path=path: watched(a, path)


def time_row(name, allocator, bare, soak):
    row = {"program": name, "allocator": allocator}
    if isinstance(bare, str) or isinstance(soak, str):
        why = bare if isinstance(bare, str) else soak
        return {**row, **report.failed_row(why, name, allocator)}
    row.update(bare_s=paired.interval(bare), soak_s=paired.interval(soak),
               ratio=paired.ratio(soak, bare))
    return {**row, "cells": [name, allocator, report.number(row["bare_s"]["median"]),
                             report.number(row["soak_s"]["median"]),
                             report.spread(row["ratio"], digits=3)]}


def run_row(name, allocator, runs):
    def median(key):
        return statistics.median(run[key] for run in runs)

    figures = {key: median(key) for key in runs[0]}
    figures["calls_per_op"] = sum(figures[key] for key in BUDGET) / figures["ops"]
    calls = [f"{figures[key]:.0f}" for key in BUDGET + OTHER]
    return {"program": name, "allocator": allocator, **figures,
            "cells": [name, allocator, report.number(figures["ops"])] + calls +
                     [f"{figures['calls_per_op']:.2e}", f"{figures['peak_rss'] / 2**20:.1f}",
                      report.number(figures["faults"])]}


def linked_allocator(program):
    ldd = subprocess.run(["ldd", shutil.which(program)], stdout=subprocess.PIPE, text=True)
    return next((name for name in ALLOCATORS if ALLOCATORS[name] and name in ldd.stdout), None)


def measure(bench):
    programs, times, figures, notes, shown = commands_of(bench), [], [], [], {}
    if shutil.which("redis-server") and shutil.which("redis-benchmark"):
        programs["redis"] = ["redis-server"]
        own = linked_allocator("redis-server")
        if own:
            notes.append(f"redis-server is linked with {own}: under \"glibc\" it runs {own}")
    for name, words in programs.items():
        recorded = {}
        variants = dict(variants_of(bench, name, words, recorded))
        results = bench.rounds_of(f"real {name}", variants)
        for allocator in ALLOCATORS:
            if (allocator, "bare") in results:
                times.append(time_row(name, allocator, results[allocator, "bare"],
                                      results[allocator, "soak"]))
            if recorded.get(allocator):
                figures.append(run_row(name, allocator, recorded[allocator]))
        shown[name] = shlex.join(["soak", "run", "-a", "ALLOCATOR", "--"] + words)
    yield {"title": "time, bare and under soak with all its defaults", "rows": times,
           "columns": ["program", "allocator", "bare s", "under soak s", "ratio"],
           "notes": notes, "commands": shown}
    yield {"title": "what soak says about them, whole runs", "rows": figures,
           "columns": ["program", "allocator", "ops", *BUDGET, *OTHER, "budget calls/op",
                       "peak RSS MiB", "faults"]}
