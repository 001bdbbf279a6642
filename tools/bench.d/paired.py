# SPDX-License-Identifier: GPL-3.0-or-later
"""Medians, and intervals for the median of paired values."""
import math
import statistics

CONFIDENCE = 0.95


def interval(values):
    """
    The sign test's interval for the median: from the k-th lowest to the k-th highest value, k as
    large as leaves at least 95 %. Exact for any distribution. Returns (median, low, high,
    coverage); fewer than 6 values cannot reach 95 % and give their whole range.
    """
    ordered, n = sorted(values), len(values)
    tail, k = 0.0, 0
    while k < (n - 1) // 2 and 2 * (tail + math.comb(n, k) / 2**n) <= 1 - CONFIDENCE:
        tail += math.comb(n, k) / 2**n
        k += 1
    k = max(k, 1)
    coverage = 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2**n
    return {"median": statistics.median(ordered), "low": ordered[k - 1], "high": ordered[n - k],
            "coverage": max(coverage, 0.0), "values": list(values)}


def difference(those, base):
    return interval([a - b for a, b in zip(those, base)])


def ratio(those, base):
    return interval([a / b for a, b in zip(those, base)])


def at_most(estimate, target):
    """Is the target met? "yes" and "no" only if all of the interval says so."""
    if estimate["high"] <= target:
        return "yes"
    return "no" if estimate["low"] > target else "unsure"


def within(estimate, low, high):
    if low <= estimate["low"] and estimate["high"] <= high:
        return "yes"
    return "no" if estimate["high"] < low or estimate["low"] > high else "unsure"
