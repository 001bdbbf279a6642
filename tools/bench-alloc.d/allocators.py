# SPDX-License-Identifier: GPL-3.0-or-later
"""The allocators there are: hakmem, its peers of the distribution, and whatever PEERS= holds."""
import glob
import os
import re
import subprocess

HAKMEM = "hakmem"
AGAIN = "again"  # hakmem's variant, or the first allocator's, that shows what is noise
DISTRIBUTION = {
    "glibc": "",
    "jemalloc": "libjemalloc.so.2",
    "tcmalloc": "libtcmalloc_minimal.so.4",
    "mimalloc": "libmimalloc.so.2",
}


class Allocator:
    """`preload` is for LD_PRELOAD, "" for glibc; `soak` is what `soak run -a` calls it."""

    def __init__(self, name, preload, soak, settings=()):
        self.name, self.preload, self.soak, self.settings = name, preload, soak, settings
        self.version = version_of(preload)

    def clean_environment(self):
        """Words before a command: it sees PATH, LD_PRELOAD and nothing else."""
        return ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LD_PRELOAD=" + self.preload,
                *self.settings]


def file_of(preload):
    """The file behind a name that the loader finds by itself."""
    if "/" in preload:
        return os.path.realpath(preload)
    listed = subprocess.run(["/sbin/ldconfig", "-p"], stdout=subprocess.PIPE, text=True).stdout
    found = re.search(rf"^\s*{re.escape(preload)} .*=> (\S+)$", listed, re.MULTILINE)
    return os.path.realpath(found.group(1)) if found else preload


def version_of(preload):
    """What stands behind .so in the real file's name, as numbers: (2, 0) of libmimalloc.so.2.0"""
    numbers = re.search(r"\.so\.([0-9.]+)$", file_of(preload)) if preload else None
    return tuple(int(n) for n in numbers.group(1).split(".") if n) if numbers else ()


def why_not(preload):
    """Why a library cannot be preloaded, or None. The loader only warns."""
    if "/" in preload and not os.path.exists(preload):
        return f"{preload} is not there"
    done = subprocess.run(["env", "-i", "LD_PRELOAD=" + preload, "/bin/true"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          errors="replace")
    if "cannot be preloaded" in done.stderr:
        return f"{preload} cannot be preloaded: is it installed?"
    return f"/bin/true under {preload} ends with {done.returncode}" if done.returncode else None


def candidates(library, folder, settings):
    yield Allocator(HAKMEM, library, library, settings)
    for name, preload in DISTRIBUTION.items():
        yield Allocator(name, preload, name)
    for path in sorted(glob.glob(os.path.join(folder, "*.so*"))) if folder else []:
        name = re.sub(r"\.so(?=$|\.[0-9])", "", os.path.basename(path))
        yield Allocator(name.removeprefix("lib"), os.path.abspath(path), os.path.abspath(path))


def find(library, folder, wanted, settings):
    """(allocators that can be used, texts about those that cannot); `wanted` None is all peers."""
    found, missing = [], []
    for allocator in candidates(library, folder, settings):
        if wanted is not None and allocator.name not in (HAKMEM, *wanted):
            continue
        why = why_not(allocator.preload)
        if why is None:
            found.append(allocator)
        else:
            missing.append(f"{allocator.name}: {why}")
    known = {text.split(":")[0] for text in missing} | {allocator.name for allocator in found}
    missing += [f"{name}: no such peer" for name in wanted or () if name not in known]
    return found, missing


def newest_mimalloc(found):
    mimallocs = [a for a in found if "mimalloc" in a.name and a.name != HAKMEM]
    return max(mimallocs, key=lambda a: a.version).name if mimallocs else None
