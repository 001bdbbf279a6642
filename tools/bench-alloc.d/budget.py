# SPDX-License-Identifier: GPL-3.0-or-later
"""
The budget: for each steady workload of soak's table the address-space calls of 3N ops less those of
N ops, for each op, and the peak RSS of the longer run. What start, warm-up and end cost cancels out.
"""
import works
from tables import print_row, print_rule

# Shape -> ops of an iteration, about. N is the ops of the table's iterations unless it is given.
SHAPES = {
    "mixed": 1, "replace": 2, "ws100000": 1, "sizes": 1, "uniform": 1, "uniform-2": 1,
    "prodcon": 2, "prodcon-uniform": 2, "funnel": 2, "larson": 2, "large": 1, "large-4m": 1,
    "large-16m": 1, "waves": 246_000, "waves-1s": 385_000, "requests": 106, "grow": 1,
}


def iterations_of(bench, name, ops):
    """Of the short run. A thread of larson works whole turns."""
    wanted = round(ops / SHAPES[name]) if ops else works.usual_iterations(bench, name)
    step = 2 * works.TURN if name == "larson" else 1
    return max(1, wanted // (10 if bench.quick else 1) // step) * step


def outside(name, iterations):
    """Calls of the C library for the threads that ended: it gives back the stack of each."""
    return iterations // works.TURN if name == "larson" else 0


def measure(bench, allocator, name, ops):
    """{"calls", "ops"} of the longer run less the shorter one, {"n"} ops of that, {"peak"} bytes"""
    first = iterations_of(bench, name, ops)
    prefix = works.SMALL_STACKS if name == "larson" else []
    results = []
    for iterations in (first, 3 * first):
        samples, peak = works.record(bench, allocator,
                                     prefix + works.workload(bench, name, iterations),
                                     brief=iterations == first)
        results.append((samples[-1][0] - outside(name, iterations), samples[-1][1], peak))
    (few, few_ops, _), (many, many_ops, peak) = results
    return {"calls": many - few, "n": few_ops, "ops": many_ops - few_ops, "peak": peak}


def per_op(figures):
    """Three digits that count, no exponent."""
    return f"{float(format(figures['calls'] / figures['ops'], '.3g')):.12f}".rstrip("0").rstrip(".")


def cell(figures):
    if isinstance(figures, str):
        return "failed"
    return f"{per_op(figures)} ({figures['calls']}); {figures['peak'] / 1e6:.1f}"


def print_budget(bench, chosen, found, ops):
    """Prints each row when it is there; returns the rows."""
    names = [allocator.name for allocator in found]
    print("## Budget\n\nmmap, munmap, madvise, brk, mremap, mprotect and process_madvise in 3N ops "
          "less those in N ops, divided by the ops between (in brackets: the calls); peak RSS in "
          "3N ops, MB.\n")
    print_row(["", "N", *names])
    print_rule(2 + len(names))
    table = works.listed(bench)
    rows = []
    for name in chosen:
        results = bench.rounds_of(name, {
            a.name: lambda a=a: measure(bench, a, name, ops) for a in found}, 1)
        values = {key: value if isinstance(value, str) else value[0]
                  for key, value in results.items()}
        rows.append({"shape": name, "values": values})
        n = next((v["n"] for v in values.values() if not isinstance(v, str)), None)
        print_row([f"{name}: {table[name][1]}", n or "",
                   *(cell(values[key]) for key in names)])
    print()
    for row in rows:
        for name, values in row["values"].items():
            if isinstance(values, str):
                print(f"* **failed**: {row['shape']}, {name}: {values}")
    if "larson" in chosen:
        print("* larson: one madvise for each thread that ended is taken off: the C library gives "
              "its stack back. New stacks that it maps when many threads end at a time are in")
    print(flush=True)
    return rows
