# SPDX-License-Identifier: GPL-3.0-or-later
"""
Sections as Markdown. A section is {"title", "columns", "rows", "notes"}; a row is a dict whose
"cells" stand in the table, whose "met" (yes, no, unsure) decides the exit status, and whose other
keys go into the JSON file only.
"""
import time


def failed_row(why, *names):
    """A row for what could not be measured: its names, and why."""
    return {"failed": why, "cells": [*names, f"failed: {why[:70]}"]}


def number(value):
    """Three or four digits that count, and no exponent."""
    size = abs(value)
    if size >= 10000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.{0 if size >= 1000 else 1 if size >= 100 else 2}f}"


def spread(estimate, sign=False, digits=None):
    def form(value):
        text = number(value) if digits is None else f"{value:.{digits}f}"
        return "+" + text if sign and value > 0 else text

    return f"{form(estimate['median'])} ({form(estimate['low'])} … {form(estimate['high'])})"


def print_head(bench, machine):
    loads = " ".join(f"{value:.2f}" for value in machine["load"])
    print(f"# What soak {machine['soak']} costs\n")
    print(f"* {machine['cores']} × {machine['cpu']} ({machine['virtual']}), "
          f"{machine['memory_mib']} MiB, Linux {machine['kernel']}, {machine['libc']}, "
          f"huge pages {machine['thp']}; {machine['date']}")
    print(f"* load at the start: {loads}; {machine['strace']}; {machine['perf']}; "
          f"{machine['bpftrace']}")
    print(f"* {bench.rounds} interleaved rounds; median (interval of the median by the sign test, "
          f"{coverage(bench.rounds)})")
    if machine["load"][0] > machine["cores"] / 4:
        print(f"* **NOISY: others used this machine (load {machine['load'][0]:.2f}). "
              "Not for quoting.**")
    if machine["foreign_probes"]:
        print("* **NOISY: somebody else has probes on system calls. Not for quoting.**")
    if bench.quick:
        print("* **QUICK: short loops, few rounds. Not for quoting.**")
    print(flush=True)


def coverage(rounds):
    if rounds < 6:
        return f"here the whole range: {rounds} rounds cannot give 95 %"
    return "at least 95 %"


def print_section(section):
    print(f"## {section['part']}: {section['title']}\n")
    print("| " + " | ".join(section["columns"]) + " |")
    print("|" + "|".join("---" if i == 0 else "---:" for i in range(len(section["columns"]))) + "|")
    for row in section["rows"]:
        cells = [str(cell).replace("|", "/") for cell in row["cells"]]
        print("| " + " | ".join(cells + [""] * (len(section["columns"]) - len(cells))) + " |")
    print()
    for note in section.get("notes", []):
        print(f"* {note}")
    for name, command in section.get("commands", {}).items():
        print(f"* {name}: `{command}`")
    print(flush=True)


def print_foot(before, after, sections):
    rows = [row for section in sections for row in section["rows"]]
    met = {word: sum(row.get("met") == word for row in rows) for word in ("yes", "no", "unsure")}
    failed = sum("failed" in row for row in rows)
    print(f"Targets: {met['yes']} met, {met['no']} missed, {met['unsure']} within the noise. "
          f"Measurements that failed: {failed}.")
    ticks = after["all_ticks"] - before["all_ticks"]
    steal = 100 * (after["steal_ticks"] - before["steal_ticks"]) / ticks if ticks else 0
    took = time.strftime("%H:%M:%S", time.gmtime(after["time"] - before["time"]))
    loads = " ".join(f"{value:.2f}" for value in after["load"])
    print(f"Took {took}; load at the end {loads} (this benchmark's own included); "
          f"stolen by the hypervisor {steal:.2f} %.")
