#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tools/bench-alloc --only latency: a malloc that is slow now and then, and a free that is once, are seen for what they
# are. Only bounds from below are asserted: on a busy machine any call may take longer.
. tests/tap.sh

# peer NAME SOURCE: a library to preload.
peer() {
  printf '%s\n' '#include <time.h>' '#include <unistd.h>' 'extern void *__libc_malloc(size_t);' \
    'extern void __libc_free(void *);' "$2" >"$tmp/$1.c"
  ${CC:-gcc} -shared -fPIC -o "$tmp/peers/lib$1.so" "$tmp/$1.c"
}
mkdir "$tmp/peers"
peer often 'static _Thread_local unsigned n;
void *malloc(size_t size) { if (++n % 2000 == 0) usleep(20000); return __libc_malloc(size); }'
peer once 'static _Thread_local int slept;
void free(void *p)
{
	struct timespec now;
	static time_t begin;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!begin)
		begin = now.tv_sec;
	if (!slept && now.tv_sec >= begin + 3)
		usleep(3000000), slept = 1;
	__libc_free(p);
}'

PEERS=$tmp/peers timeout 250 tools/bench-alloc --only latency --quick --rounds 1 --peers often,once \
  --json "$tmp/json" -o "$tmp/file" >"$tmp/out" 2>"$tmp/err"
is "$? $(cat "$tmp/err")" '0 ' 'it runs'
cmp -s "$tmp/out" "$tmp/file"
ok $? 'what it prints is in the file, too'
is "$(grep -c "$PWD\|$tmp" "$tmp/file")" 0 'without the places of this machine'

# value FIGURE PEER: in ns
value() {
  python3 -c "
import json
rows = {row['figure']['key']: row['values'] for row in json.load(open('$tmp/json'))['rows']}
print(int(rows['$1']['$2'][0]))"
}
is "$(($(value malloc-p99.99 often) >= 20000000))" 1 'one malloc in 2000 takes 20 ms: so does one in 10 000'
is "$(($(value malloc-p99.99 often) <= $(value malloc-longest often)))" 1 'the longest took as long, or longer'
is "$(($(value free-longest once) >= 3000000000))" 1 'the longest free took the 3 s that it slept'
is "$(($(value free-p99.99 once) < 1000000000))" 1 'of which the other frees know nothing'
for call in malloc free; do
  is "$(($(value $call-p99.99 hakmem) > 0 && $(value $call-longest hakmem) >= $(value $call-p99.99 hakmem)))" 1 \
    "hakmem's $call is timed"
done
is "$(leftovers)" '' 'nothing is left'
done_testing
