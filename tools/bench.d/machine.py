# SPDX-License-Identifier: GPL-3.0-or-later
"""What it was measured on, and what else went on there meanwhile."""
import os
import platform
import subprocess
import time


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return (done.stdout.strip().splitlines() or [""])[0]
    except OSError:
        return "not installed"


def cpu_model():
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def load():
    with open("/proc/stat") as lines:
        ticks = [int(word) for word in lines.readline().split()[1:]]
    return {"load": list(os.getloadavg()), "steal_ticks": ticks[7], "all_ticks": sum(ticks[:8]),
            "time": time.time()}


def word_in_brackets(path):
    try:
        with open(path) as lines:
            text = lines.read()
        return text[text.index("[") + 1:text.index("]")]
    except (OSError, ValueError):
        return "unknown"


def foreign_probes():
    """Others' programs on system calls: they slow down all calls here, bare ones too."""
    try:
        listed = subprocess.run(["bpftool", "prog", "show"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True).stdout
    except OSError:
        return False
    return "name enter_m" in listed or "tracepoint  name tracepoint__sys" in listed


def describe(bench):
    with open("/proc/meminfo") as lines:
        kib = int(lines.readline().split()[1])
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "memory_mib": kib // 1024,
        "thp": word_in_brackets("/sys/kernel/mm/transparent_hugepage/enabled"),
        "virtual": first_line(["systemd-detect-virt"]),
        "libc": " ".join(platform.libc_ver()),
        "soak": first_line(["git", "-C", os.path.dirname(__file__), "describe", "--always",
                            "--dirty"]),
        "strace": first_line(["strace", "--version"]),
        "perf": first_line(["perf", "--version"]),
        "bpftrace": first_line(["bpftrace", "--version"]),
        "build": bench.build,
        "foreign_probes": foreign_probes(),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **load(),
    }
