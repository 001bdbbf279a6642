# SPDX-License-Identifier: GPL-3.0-or-later
"""
mimalloc-bench, as far as its programs are built in a folder: a work for each of them, with the
arguments that the suite's own script gives. The folder is the suite's out/bench, or one that
holds programs and data beside each other.
"""
import math
import os
import shutil
from dataclasses import dataclass

import paired
import report
from allocators import HAKMEM
from bench import Failed
from tables import print_row, print_rule, usable
from works import Figure, Work, find

TIME, PEAK = "time", "peak"
AT_MOST_OF_BEST = 1.10
MEANS_AT_MOST = {TIME: 0.98, PEAK: 0.90}


@dataclass
class Program:
    """
    In `command` and `stdin`, N is the number of CPUs, N2 twice that, and @FILE a file of the suite.
    `seconds` is for programs whose running time does not depend on the allocator: a pattern of
    their output, and what makes seconds of its number.
    """
    command: str
    stdin: str = ""
    seconds: tuple = ()


def per(amount):
    return lambda count: amount / count


PROGRAMS = {
    "cfrac": Program("cfrac 17545186520507317056371138836327483792789528"),
    "espresso": Program("espresso @espresso/largest.espresso"),
    "barnes": Program("barnes", stdin="@barnes/input"),
    "gs": Program("gs -dBATCH -dNODISPLAY @large.pdf"),
    "alloc-test1": Program("alloc-test 1"),
    "alloc-testN": Program("alloc-test N"),
    "larsonN": Program("larson 5 8 1000 5000 100 4141 N",
                       seconds=(r" time: ([0-9.]+)", float)),
    "larsonN-sized": Program("larson-sized 5 8 1000 5000 100 4141 N",
                             seconds=(r" time: ([0-9.]+)", float)),
    "sh6benchN": Program("sh6bench N2"),
    "sh8benchN": Program("sh8bench N2"),
    "xmalloc-testN": Program("xmalloc-test -w N -t 5 -s 64",
                             seconds=(r"^rtime: ([0-9.]+)", float)),
    "cache-thrash1": Program("cache-thrash 1 1000 1 2000000 N"),
    "cache-thrashN": Program("cache-thrash N 1000 1 2000000 N"),
    "cache-scratch1": Program("cache-scratch 1 1000 1 2000000 N"),
    "cache-scratchN": Program("cache-scratch N 1000 1 2000000 N"),
    "malloc-large": Program("malloc-large"),
    "mleak10": Program("mleak 5"),
    "mleak100": Program("mleak 50"),
    "mstressN": Program("mstress N 50 25"),
    "rptestN": Program("rptest N 0 1 2 500 1000 100 8 16000",
                       seconds=(r"\.\.\.([0-9]+) memory ops", per(2e6))),
    "rbstress1": Program("ruby @rbstress/stress_mem.rb 1"),
    "rbstressN": Program("ruby @rbstress/stress_mem.rb N"),
    "glibc-simple": Program("glibc-simple"),
    "glibc-thread": Program("glibc-thread N", seconds=(r"^([0-9]+) iterations", per(1e9))),
}
INSTALLED = ("gs", "ruby")  # programs of the distribution


def file_of(folder, name):
    """A file of the suite's, beside the programs or where its sources have it; None if neither."""
    places = (os.path.basename(name), name, os.path.join("..", "..", "bench", name))
    paths = (os.path.realpath(os.path.join(folder, place)) for place in places)
    return next((path for path in paths if os.path.isfile(path)), None)


def resolve(folder, text, cpus):
    """The words of a command, or of its stdin; Failed if one is not there."""
    words = text.split()
    for i, word in enumerate(words):
        if word in ("N", "N2"):
            words[i] = str(cpus * (2 if word == "N2" else 1))
        elif word.startswith("@"):
            words[i] = file_of(folder, word[1:])
            if not words[i]:
                raise Failed(f"{word[1:]} is not in {folder}")
    return words


def program_of(folder, name):
    path = shutil.which(name) if name in INSTALLED else os.path.join(folder, name)
    if not path or not os.access(path, os.X_OK) or os.path.isdir(path):
        raise Failed(f"{name} is not " + ("installed" if name in INSTALLED else f"in {folder}"))
    return path


def run_once(bench, allocator, words, stdin):
    """(what it prints, seconds, peak RSS in MB)"""
    took = bench.path("took")
    bench.run([bench.timed, took, *allocator.clean_environment(), *words], timeout_s=900,
              stdin=stdin, name=os.path.basename(words[0]))
    with open(took) as line:
        ns, peak_kib = (int(word) for word in line.read().split())
    with open(bench.path("log"), errors="replace") as log:
        return log.read(), ns / 1e9, peak_kib * 1024 / 1e6


def work_of(folder, name, cpus):
    """Failed if something of it is not there."""
    program = PROGRAMS[name]
    first, *rest = resolve(folder, program.command, cpus)
    words = [program_of(folder, first), *rest]
    stdin = (resolve(folder, program.stdin, cpus) or [None])[0]

    def measure(bench, allocator):
        text, took_s, peak_mb = run_once(bench, allocator, words, stdin)
        if program.seconds:
            pattern, seconds_of = program.seconds
            took_s = seconds_of(find(text, pattern))
        return [took_s, peak_mb]

    return Work(measure, [Figure(TIME, f"{name}: time", "s", ("best", AT_MOST_OF_BEST)),
                          Figure(PEAK, f"{name}: peak RSS", "MB", None)], there_and_back=True)


def works(folder):
    """(name -> work, texts about programs that are missing)"""
    found, missing = {}, []
    cpus = len(os.sched_getaffinity(0))
    for name in PROGRAMS:
        try:
            found[name] = work_of(folder, name, cpus)
        except Failed as why:
            missing.append(f"{name}: {why}")
    return found, missing


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def mean_ratio(rows, peer):
    """hakmem / peer: of each round the geometric mean over programs, and how many those are."""
    both = [(row["values"][HAKMEM], row["values"][peer]) for row in rows
            if usable(row["values"].get(HAKMEM)) and usable(row["values"].get(peer))]
    if not both:
        return None, 0
    rounds = min(len(values) for pair in both for values in pair)
    return paired.interval([geometric_mean([ours[r] / theirs[r] for ours, theirs in both])
                            for r in range(rounds)]), len(both)


def print_means(rows, peers):
    """Prints the geometric means, hakmem / each peer; returns them as rows of their own."""
    print(f"## Geometric means over the programs, {HAKMEM} divided by each peer\n\nOf each round; "
          "their median and its interval. In brackets after it: how many programs both have run.\n")
    print_row(["", "target", *peers])
    print_rule(2 + len(peers))
    means = []
    for key, title in ((TIME, "time"), (PEAK, "peak RSS")):
        cells, ratios = [], {}
        for peer in peers:
            estimate, programs = mean_ratio([row for row in rows if row["figure"].key == key], peer)
            cells.append("")
            if estimate:
                met = paired.at_most(estimate, MEANS_AT_MOST[key])
                ratios[peer] = {**estimate, "programs": programs, "met": met}
                cells[-1] = f"{report.spread(estimate, digits=3)} [{programs}], {met}"
        print_row([f"↓ {title}", f"at most {MEANS_AT_MOST[key]}", *cells])
        means.append({"figure": key, "ratios": ratios})
    print(flush=True)
    return means
