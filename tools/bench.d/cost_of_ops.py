# SPDX-License-Identifier: GPL-3.0-or-later
"""What counting allocator calls costs per malloc/free pair."""
import shlex

import paired
import report
from cost_of_syscalls import once
from real_programs import ALLOCATORS, library_of

TURNS = 20_000_000
ADDED_NS = 5


def variants_of(bench):
    """(allocator, how) -> words before the loop; env(1) sets LD_PRELOAD for the loop alone."""
    soak = [bench.soak, "run", "-q", "-f", "-o", "x.soak"]
    for allocator in ALLOCATORS:
        library = library_of(bench, allocator)
        if library is None:
            continue
        both = ":".join(filter(None, [bench.preload, library]))
        bare = ["env", "LD_PRELOAD=" + library] if library else []
        yield (allocator, "bare"), bare
        yield (allocator, "libsoakops"), ["env", "LD_PRELOAD=" + both]
        yield (allocator, "soak run"), soak + ["-a", allocator, "--"]
        yield (allocator, "--heap-sampling"), soak + ["-a", allocator, "--heap-sampling", "--"]


def measure(bench):
    turns = TURNS // (8 if bench.quick else 1)
    how = dict(variants_of(bench))
    variants = {key: lambda words=words: once(bench, words, "malloc", turns, "low")
                for key, words in how.items()}
    results = bench.rounds_of("ops", variants)
    rows = []
    for (allocator, what), values in results.items():
        base = results[allocator, "bare"]
        row = {"allocator": allocator, "how": what,
               "command": shlex.join(how[allocator, what] + [bench.loops, "malloc", str(turns)])}
        if isinstance(values, str) or isinstance(base, str):
            why = values if isinstance(values, str) else "no bare figure to compare with"
            row.update(report.failed_row(why, allocator, what))
        elif what == "bare":
            row["ns_per_pair"] = paired.interval(values)
            row["cells"] = [allocator, what, report.spread(row["ns_per_pair"])]
        else:
            row["ns_per_pair"] = paired.interval(values)
            row["added_ns"] = paired.difference(values, base)
            row["ratio"] = paired.ratio(values, base)
            row["met"] = paired.at_most(row["added_ns"], ADDED_NS)
            row["cells"] = [allocator, what, report.number(row["ns_per_pair"]["median"]),
                            report.spread(row["added_ns"], sign=True),
                            report.spread(row["ratio"], digits=3), f"+{ADDED_NS}", row["met"]]
        rows.append(row)
    yield {"title": "malloc + free, 16-1024 B, 64 blocks alive; cheapest of 64 batches",
           "rows": rows,
           "columns": ["allocator", "how", "ns per pair", "added ns", "ratio", "target", "met"],
           "commands": {f"{row['allocator']}, {row['how']}": row["command"] for row in rows
                        if row["allocator"] in ("glibc", "mimalloc")}}
