# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as two Markdown tables: everybody's medians, then hakmem's ratio to each peer."""
import statistics

import paired
import report
from allocators import AGAIN, HAKMEM


def usable(values):
    return isinstance(values, list) and None not in values


def cell(row, name):
    values = row["values"].get(name)
    if not usable(values):
        return "failed" if isinstance(values, str) else ""
    if row["figure"].unit == "calls":
        return f"{values[0]:.0f}"
    return report.number(statistics.median(values))


def print_row(cells):
    print("| " + " | ".join(str(text).replace("|", "/") for text in cells) + " |", flush=True)


def print_rule(columns):
    print("|---|" + "---:|" * (columns - 1), flush=True)


def title_of(figure):
    unit = f", {figure.unit}" if figure.unit else ""
    return f"{'↑' if figure.more_is_better else '↓'} {figure.title}{unit}"


def print_medians_head(names):
    print("## Medians\n\n↑ more is better, ↓ less is.\n")
    print_row(["", *names])
    print_rule(1 + len(names))


def print_medians_row(row, names):
    print_row([title_of(row["figure"]), *(cell(row, name) for name in names)])


def ratio_of(row, ours, theirs):
    """Of values that were measured in the same round; None if there are none."""
    ours, theirs = row["values"].get(ours), row["values"].get(theirs)
    if row["figure"].unit == "calls" or not usable(ours) or not usable(theirs):
        return None
    return paired.ratio(ours, theirs)


def verdict(estimate, limit, more_is_better):
    """"yes" and "no" only if all of the interval says so. Both are factors of what is wanted."""
    if more_is_better:
        if estimate["low"] >= limit:
            return "yes"
        return "no" if estimate["high"] < limit else "unsure"
    return paired.at_most(estimate, limit)


def peer_of(row, whose, peers, newest):
    """The name of the peer that a target is about, or None."""
    if whose == "newest mimalloc":
        return newest
    if whose != "best":
        return whose if whose in peers else None
    there = [name for name in peers if usable(row["values"].get(name))]
    best = max if row["figure"].more_is_better else min
    return best(there, key=lambda name: statistics.median(row["values"][name]), default=None)


def judge(row, peers, newest):
    """(the target in words, whether it is met)"""
    figure, ours = row["figure"], row["values"].get(HAKMEM)
    if not figure.target:
        return "", ""
    whose, limit = figure.target
    if whose == "at most":
        text = f"at most {limit}"
        return (text, verdict(paired.interval(ours), limit, False)) if usable(ours) else (text, "")
    text = f"at {'least' if figure.more_is_better else 'most'} {limit} × {whose}"
    peer = peer_of(row, whose, peers, newest)
    estimate = ratio_of(row, HAKMEM, peer) if peer else None
    if estimate is None:
        return text, "cannot say"
    text += "" if peer == whose else f" ({peer})"
    return text, verdict(estimate, limit, figure.more_is_better)


def print_ratios(rows, peers, newest):
    compared = [AGAIN, *peers]
    print(f"\n## {HAKMEM} divided by each peer\n\nMedian of the ratios within rounds, and its "
          f"interval by the sign test. `{AGAIN}` is {HAKMEM} against itself: noise.\n")
    print_row(["", "target", "met", *compared])
    print_rule(3 + len(compared))
    for row in rows:
        row["target"], row["met"] = judge(row, peers, newest)
        ratios = {name: ratio_of(row, HAKMEM, name) for name in compared}
        row["ratios"] = {name: ratio for name, ratio in ratios.items() if ratio}
        digits = 2 if row["figure"].unit != "M ops/s" else 3
        print_row([title_of(row["figure"]), row["target"], row["met"],
                   *(report.spread(ratios[name], digits=digits) if ratios[name] else ""
                     for name in compared)])
    print(flush=True)


def print_notes(rows, works):
    for work in works:
        for note in work.notes:
            print(f"* {note}")
    for row in rows:
        for name, values in row["values"].items():
            if isinstance(values, str):
                print(f"* **failed**: {row['figure'].title}, {name}: {values}")
    print(flush=True)
