# SPDX-License-Identifier: GPL-3.0-or-later
"""
What is measured, and how: each work is a function of (bench, allocator) that returns one value for
each of its figures. All of them run the workloads of soak/workloads/, the same binary for every
allocator, in an environment that holds PATH and LD_PRELOAD.
"""
import json
import os
import re
import sqlite3
import subprocess
import time
from dataclasses import dataclass, field

from allocators import HAKMEM
from bench import Failed

CALLS = ("mmap", "munmap", "madvise", "brk", "mremap", "mprotect", "process_madvise")
LAST_OPS = 30_000_000  # run beyond what is counted, at least: more than a sample's
AT_REST_S = 2
MEMORY_ROUNDS = 3  # sizes hardly vary


@dataclass
class Figure:
    """One row. Targets: ("at most", VALUE), (WHOSE, FACTOR) times a peer's, or None."""
    key: str
    title: str
    unit: str
    target: tuple
    more_is_better: bool = False


@dataclass
class Work:
    measure: object
    figures: list
    rounds: int = 0  # at most so many; 0: as many as asked for
    repeated: bool = True  # also against itself
    there_and_back: bool = False  # allocators in turn forwards and backwards; else order is drawn
    notes: list = field(default_factory=list)


def program(bench, name):
    return os.path.join(bench.build, "bin", name)


def run(bench, allocator, words, timeout_s=900):
    """What a workload prints."""
    bench.run(allocator.clean_environment() + words, timeout_s=timeout_s)
    with open(bench.path("log"), errors="replace") as log:
        return log.read()


def find(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise Failed(f"no line like {pattern} in its output")
    return float(found.group(1))


def scaled(bench, iterations):
    return str(iterations // (10 if bench.quick else 1))


def listed(bench):
    """soak's table: name -> ([program, iterations of a short run, more words...], its meaning)"""
    text = subprocess.run([bench.soak, "run", "--workload", "list"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    columns = (re.split("  +", line) for line in text.splitlines())
    return {name: (command.split(), meaning) for name, command, meaning in columns}


def usual_iterations(bench, name):
    return int(listed(bench)[name][0][1])


def workload(bench, name, iterations=None):
    """The words of a workload of soak's table, with that many iterations, or those of the table."""
    (first, usual, *rest), _ = listed(bench)[name]
    return [program(bench, first), usual if iterations is None else str(iterations), *rest]


def speed(name):
    """M ops/s of one run."""
    def measure(bench, allocator):
        iterations = scaled(bench, usual_iterations(bench, name))
        text = run(bench, allocator, workload(bench, name, iterations))
        return [find(text, r"^Throughput = (\d+) ops/s") / 1e6]

    return measure


def rollup_mb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return find(rollup.read(), r"^Rss:\s+(\d+) kB") * 1024 / 1e6


def resident_at_rest(name):
    """MB of a workload that has run for a while and goes on."""
    def measure(bench, allocator):
        process = bench.start(allocator.clean_environment() + workload(bench, name, 0))
        try:
            time.sleep(AT_REST_S)
            if process.poll() is not None:
                raise Failed(f"{name} ended by itself with {process.returncode}")
            return [rollup_mb(process.pid)]
        finally:
            bench.end(process)

    return measure


def resident_after(name, *words):
    """MB after a drain and ms of its longest free"""
    def measure(bench, allocator):
        text = run(bench, allocator, workload(bench, name) + list(words))
        return [find(text, r"^RSS after \d+ s = (\d+) KiB") * 1024 / 1e6,
                find(text, r"^Longest free = ([0-9.]+) us") / 1e3]

    return measure


def resident_idle(bench, allocator):
    text = run(bench, allocator, workload(bench, "idle"))
    return [find(text, r"^RSS of .* each=(-?[0-9.]+) KiB\]")]


def threads(bench, allocator):
    text = run(bench, allocator, [program(bench, "bench_threads"), scaled(bench, 20000)])
    early, late = (find(text, rf"^RSS at {when} = (\d+) KiB") for when in ("10 %", "the end"))
    return [find(text, r" time=([0-9.]+)s\s*\Z"), late / early]


def latency(bench, allocator):
    """ns of malloc and of free: all but one in 10 000 calls, and the longest"""
    text = run(bench, allocator, [program(bench, "bench_latency"), "4" if bench.quick else "10"])
    return [find(text, rf"^{call}: .* {what} = (\d+) ns")
            for call in ("malloc", "free") for what in ("p99.99", "longest")]


def instructions(bench, allocator):
    """Per op of Mixed: two lengths of one run, so that start-up and end cancel out."""
    def count(iterations):
        text = run(bench, allocator, [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
            *workload(bench, "mixed", iterations)])
        return find(text, r"^==\d+== Collected : (\d+)")

    return [(count(600_000) - count(100_000)) / 500_000]


def check_sources(bench, path):
    """That eBPF and perf_event counted the same calls, and lost none."""
    words = [bench.soak, "check", "--json", path]
    text = subprocess.run(words, stdout=subprocess.PIPE, text=True).stdout
    rules = {rule["rule"]: rule for rule in json.loads(text)["rules"]}
    rule = rules.get("crosscheck", {"verdict": "NOT JUDGED", "reason": "no such rule"})
    if rule["verdict"] != "PASS":
        raise Failed(f"the calls are not certain: crosscheck {rule['verdict']}: {rule['reason']}")


def record(bench, allocator, words):
    """
    [(calls, ops)] of each sample of one run by soak, and the peak RSS in bytes. The last sample
    has all that the program ever did.
    """
    path = bench.path("steady.soak")
    # soak's 1 and 3 are verdicts on the run's steadiness, which is not the question here.
    settings = ["env", *allocator.settings]
    # 10 ms: to see the allocator in a run of a fraction of a second, too.
    bench.run([*settings, bench.soak, "run", "-q", "-f", "-i", "10ms", "-o", path, "-a",
               allocator.soak, "--ops", "page", "--", *words], good=(0, 1, 3), timeout_s=7200)
    recording = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    facts = dict(recording.execute("SELECT key, value FROM facts").fetchall())
    samples = recording.execute(f"SELECT {' + '.join(CALLS)}, ops_alloc + ops_free + ops_realloc "
                                "FROM samples ORDER BY t_ns").fetchall()
    peak, = recording.execute("SELECT max(peak_rss_bytes) FROM processes").fetchone()
    recording.close()
    if facts.get("target_exit_status") != "0" or facts.get("lost_events", "0") != "0":
        raise Failed("the recording is not whole")
    if allocator.preload and facts.get("allocator_verified") != "yes":
        raise Failed(f"{allocator.name} was not seen in the program; did it run too shortly?")
    check_sources(bench, path)
    return samples, peak


class TooShort(Failed):
    """A run that was over before two samples lay far enough apart."""


def calls_between(samples, first, last):
    """
    (calls, ops) from the first sample of `first` ops to the last one of at most `last`: after a
    warm-up and well before the end, when all blocks are freed and allocators give back what they
    have. Raises TooShort.
    """
    begin = next((s for s in samples if s[1] >= first), None)
    end = next((s for s in reversed(samples) if s[1] <= last), None)
    if not begin or not end or end[1] - begin[1] < (last - first) / 2:
        raise TooShort("no two samples lie so many ops apart")
    return end[0] - begin[0], end[1] - begin[1]


def steady(name, ops_per_iteration):
    """Calls in --steady ops, after a tenth as many to warm up."""
    def measure(bench, allocator):
        warm_up = bench.steady // 10
        last = warm_up + bench.steady + LAST_OPS
        iterations = (last + max(bench.steady // 10, LAST_OPS)) // ops_per_iteration
        samples, _ = record(bench, allocator, workload(bench, name, iterations))
        return [calls_between(samples, warm_up, last)[0]]

    return measure


def steady_work(title, measure, notes=()):
    return Work(measure, [Figure("calls", f"{title}: calls in steady state", "calls",
                                 ("at most", 0))], 1, False, list(notes))


def speed_work(title, measure, target=None):
    return Work(measure, [Figure("speed", title, "M ops/s", target, True)])


def drain_work(title, measure, target=None):
    return Work(measure, [Figure("rss", title, "MB", target),
                          Figure("longest", "the same: longest single free", "ms", None)],
                MEMORY_ROUNDS)


WORKS = {
    "mixed": speed_work("Mixed 16–1024 B, WS 400", speed("mixed"),
                        ("newest mimalloc", 1.05)),
    "instructions": Work(instructions, [
        Figure("instructions", "Mixed: instructions per op, the loop's own included", "",
               ("at most", 53))], 1, False,
        ["instructions per op: callgrind, 600 000 iterations less 100 000"]),
    "replace": speed_work("replace, WS 400", speed("replace"), ("best", 1.15)),
    "ws100000": speed_work("16–1024 B, WS 100 000", speed("ws100000"), ("best", 1.0)),
    "ws100000-rss": Work(resident_at_rest("ws100000"), [
        Figure("rss", "16–1024 B, WS 100 000: RSS", "MB", ("mimalloc", 1.0))], MEMORY_ROUNDS),
    "sizes": speed_work("16 B–64 KiB, WS 400", speed("sizes"), ("best", 1.0)),
    "prodcon": speed_work("producer/consumer, 2 threads", speed("prodcon"),
                          ("rpmalloc", 1.0)),
    "larson": speed_work("larson-like, 2 threads", speed("larson"), ("best", 1.0)),
    "uniform": speed_work("16 B–64 KiB uniform, WS 400", speed("uniform")),
    "uniform-2": speed_work("the same, 2 threads", speed("uniform-2")),
    "prodcon-uniform": speed_work("producer/consumer, 16 B–64 KiB", speed("prodcon-uniform")),
    "funnel": speed_work("16 producers, one consumer", speed("funnel")),
    "large": speed_work("64–512 KiB, WS 50", speed("large")),
    "large-4m": speed_work("0.5–4 MiB, WS 20", speed("large-4m")),
    "large-16m": speed_work("4–16 MiB, WS 8", speed("large-16m")),
    "requests": speed_work("requests of 8 MB", speed("requests")),
    "grow": speed_work("8 arrays grown to 8 MB by realloc", speed("grow")),
    "steady-mixed": steady_work("Mixed", steady("mixed", 1),
                                ["calls: mmap, munmap, madvise, brk, mremap, mprotect, "
                                 "process_madvise, counted by soak between two samples"]),
    "steady-replace": steady_work("replace", steady("replace", 2)),
    "steady-ws100000": steady_work("WS 100 000", steady("ws100000", 1)),
    "steady-sizes": steady_work("16 B–64 KiB", steady("sizes", 1)),
    "steady-prodcon": steady_work("producer/consumer", steady("prodcon", 2)),
    "steady-larson": steady_work("larson-like", steady("larson", 2)),
    "release": drain_work("RSS 3 s after 110 MB of 256 B blocks are freed",
                          resident_after("drain"), ("at most", 12)),
    "release-shuffled": drain_work("the same, freed in random order",
                                   resident_after("drain", "SHUFFLED=1"), ("at most", 12)),
    "sparse": drain_work("RSS 3 s after 20 000 × 256 KiB, a word of each written, are freed",
                         resident_after("drain-large"), ("at most", 12)),
    "drain-120": drain_work("RSS 3 s after 6 GB of 120 B blocks are freed",
                            resident_after("drain-120")),
    "drain-sparse": drain_work("RSS 10 s after all but one in 20 of 300 000 mixed blocks are freed",
                               resident_after("drain-sparse")),
    "drain-busy": drain_work("the same beside four busy threads", resident_after("drain-busy")),
    "idle": Work(resident_idle, [
        Figure("rss", "a sleeping thread that had 5 MB once, RSS", "KiB", None)], MEMORY_ROUNDS),
    "threads": Work(threads, [
        Figure("time", "20 000 threads one after another, with destructors", "s",
               ("newest mimalloc", 1.1)),
        Figure("growth", "the same: RSS at the end / after a tenth of them", "",
               ("at most", 1.05))], 5),
    "latency": Work(latency, [
        Figure("malloc-p99.99", "2 threads, drains each second: malloc, p99.99", "ns", None),
        Figure("malloc-longest", "the same: longest malloc", "ns", ("best", 1.0)),
        Figure("free-p99.99", "the same: free, p99.99", "ns", None),
        Figure("free-longest", "the same: longest free", "ns", ("best", 1.0))], notes=[
            "latency: by the clock, so calls have in them who else had the processor"]),
    "rest-rss": Work(resident_at_rest("mixed"), [
        Figure("rss", "RSS at rest under Mixed WS 400", "MB", ("at most", 2.5))], MEMORY_ROUNDS),
}


def select(text, there):
    """Names of works that are there; what is not one stands for all that begin so, and a hyphen."""
    chosen = []
    for word in text.split(","):
        names = [word] if word in there else [n for n in there if n.startswith(word + "-")]
        if not names:
            raise ValueError(f"{word}: choose from {', '.join(there)}")
        chosen += [name for name in names if name not in chosen]
    return chosen
