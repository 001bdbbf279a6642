# SPDX-License-Identifier: GPL-3.0-or-later
"""What a system call costs under soak, and under the usual tools."""
import os
import shlex
import shutil

import paired
import report
from bench import Failed

# mode -> turns, what one call is, added ns allowed under soak. "none" is judged by its ratio.
MODES = {
    "other": (1_000_000, "getppid: of no interest", 10),
    "churn": (1_000_000, "madvise(MADV_NORMAL): counted", 120),
    "mmap": (200_000, "mmap + munmap, per call: counted", 120),
    "none": (250_000_000, "arithmetic: no call at all", None),
    "malloc": (30_000_000, "malloc + free, 16-1024 B: no call", None),
}
EVENTS = [f"syscalls:sys_enter_{name}" for name in ("madvise", "mmap", "munmap")]
# perf and bpftrace need tracefs: mounted in a namespace that goes with the command.
TRACEFS = ["unshare", "-m", "sh", "-c",
           "[ -e /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing; "
           'exec "$@"', "sh"]


def tools(bench):
    """name -> (words before the command, turns are divided by this in modes with system calls)"""
    soak = [bench.soak, "run", "-q", "-f", "-o", "x.soak", "--ops", "none"]
    program = ",".join(f"tracepoint:{event}" for event in EVENTS) + " { @[pid] = count(); }"
    return {
        "bare": ([], 1),
        "bare again": ([], 1),
        "soak run": (soak + ["--"], 1),
        "soak run --no-callers": (soak + ["--no-callers", "--"], 1),
        "soak run --no-perf": (soak + ["--no-perf", "--"], 1),
        "soak run --no-bpf": (soak + ["--no-bpf", "--"], 1),
        "perf stat": (TRACEFS + ["perf", "stat", "-e", ",".join(EVENTS), "--"], 1),
        "bpftrace": (TRACEFS + ["bpftrace", "-e", program, "-c"], 1),
        "strace -c": (["strace", "-c", "-f", "-o", "/dev/null"], 50),
        "strace -c --seccomp-bpf": (["strace", "-c", "-f", "--seccomp-bpf", "-o", "/dev/null",
                                     "-e", "trace=madvise,mmap,munmap"], 50),
        "perf trace -s": (TRACEFS + ["perf", "trace", "-s", "-o", "/dev/null", "--"], 100),
    }


def command_of(bench, words, mode, turns, out):
    loop = [bench.loops, mode, str(turns), out]
    return words + ([shlex.join(loop)] if words and words[-1] == "-c" else loop)


def once(bench, words, mode, turns, statistic):
    """ns per call: the "low", "median" or "mean" of the loop's batches."""
    out = bench.path("ns")
    if os.path.exists(out):
        os.unlink(out)
    # soak's 1 and 3 are verdicts on so short a run.
    bench.run(command_of(bench, words, mode, turns, out),
              good=(0, 1, 3) if words and words[0] == bench.soak else (0,))
    try:
        with open(out) as line:
            low, median, mean, _calls = map(float, line.read().split())
    except (OSError, ValueError):
        raise Failed("the loop left no result") from None
    return {"low": low, "median": median, "mean": mean}[statistic]


def judge(mode, tool, added, ratio, target):
    if not tool.startswith("soak"):
        return "", ""
    if mode in ("none", "malloc"):
        return "ratio 0.99 … 1.01", paired.within(ratio, 0.99, 1.01)
    return f"+{target}", paired.at_most(added, target)


def row_of(mode, tool, values, base, command):
    row = {"mode": mode, "tool": tool, "command": command}
    if isinstance(values, str) or isinstance(base, str):
        why = values if isinstance(values, str) else "no bare figure to compare with"
        return {**row, **report.failed_row(why, tool)}
    per_call = paired.interval(values)
    if tool == "bare":
        return {**row, "ns_per_call": per_call, "cells": [tool, report.spread(per_call)]}
    added, ratio = paired.difference(values, base), paired.ratio(values, base)
    target, met = judge(mode, tool, added, ratio, MODES[mode][2])
    digits = 4 if mode in ("none", "malloc") else 2
    return {**row, "ns_per_call": per_call, "added_ns": added, "ratio": ratio, "target": target,
            "met": met,
            "cells": [tool, report.number(per_call["median"]), report.spread(added, sign=True),
                      report.spread(ratio, digits=digits), target, met]}


def measure_mode(bench, mode, chosen):
    turns, meaning, _target = MODES[mode]
    turns //= 8 if bench.quick else 1
    calls = mode not in ("none", "malloc")
    # The cheapest batch is the one that nobody else disturbed. Where no call is made only soak's
    # ticks can cost anything, and few batches meet one: there the mean of all.
    statistic = "low" if calls else "mean"
    variants, commands = {}, {}
    for tool, (words, slower) in chosen.items():
        n = turns // (slower if calls else 1)
        variants[tool] = lambda words=words, n=n: once(bench, words, mode, n, statistic)
        commands[tool] = shlex.join(command_of(bench, words, mode, n, "FILE"))
    results = bench.rounds_of(f"syscalls {mode}", variants)
    rows = [row_of(mode, tool, values, results["bare"], commands[tool])
            for tool, values in results.items()]
    return {"title": f"`{mode}`, {meaning}", "rows": rows,
            "columns": ["under", "ns per call", "added ns", "ratio", "target", "met"]}


def measure(bench):
    chosen = {tool: how for tool, how in tools(bench).items()
              if all(shutil.which(word) for word in how[0] if word in ("perf", "bpftrace"))
              and (not how[0] or shutil.which(how[0][0]))}
    for mode in MODES:
        section = measure_mode(bench, mode, chosen)
        if mode == list(MODES)[-1]:
            section["notes"] = [
                "`bare again` is bare once more: what it seems to add is noise.",
                "other, churn, mmap: the cheapest of 64 batches; none, malloc: their mean."]
            section["commands"] = {row["tool"]: row["command"].replace(f" {mode} ", " MODE ")
                                   for row in section["rows"]}
        yield section
