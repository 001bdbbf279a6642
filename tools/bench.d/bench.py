# SPDX-License-Identifier: GPL-3.0-or-later
"""One benchmark: its folder, the processes it started, its rounds. All of it goes at the end."""
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    """A command that did not do what it is timed for; the text says which and how."""


def await_end(process, timeout_s):
    """As process.wait(timeout_s), which looks only every 50 ms: too coarse for a stopwatch."""
    ended = select.poll()
    fd = os.pidfd_open(process.pid)
    ended.register(fd, select.POLLIN)
    try:
        if not ended.poll(1000 * timeout_s):
            raise Failed(f"{process.args[0]}: not done after {timeout_s} s")
    finally:
        os.close(fd)
    return process.wait()


def ending(code):
    """An exit status in words, with the signal that a shell's, or timed's, means."""
    try:
        return f"exit status {code} ({signal.Signals(code - 128).name})"
    except ValueError:
        return f"exit status {code}"


class Bench:
    def __init__(self, build, rounds, quick):
        self.build, self.rounds, self.quick = build, rounds, quick
        self.soak = os.path.join(build, "bin", "soak")
        self.preload = os.path.join(build, "lib", "libsoakops.so")
        self.running = []

    def __enter__(self):
        if not os.access(self.soak, os.X_OK):
            sys.exit(f"bench: {self.soak} is not there: make")
        self.folder = tempfile.mkdtemp(prefix="soak-bench-")
        try:
            self.loops, self.timed = self.helper("loops"), self.helper("timed")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in list(self.running):
            self.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        return False

    def helper(self, name):
        """A program in tests/helpers/, built if need be."""
        path = os.path.join(self.build, "tests", "helpers", name)
        top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        made = subprocess.run(["make", "-s", "-C", top, "BUILD=" + self.build, path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if made.returncode:
            sys.exit(f"bench: cannot build {path}:\n{made.stderr}")
        return path

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, command, env=None, **options):
        """In a session of its own, so that all of it can be ended; output goes nowhere."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(command, cwd=self.folder,
                                   start_new_session=True, env={**os.environ, **(env or {})},
                                   **options)
        self.running.append(process)
        return process

    def end(self, process):
        """Asks, then forces. soak passes on a request to its target and takes it down."""
        for number, patience_s in ((signal.SIGTERM, 8), (signal.SIGKILL, 3)):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                pass
            try:
                process.wait(patience_s)
                break
            except subprocess.TimeoutExpired:
                continue
        if process in self.running:
            self.running.remove(process)

    def run(self, command, env=None, good=(0,), timeout_s=300, stdin=None, name=None):
        """
        Runs a command to its end and returns the seconds that took. `stdin` is a file's path;
        `name` is what to call the command if it fails.
        """
        log = self.path("log")
        begin = time.monotonic()
        with open(log, "w") as out, open(stdin or os.devnull) as lines:
            process = self.start(command, env, stdin=lines, stdout=out, stderr=subprocess.STDOUT)
        try:
            code = await_end(process, timeout_s)
            took_s = time.monotonic() - begin
        finally:
            self.end(process)
        if code not in good:
            with open(log, errors="replace") as lines:
                last = (lines.read().strip().splitlines() or ["no output"])[-1]
            raise Failed(f"{name or os.path.basename(command[0])}: {ending(code)}: {last}")
        return took_s

    def rounds_of(self, what, variants, rounds=None, there_and_back=False):
        """
        Calls each of `variants` (name -> function that returns one measurement) once a round, in
        an order drawn for the round, or forwards and backwards in turn. Returns name -> list, one
        entry a round; a variant that fails gives the text of why instead of the list, and is not
        tried again.
        """
        order, drawn = list(variants), random.Random(1)
        results = {name: [] for name in order}
        rounds = rounds or self.rounds
        for r in range(rounds):
            if not there_and_back:
                drawn.shuffle(order)
            elif r > 0:
                order.reverse()
            for name in order:
                if isinstance(results[name], str):
                    continue
                if sys.stderr.isatty():
                    print(f"\r\033[K{what}: round {r + 1} of {rounds}, {name}", end="",
                          file=sys.stderr, flush=True)
                try:
                    results[name].append(variants[name]())
                except (Failed, OSError) as failure:
                    results[name] = str(failure)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        return results
