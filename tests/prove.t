#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 600
#
# soak prove: faults are planted in real programs, under each allocator; gates that see them, and gates that do not.
. tests/tap.sh

command -v python3 >/dev/null || skip_all 'no python3'
cd "$tmp" || exit 1
sleeper='import time; time.sleep(100)'

# prove NAME FAULTS OPTIONS...: plants these alone, in the background. NAME.out: the table, NAME.code: the exit status.
prove() {
  name=$1 wanted=$2
  shift 2
  for fault in leak churn slow; do
    case " $wanted " in *" $fault "*) ;; *) set -- --$fault off "$@" ;; esac
  done
  {
    "$soak" prove -q -d 8s --warmup 1s "$@" >"$name.out" 2>"$name.err" </dev/null
    echo $? >"$name.code"
  } &
}
# proved NAME: exit status, verdict, and of each row whether it was as wanted.
proved() {
  echo "$(cat "$1.code") $(sed -n '1s/ .*//p' "$1.out")" \
    "$(for row in plain leak churn slow; do sed -n "s/^  $row .* \([a-zA-Z-]*\)\$/\1/p" "$1.out"; done | xargs)"
}
fact() {
  sql "$1" "SELECT value FROM facts WHERE key='$2'"
}

# A service that sleeps: its growth and its calls a second. One that leaks by itself, and one that fails.
prove seen 'leak churn slow' --ops none -- python3 -c "$sleeper"
prove leak_allowed leak --ops none --leak 900MiB/h --set rss_drift=1e9 --set memory_drift=1e9 -- python3 -c "$sleeper"
prove churn_allowed churn --ops none --churn 50/s --set syscall_rate=1e6 -- python3 -c "$sleeper"
prove unjudged leak --ops none --set rss_drift=off --set memory_drift=off -- python3 -c "$sleeper"
prove leaks leak --ops none --leak 1GiB/h -- python3 -c '
import time
kept = []
while True:
    kept.append(bytearray(200000)); time.sleep(0.02)'
prove fails leak --ops none --leak 1GiB/h -- python3 -c 'import sys; sys.exit(3)'
wait
is "$(proved seen)" '0 PASS yes yes yes -' 'a leak and churn are seen'
like "$(cat seen.out)" '^ +left out: throughput_drop is not judged here' 'without ops nothing is slowed down'
like "$(cat seen.out)" 'smallest leak that such a run finds, 9 times in 10: [0-9.e+]+ %/h, [0-9.]+ [KMG]iB/h' \
  'the smallest leak is told'
is "$(proved leak_allowed)" '1 FAIL yes NO - -' 'a gate that allows the leak does not see it'
like "$(cat leak_allowed.out)" '^ +memory moved by .* where 1e\+09 is allowed' 'and the rule says why'
is "$(proved churn_allowed)" '1 FAIL yes - NO -' 'nor the churn, where that is allowed'
is "$(proved unjudged)" '3 INCONCLUSIVE yes - - -' 'a gate that judges no growth proves nothing'
like "$(cat unjudged.out)" 'left out: rss_drift or memory_drift is not judged here' 'and is told so'
is "$(proved leaks)" '1 FAIL NO yes - -' 'a plain run that fails'
is "$(proved fails)" '1 FAIL NO open - -' 'a target that ends with status 3'

# What cannot be planted leaves its case open. A tree of processes has one leak, whoever loads the library.
cat >fixed.c <<'END'
#include <unistd.h>
int main(void) { sleep(100); }
END
cc -static -o fixed fixed.c && prove static 'leak churn' --ops none --leak 1GiB/h -- ./fixed
prove much churn --ops none --churn 100M/s -- python3 -c "$sleeper"
prove tree leak --ops none --leak 1GiB/h -o tree -- \
  sh -c "python3 -c '$sleeper' & python3 -c '$sleeper' & wait"
wait
is "$(proved static)" '3 INCONCLUSIVE yes open open -' 'a static program'
like "$(cat static.out)" 'not planted: the target does not call libsoakops.so' 'and why'
is "$(proved much)" '3 INCONCLUSIVE yes - open -' 'more churn than can be done'
like "$(cat much.out)" 'only [0-9]+ % of it was planted' 'and how much was'
is "$(proved tree)" '0 PASS yes yes - -' 'a leak among three processes'
leaked=$(fact tree/leak.soak fault_leaked_bytes)
lived=$(fact tree/leak.soak duration_s)
awk -v bytes="$leaked" -v s="$lived" 'BEGIN { due = 2 ^ 30 / 3600 * s; exit !(bytes > due / 2 && bytes < 1.5 * due) }'
ok $? "it is one leak: $leaked bytes in $lived s"
is "$(fact tree/plain.soak fault)" '' 'the plain run has no fault'
"$soak" prove -o tree -- true 2>err
is "$? $(cat err)" '2 soak: tree/plain.soak exists; --force overwrites it' 'runs that are there stay'

# By the allocator that serves the program.
for allocator in glibc hakmem mimalloc jemalloc tcmalloc; do
  prove $allocator 'leak churn' --ops none --leak 8GiB/h -a $allocator -- python3 -c "$sleeper"
done
wait
for allocator in glibc hakmem mimalloc jemalloc tcmalloc; do
  is "$(proved $allocator)" '0 PASS yes yes yes -' "under $allocator"
done

# Where ops are counted: by the program's own page, by the preloaded library. A job file has a gate.
cat >gate.ini <<'END'
[target]
workload = mixed
allocator = hakmem, glibc
[rules]
syscall_budget = 1e-8
END
prove job 'leak churn' gate.ini --leak 2GiB/h --json
wait
is "$(python3 -c '
import json
result = json.load(open("job.out"))
for variant in result["variants"]:
    print(variant["allocator"], *(case["as_wanted"] for case in variant["cases"]), end=" ")
print(result["verdict"])')" 'hakmem yes yes yes left out glibc yes yes yes left out PASS' 'both variants of a job file'

# Half of the share that slow calls rise to is what they take of all CPU time.
prove slow slow --slow 60% -o slow -- python3 -c 'while True: bytearray(1000)'
prove slow_allowed slow --slow 30% --set throughput_drop=100 -- python3 -c 'while True: bytearray(1000)'
wait
cpu=$(sql slow/slow.soak 'SELECT max(cpu_ns) / 1e9 FROM samples')
slowed=$(fact slow/slow.soak fault_slowed_s)
awk -v slowed="$slowed" -v cpu="$cpu" 'BEGIN { share = slowed / cpu; exit !(share > 0.15 && share < 0.45) }'
ok $? "slow calls took $slowed of $cpu s"
like "$(proved slow)" '^(0 PASS yes - - yes|3 INCONCLUSIVE yes - - open)$' 'seen, unless the host may be the reason'
like "$(proved slow_allowed)" '^(1 FAIL yes - - NO|3 INCONCLUSIVE yes - - open)$' 'not so where any fall is allowed'

for wrong in '--leak many' '--churn 0/s' '--slow 100%'; do
  # shellcheck disable=SC2086
  "$soak" prove $wrong -- true >out 2>err
  is "$? $(grep -c "${wrong#--}\|${wrong#* }" err)" '2 1' "$wrong is refused"
done
is "$(find /tmp -maxdepth 1 -name 'soak-prove-*' -newer seen.code)" '' 'nothing is left in /tmp'

done_testing
