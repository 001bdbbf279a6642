# SPDX-License-Identifier: GPL-3.0-or-later
# What the shell tests share. Source it; then: ok/is/like ..., done_testing.
# Tests run from the top of the repository; files go into $tmp, which is removed at the end.

BUILD=${BUILD:-$PWD/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
soak=$BUILD/bin/soak
helpers=$BUILD/tests/helpers
tests=0
failures=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/soak-test-XXXXXX")
export SOAK_TEST="$tmp"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

# ok STATUS NAME: STATUS 0 is good.
ok() {
  tests=$((tests + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $tests - $2"
  else
    failures=$((failures + 1))
    echo "not ok $tests - $2"
  fi
}

# is GOT WANTED NAME
is() {
  [ "$1" = "$2" ]
  ok $? "$3"
  [ "$1" = "$2" ] || printf '#   got:    %s\n#   wanted: %s\n' "$1" "$2"
}

# like TEXT PATTERN NAME: an extended regular expression that some line matches.
like() {
  printf '%s\n' "$1" | grep -Eq -- "$2"
  set -- $? "$@"
  ok "$1" "$4"
  [ "$1" -eq 0 ] || printf '%s\n' "$2" "does not match: $3" | sed 's/^/#   /'
}

skip_all() {
  echo "1..0 # SKIP $1"
  exit 0
}

done_testing() {
  echo "1..$tests"
  [ "$failures" -eq 0 ]
  exit
}

# within SECONDS COMMAND...: tries until it succeeds; 1 if it does not in that time. A loaded machine is given six
# times as long, which costs nothing where the command succeeds.
within() {
  left=$(($1 * 20 * 6))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.05
  done
}

# sql FILE QUERY
sql() {
  sqlite3 -noheader "$1" "$2"
}

# Processes of soak that this test started (mine) or did not (others), one on a line.
soaks() {
  { pgrep -x soak; pgrep -x soak-guardian; } | while read -r pid; do
    # One that is being reaped has no environment any more.
    marks=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ") || continue
    [ -n "$marks" ] || continue
    case $marks in *"SOAK_TEST=$tmp"*) whose=mine ;; *) whose=others ;; esac
    [ $whose = "$1" ] && echo "process $pid $(cat "/proc/$pid/comm" 2>/dev/null)"
  done
}

# Processes of soak that are there now; and probes, if there is nobody else whose they may be.
observers() {
  soaks mine
  [ -n "$(soaks others)" ] || bpftool prog show 2>/dev/null | grep -E 'name (tree_fork|churn_exit)'
}

# What the test's runs left behind, those aside that somebody else had running when it began.
# Prints nothing when all is well.
leftovers() {
  observers | grep -vxF -e "$observers_before"
}

observers_before=$(observers)
