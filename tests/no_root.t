#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make unit, as `nobody`, in a checkout that cannot be written to: it passes, and leaves nothing out in silence.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all 'not root'
unshare -m mount -o bind,ro "$PWD" "$PWD" 2>/dev/null || skip_all 'no mount namespaces here'
setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$BUILD/bin/soak" -a -r tests/run ||
  skip_all 'nobody cannot read this checkout'

# as_nobody ARGUMENT...: of tests/run.
as_nobody() {
  unshare -m sh -c '
    mount -o bind,ro "$PWD" "$PWD" && cd "$PWD" &&
      exec setpriv --reuid=65534 --regid=65534 --clear-groups env -u SOAK_TEST HOME=/nonexistent tests/run "$@"' \
    tests/run "$@" >"$tmp/out" 2>&1
}

as_nobody --no-root
is $? 0 'it passes'
like "$(tail -n 1 "$tmp/out")" '^[0-9]{3,} passed, 0 failed$' 'and says so in its last line'
kept=$(grep -c '\.\. *ok \|\.\. *skipped' "$tmp/out")
left=$(sed -n 's/^# \([0-9]*\) tests that need root, .* were left out.*/\1/p' "$tmp/out")
is "$((kept + left))" "$(ls tests/*.c tests/*.cc tests/*.t | wc -l)" \
  "what ran ($kept), and what was left out, are all"
[ $failures -eq 0 ] || sed 's/^/# /' "$tmp/out"

as_nobody --no-root tests/plots.t tests/exact.t
is "$? $(grep -c '^# 1 tests that need root, .*exact' "$tmp/out")" '0 1' 'of those named, those left out are named'
as_nobody --no-root tests/exact.t
is "$? $(tail -n 1 "$tmp/out")" '1 0 passed, 0 failed' 'nothing left to run is not success'

is "$(leftovers)" '' 'nothing is left behind'
done_testing
