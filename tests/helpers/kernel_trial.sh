#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# kernel_trial.sh [ROUNDS]: what soak can do on the kernel that runs here. Run by tools/kernels in a
# guest, from the top of the repository. Prints five words: the kernel, and of loads, counts,
# callers and RSS "yes", "no", or how many of how many were right; what was wrong goes to stderr.
# Exit status 0: all was right; 4: the probes do not load, and doctor says why. ROUNDS is a multiple of 5.
# The tests leave out what takes minutes on an emulated CPU (SOAK_TEST_SLOW).
set -u

rounds=${1:-20}
export SOAK_TEST_SLOW=1
soak=$BUILD/bin/soak
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# Tests count faults of single pages. A kernel for real time has no huge ones.
huge=/sys/kernel/mm/transparent_hugepage/enabled
[ ! -e $huge ] || echo madvise >$huge

# More threads than CPUs, in two processes with a vfork each: prime counts, and the second source.
# Five rounds to a run, for loading the probes takes longer than they do.
count() {
  wanted=$((2 * 8 * 4999 + 2 * 7))
  right=0
  for round in $(seq 5 5 "$rounds"); do
    "$soak" run -q -f --ops none -o "$tmp/counts.soak" -- \
      sh -c 'for i in 1 2 3 4 5; do "$0" 2 8 0 4999; done' "$BUILD/tests/helpers/churner" >"$tmp/out" 2>&1 </dev/null
    got=$(sqlite3 "$tmp/counts.soak" "SELECT (SELECT sum(calls) FROM churn WHERE syscall='madvise' AND kind='cold'),
      (SELECT count(*) FROM crosscheck WHERE bpf IS NOT perf)")
    [ "$got" = "$((5 * wanted))|0" ] && right=$((right + 5)) || {
      "$soak" check "$tmp/counts.soak" >"$tmp/out" 2>&1
      echo "counts, up to round $round: $got, wanted $((5 * wanted))|0; soak check: exit status $?" >&2
    }
  done
  "$soak" doctor --selftest >"$tmp/out" 2>&1 && right=$((right + 1)) || cat "$tmp/out" >&2
  echo "$right/$((rounds + 1))"
}

# How many assertions of a test hold.
assertions() {
  "$1" >"$tmp/out" 2>&1
  grep '^not ok' -A 3 "$tmp/out" >&2
  plan=$(sed -n 's/^1\.\.//p' "$tmp/out")
  echo "$(grep -c '^ok' "$tmp/out")/${plan:-?}"
}

"$soak" doctor >"$tmp/doctor" 2>&1
if ! grep -q '^ok *probe: churn calls' "$tmp/doctor"; then
  grep -A 1 '^MISSING *kernel probes' "$tmp/doctor" >&2
  echo "$(uname -r) no - - -"
  exit 4
fi
row="yes $(count) $(assertions tests/callers.t) $(assertions tests/rss.t)"
echo "$(uname -r) $row"
for part in $row; do
  case $part in
  */*) [ "${part%/*}" = "${part#*/}" ] || exit 1 ;;
  esac
done
