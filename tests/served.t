#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Which allocator a target really runs with: a library that is mapped is not one that serves.
. tests/tap.sh

mimalloc=$(find /usr/lib /usr/local/lib -name 'libmimalloc.so.*' 2>/dev/null | head -n 1)
[ -n "$mimalloc" ] || skip_all 'needs libmimalloc'
source=tests/helpers/planted/asker.c
cat >"$tmp/init.c" <<'END'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
/* init fork|exec PROGRAM...: as tini, or as env, behind a wait of half a second */
int main(int argc, char **argv)
{
	int status;

	(void)argc;
	usleep(500000);
	if (argv[1][0] == 'e' || fork() == 0) {
		execv(argv[2], argv + 2);
		return 127;
	}
	wait(&status);
	return WEXITSTATUS(status);
}
END
cc -O1 -o "$tmp/asker" $source && cc -O1 -static -o "$tmp/fixed" $source &&
  cc -O1 -fno-builtin -DOWN_MALLOC -o "$tmp/own" $source && cc -O1 -static -o "$tmp/init" "$tmp/init.c" &&
  cc -O1 -fno-builtin -DOWN_MALLOC -fvisibility=hidden -o "$tmp/hidden" $source || exit 1

# under_mimalloc COMMAND...: "exit status, allocator verified"
under_mimalloc() {
  "$soak" run --quiet --force -a mimalloc --output "$tmp/run.soak" -- "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
  echo "$? $(sql "$tmp/run.soak" "SELECT value FROM facts WHERE key = 'allocator_verified'")"
}

is "$(under_mimalloc "$tmp/asker" 1 0)" '3 yes' 'a program that the library serves'
is "$(under_mimalloc "$tmp/own" 1 0)" '4 no' 'a program with its own malloc does not run under mimalloc'
like "$(cat "$tmp/err")" 'mimalloc.* own has its own malloc linked in' 'and the message says so by name'
is "$(under_mimalloc "$tmp/hidden" 1 0)" '4 no' 'nor does one that hides it'
start=$(date +%s)
is "$(under_mimalloc "$tmp/own" 60 0)" '4 no' 'and a long run of it'
ok $(($(date +%s) - start >= 40)) 'is not waited for'
is "$(under_mimalloc "$tmp/fixed" 1 0)" '4 no' 'a static program does not'
like "$(cat "$tmp/err")" 'mimalloc.* fixed is statically linked' 'and the message says so by name'

is "$(under_mimalloc "$tmp/init" fork "$tmp/asker" 1 0)" '3 yes' 'a program that a static init starts'
is "$(under_mimalloc "$tmp/init" exec "$tmp/asker" 1 0)" '3 yes' 'or executes in its own place'
is "$(under_mimalloc "$tmp/init" fork "$tmp/own" 1 0)" '4 no' 'not if it has its own malloc'
is "$(under_mimalloc env -i "$tmp/asker" 1 0)" '4 no' 'a program that env -i keeps the library from'
like "$(cat "$tmp/err")" 'asker ignored it' 'and the message says so by name'
# shellcheck disable=SC2016 # the inner shell's variable
is "$(under_mimalloc sh -c 'LD_PRELOAD=$1:$LD_PRELOAD exec "$2" 1 0' sh "$BUILD/lib/libhakmem.so" "$tmp/asker")" \
  '4 no' 'a library that another one precedes'
like "$(cat "$tmp/err")" 'libhakmem.so is preloaded into asker before it' 'and the message says which'

is "$(leftovers)" '' 'nothing is left behind'
done_testing
