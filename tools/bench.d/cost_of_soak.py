# SPDX-License-Identifier: GPL-3.0-or-later
"""What soak itself takes while it watches: CPU, memory, bytes of file, time to start."""
import os
import shlex
import sqlite3
import time

import paired
import report
from bench import Failed

CPU_PCT, RSS_MIB, FILE_BYTES = 0.3, 20, 250
TARGETS = {"idle": "a sleeper with 100 k ops/s", "mixed": "the built-in workload, at full speed"}


def cpu_ns(pid):
    """CPU time of all threads so far; 0 when it is gone."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as line:
                total += int(line.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return total


def peak_rss_kib(pid):
    try:
        with open(f"/proc/{pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def watch(process, seconds):
    """Looks at soak from outside, once a second: (seconds since its start, CPU ns), peak RSS."""
    begin, seen, peak = time.monotonic(), [], 0
    while process.poll() is None:
        if time.monotonic() - begin > seconds + 60:
            raise Failed("soak does not end")
        now = cpu_ns(process.pid)
        if now:
            seen.append((time.monotonic() - begin, now))
        peak = max(peak, peak_rss_kib(process.pid))
        time.sleep(0.05 if process.poll() is None and time.monotonic() - begin < 1 else 0.5)
    return seen, peak


def command_of(bench, target, seconds, interval):
    command = [bench.soak, "run", "-q", "-f", "-d", f"{seconds}s", "-i", interval]
    return command + ["-o", "self.soak"] + (["-W", target] if target == "mixed" else
                      ["--", bench.loops, target, str(seconds + 60)])


def from_file(path):
    """(%, of a core by the samples, samples, file bytes)"""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as run:
        slow = run.execute("SELECT t_ns, self_cpu_ns FROM samples "
                           "WHERE self_cpu_ns NOT NULL ORDER BY t_ns").fetchall()
        samples = run.execute("SELECT count(*) FROM samples").fetchone()[0]
    run.close()
    if len(slow) < 2:
        raise Failed("no self_cpu_ns in the file")
    (t0, c0), (t1, c1) = slow[0], slow[-1]
    return 100 * (c1 - c0) / (t1 - t0), samples, os.path.getsize(path)


def once(bench, target, seconds, interval):
    path = bench.path("self.soak")
    process = bench.start(command_of(bench, target, seconds, interval))
    try:
        seen, peak = watch(process, seconds)
    finally:
        bench.end(process)
    if process.returncode not in (0, 1, 3):
        raise Failed(f"soak ended with {process.returncode}")
    steady = [point for point in seen if 2 <= point[0] <= seconds] or seen
    (t0, c0), (t1, c1) = steady[0], steady[-1]
    own_pct, samples, size = from_file(path)
    return {"cpu_pct": own_pct, "seen_cpu_pct": (c1 - c0) / (t1 - t0) / 1e7 if t1 > t0 else 0.0,
            "all_cpu_pct": seen[-1][1] / seconds / 1e7, "rss_mib": peak / 1024,
            "samples": samples, "file_bytes": size, "bytes_per_sample": size / samples}


def row(what, values, target, unit):
    estimate = paired.interval(values)
    met = paired.at_most(estimate, target) if target is not None else ""
    return {"what": what, "unit": unit, "estimate": estimate, "target": target, "met": met,
            "cells": [what, report.spread(estimate), unit,
                      "" if target is None else f"≤ {target}", met]}


def rows_of(target, runs):
    def each(key):
        return [run[key] for run in runs]

    return [
        row(f"{target}: CPU by samples.self_cpu_ns", each("cpu_pct"), CPU_PCT, "% of a core"),
        row(f"{target}: CPU by /proc/PID/schedstat", each("seen_cpu_pct"), CPU_PCT, "% of a core"),
        row(f"{target}: the same with start and end", each("all_cpu_pct"), None, "% of a core"),
        row(f"{target}: peak RSS (VmHWM)", each("rss_mib"), RSS_MIB, "MiB"),
        row(f"{target}: file size / samples", each("bytes_per_sample"), None, "bytes"),
    ]


def marginal(dense, sparse):
    """Bytes that one more sample adds: runs of the same length, so all else is the same."""
    return [(a["file_bytes"] - b["file_bytes"]) / (a["samples"] - b["samples"])
            for a, b in zip(dense, sparse)]


def start_rows(bench):
    """How much longer a program takes under soak that does nothing at all."""
    null = bench.path("null.soak")
    soak = [bench.soak, "run", "-q", "-f", "-o", null]
    variants = {
        "bare": lambda: bench.run(["true"]),
        "soak run": lambda: bench.run(soak + ["--", "true"], good=(0, 1, 3)),
        "soak run --no-perf": lambda: bench.run(soak + ["--no-perf", "--", "true"], good=(0, 1, 3)),
        "soak run --no-bpf": lambda: bench.run(soak + ["--no-bpf", "--", "true"], good=(0, 1, 3)),
    }
    results = bench.rounds_of("self start", variants)
    for name, values in results.items():
        if isinstance(values, str) or isinstance(results["bare"], str):
            yield report.failed_row(str(values), name)
        elif name != "bare":
            added = [1000 * (a - b) for a, b in zip(values, results["bare"])]
            yield row(f"start and end of `{name} -- true`", added, None, "ms added")


def measure(bench):
    seconds, rounds = (5, 1) if bench.quick else (30, min(3, bench.rounds))
    variants = {target: lambda target=target: once(bench, target, seconds, "100ms")
                for target in TARGETS}
    variants["dense"] = lambda: once(bench, "idle", seconds, "10ms")
    results = bench.rounds_of("self", variants, rounds)
    rows, notes = [], []
    for target in TARGETS:
        if isinstance(results[target], str):
            rows.append(report.failed_row(results[target], target))
        else:
            rows += rows_of(target, results[target])
    if not any(isinstance(results[name], str) for name in ("dense", "idle")):
        rows.append(row("idle: one more sample adds to the file",
                        marginal(results["dense"], results["idle"]), FILE_BYTES, "bytes"))
        rows.append(row("idle at 100 samples/s: CPU by samples.self_cpu_ns",
                        [run["cpu_pct"] for run in results["dense"]], None, "% of a core"))
    rows += start_rows(bench)
    notes.append(f"{rounds} rounds of {seconds} s, the whole range is shown; starts: all rounds")
    yield {"title": "what soak takes for itself, 10 samples a second", "rows": rows, "notes": notes,
           "columns": ["what", "median", "unit", "target", "met"],
           "commands": {name: shlex.join(command_of(bench, name, seconds, "100ms"))
                        for name in TARGETS}}
