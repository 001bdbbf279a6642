# SPDX-License-Identifier: GPL-3.0-or-later
"""
The budget: for each steady workload of soak's table the address-space calls between N and 3N ops of
one run, for each op, and its peak RSS. Start, learning and end are outside of that.
"""
import works
from allocators import HAKMEM
from tables import print_row, print_rule

SMALL, LARGE = 50_000_000, 500_000
# Shape -> ops of an iteration, about, and N unless it is given: 2N are counted, and N ops, 6 s or
# 20 waves before them are enough to learn.
SHAPES = {
    "mixed": (1, SMALL), "replace": (2, SMALL), "ws100000": (1, SMALL), "sizes": (1, SMALL),
    "uniform": (1, SMALL), "uniform-2": (1, SMALL), "prodcon": (2, SMALL),
    "prodcon-uniform": (2, SMALL), "funnel": (2, SMALL), "larson": (2, SMALL),
    "large": (1, LARGE), "large-4m": (1, LARGE), "large-16m": (1, LARGE),
    "waves": (246_000, 60 * 246_000), "waves-1s": (385_000, 20 * 385_000),
    "requests": (106, LARGE), "grow": (1, LARGE),
}
QUIET = 1e-8  # calls per op: what soak's budget allows
RSS_AT_MOST = 1.15


def chosen_n(bench, name, ops):
    each, usual = SHAPES[name]
    return max(ops or max(LARGE, usual // (10 if bench.quick else 1)), 20 * each)


def measure_at(bench, allocator, name, n):
    each, _ = SHAPES[name]
    samples, peak = works.record(bench, allocator,
                                 works.workload(bench, name, round(3.2 * n / each)))
    calls, counted = works.calls_between(samples, n, 3 * n)
    return {"calls": calls, "n": n, "ops": counted, "peak": peak}


def measure(bench, allocator, name, n):
    """
    {"calls", "ops"} between N and 3N ops, {"n"} that N, {"peak"} bytes. N is larger than asked for
    if the allocator is too fast for samples every 10 ms: some do 1e5 ops in 40 ms, some in 10 s.
    """
    for longer in range(3):
        try:
            return measure_at(bench, allocator, name, n * 10 ** longer)
        except works.TooShort as error:
            short = error
    raise short


def per_op(figures):
    """Three digits that count, no exponent."""
    return f"{float(format(figures['calls'] / figures['ops'], '.3g')):.12f}".rstrip("0").rstrip(".")


def cell(figures):
    if isinstance(figures, str):
        return "failed"
    return f"{per_op(figures)} ({figures['calls']}); {figures['peak'] / 1e6:.1f}"


def is_quiet(figures):
    return figures["calls"] / figures["ops"] <= QUIET


def beside_leanest(values):
    """(hakmem's peak RSS divided by that of the leanest peer that makes no call, that peer)"""
    ours = values.get(HAKMEM)
    quiet = {name: figures["peak"] for name, figures in values.items()
             if name != HAKMEM and not isinstance(figures, str) and is_quiet(figures)}
    if not quiet or not ours or isinstance(ours, str):
        return None
    leanest = min(quiet, key=quiet.get)
    return ours["peak"] / quiet[leanest], leanest


def print_sum(rows):
    ours = [row["values"].get(HAKMEM) for row in rows]
    quiet = [not isinstance(figures, str) and is_quiet(figures) for figures in ours if figures]
    ratios = [row["rss"][0] for row in rows if row["rss"]]
    lean = sum(ratio <= RSS_AT_MOST for ratio in ratios)
    print(f"* {HAKMEM}: at most {QUIET:g} calls per op in {sum(quiet)} of {len(quiet)} shapes; peak "
          f"RSS at most {RSS_AT_MOST} × the leanest such peer's in {lean} of the {len(ratios)} "
          "that have one")


def print_budget(bench, chosen, found, ops):
    """Prints each row when it is there; returns the rows."""
    names = [allocator.name for allocator in found]
    print("## Budget\n\nmmap, munmap, madvise, brk, mremap, mprotect and process_madvise between N "
          "and 3N ops, for each op (in brackets: the calls); peak RSS, MB. N is larger for an "
          "allocator that is too fast for samples every 10 ms. "
          f"*RSS*: {HAKMEM}'s divided by that of the leanest peer that makes at most "
          f"{QUIET:g} calls per op.\n")
    print_row(["", "N", *names, "RSS"])
    print_rule(3 + len(names))
    table = works.listed(bench)
    rows = []
    for name in chosen:
        n = chosen_n(bench, name, ops)
        results = bench.rounds_of(name, {
            a.name: lambda a=a: measure(bench, a, name, n) for a in found}, 1)
        values = {key: value if isinstance(value, str) else value[0]
                  for key, value in results.items()}
        rss = beside_leanest(values)
        rows.append({"shape": name, "values": values, "rss": rss})
        print_row([f"{name}: {table[name][1]}", n,
                   *(cell(values[key]) for key in names),
                   f"{rss[0]:.2f} ({rss[1]})" if rss else ""])
    print()
    print_sum(rows)
    for row in rows:
        for name, values in row["values"].items():
            if isinstance(values, str):
                print(f"* **failed**: {row['shape']}, {name}: {values}")
    print(flush=True)
    return rows
