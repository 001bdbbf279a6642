# SPDX-License-Identifier: GPL-3.0-or-later
"""How long long recordings take to judge and to draw. They are made up from a short real one."""
import os
import random
import shutil
import sqlite3

import paired
import report
from cost_of_soak import FILE_BYTES

CHECK_S, PLOT_S = 1, 3
LENGTHS = {"1 h at 10 samples/s": (3600, 0.1), "10 h at 1 sample/s": (36000, 1.0)}
# Levels that vary about the recorded one; all other gauges stay as they were.
NOISY = ("rss_anon_bytes", "statm_rss_bytes", "late_ns")
# Counters that begin at zero and grow at the recorded mean rate.
COUNTERS = ("ops_alloc", "ops_free", "ops_realloc", "mmap", "munmap", "madvise", "mremap", "brk",
            "mprotect", "churn_ns", "minflt", "majflt", "fault_user", "fault_kernel", "cpu_ns",
            "steal_ns", "host_busy_ns", "psi_cpu_us", "psi_memory_us", "self_cpu_ns")


def record(bench, path):
    bench.run([bench.soak, "run", "-q", "-f", "-d", "6s", "-W", "mixed", "-o", path],
              good=(0, 1, 3))


def shape_of(run):
    """Columns, one template row each for a tick and for a slow tick, mean rates of the counters."""
    cursor = run.execute("SELECT * FROM samples ORDER BY t_ns")
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row)) for row in cursor]
    slow = [row for row in rows if row["self_cpu_ns"] is not None]
    fast = [row for row in rows if row["self_cpu_ns"] is None and row["rss_anon_bytes"]]
    if len(slow) < 3 or not fast:
        raise SystemExit("bench: the recording to extend has too few samples")
    first, last = slow[1], slow[-2]
    seconds = (last["t_ns"] - first["t_ns"]) / 1e9
    rates = {name: (last[name] - first[name]) / seconds for name in COUNTERS
             if first[name] is not None and last[name] is not None}
    return columns, fast[len(fast) // 2], slow[-2], rates


def samples_of(shape, seconds, interval_s, drawn):
    columns, tick, slow_tick, rates = shape
    totals = {name: 0.0 for name in rates}
    each_slow = max(1, round(1 / interval_s))
    for i in range(int(seconds / interval_s)):
        row = dict(slow_tick if i % each_slow == 0 else tick)
        row["t_ns"] = int(i * interval_s * 1e9) + drawn.randrange(50000)
        for name, rate in rates.items():
            totals[name] += rate * interval_s * drawn.uniform(0.97, 1.03)
            if row[name] is not None:
                row[name] = int(totals[name])
        for name in NOISY:
            if row[name] is not None:
                row[name] = max(0, row[name] + 4096 * drawn.randrange(-64, 65))
        yield [row[name] for name in columns]


def extend(source, path, seconds, interval_s):
    """A copy of the recording that is as long as wanted. Returns bytes per sample."""
    shutil.copy(source, path)
    run = sqlite3.connect(path)
    shape = shape_of(run)
    columns = shape[0]
    run.execute("DELETE FROM samples")
    run.executemany(f"INSERT INTO samples VALUES ({','.join('?' * len(columns))})",
                    samples_of(shape, seconds, interval_s, random.Random(7)))
    churn = run.execute("SELECT process, syscall, kind, calls, bytes, time_ns FROM churn "
                        "WHERE t_ns = (SELECT max(t_ns) FROM churn)").fetchall()
    run.execute("DELETE FROM churn")
    run.executemany("INSERT INTO churn VALUES (?,?,?,?,?,?,?)",
                    ((s * 1000000000, *row) for s in range(1, seconds) for row in churn))
    for key, value in {"interval_ms": f"{interval_s * 1000:g}", "requested_s": str(seconds),
                       "duration_s": f"{seconds:.3f}", "end_ns": str(seconds * 10**9)}.items():
        run.execute("UPDATE facts SET value = ? WHERE key = ?", (value, key))
    run.execute("UPDATE processes SET end_ns = ? WHERE end_ns NOT NULL", (seconds * 10**9,))
    run.commit()
    run.execute("VACUUM")
    count = run.execute("SELECT count(*) FROM samples").fetchone()[0]
    run.close()
    return os.path.getsize(path) / count


def variants_of(bench, name, path):
    def check():
        return bench.run([bench.soak, "check", path, "--json"], good=(0, 1, 3))

    def plot():
        picture = path + ".svg"
        took_s = bench.run([bench.soak, "plot", path, "-o", picture])
        if os.path.getsize(picture) < 10000:
            raise OSError(f"{picture} is empty")
        os.unlink(picture)
        return took_s

    yield (name, "soak check"), check
    yield (name, "soak plot -o x.svg"), plot


def measure(bench):
    source = bench.path("short.soak")
    record(bench, source)
    variants, rows = {}, []
    for n, (name, (seconds, interval_s)) in enumerate(LENGTHS.items()):
        path = bench.path(f"long{n}.soak")
        size = extend(source, path, seconds, interval_s)
        met = "yes" if size <= FILE_BYTES else "no"
        # Meant for ten samples a second: at one, what is written once a second weighs more.
        target, met = (FILE_BYTES, met) if interval_s < 1 else (None, "")
        rows.append({"file": name, "what": "bytes/sample", "value": size, "met": met,
                     "cells": [name, "file size per sample", f"{size:.0f} bytes",
                               f"≤ {target}" if target else "", met]})
        variants.update(variants_of(bench, name, path))
    for (name, what), values in bench.rounds_of("judge", variants).items():
        target = CHECK_S if "check" in what else PLOT_S
        if isinstance(values, str):
            rows.append(report.failed_row(values, name, what))
            continue
        estimate = paired.interval(values)
        met = paired.at_most(estimate, target)
        rows.append({"file": name, "what": what, "seconds": estimate, "met": met,
                     "cells": [name, what, report.spread(estimate) + " s", f"≤ {target} s", met]})
    yield {"title": "36 000 samples, made up from a recording of 6 s", "rows": rows,
           "columns": ["recording", "what", "median", "target", "met"]}
