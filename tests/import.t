#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Series that other tools recorded: read exactly, judged as any run, refused in one line that says where it is wrong.
. tests/tap.sh

cd "$tmp" || exit 1
series=$OLDPWD/tests/helpers/series

# import FILE OPTION...: into x.soak; what it said is in "said".
import() {
  rm -f x.soak
  "$soak" import "$@" -o x.soak >stdout 2>said
}

# verdict RULE [OPTION...]
verdict() {
  rule=$1
  shift
  "$soak" check x.soak --json "$@" >x.json
  python3 -c "
import json, sys
j = json.load(open('x.json'))
print(next((r.get('verdict', 'NOT JUDGED') for r in j['rules'] + j['not_judged'] if r['rule'] == \
  '$rule'), j['verdict']))"
}

rows() {
  sql x.soak "SELECT t_ns, ifnull(imported_rss_bytes, '-'), ifnull(imported_ops, '-') FROM samples" | tr '\n' ' '
}

fact() {
  sql x.soak "SELECT value FROM facts WHERE key = '$1'"
}

# An hour by each tool: the leak is found, the same without it is none.
for format in csv psrecord psrecord-csv mprof mprof-children prometheus; do
  for shape in leak flat; do
    "$series" "$format" "$shape" >"$format-$shape"
    import "$format-$shape"
    is "$? $(wc -c <stdout)" '0 0' "$format, $shape: is imported"
    [ $shape = leak ] && wanted='FAIL 1' || wanted='PASS 0'
    is "$(verdict rss_drift) $("$soak" check x.soak >/dev/null; echo $?)" "$wanted" \
      "$format, $shape: rss_drift, exit status"
  done
  [ $format = psrecord-csv ] && name=csv || name=${format%-*}
  is "$(fact imported_format)" $name "$format: found by its content"
  is "$(fact duration_s | cut -d. -f1)" "$([ "${format%-*}" = mprof ] && echo 3600 || echo 3599)" \
    "$format: its length"
done
import prometheus-flat
is "$(fact start_utc) $(fact imported_series)" \
  '2023-11-14T22:13:20Z __name__=process_resident_memory_bytes, instance=a:9090, job=api' 'where it came from'
is "$(sql x.soak 'SELECT count(*), count(imported_rss_bytes), count(rss_anon_bytes), count(mmap), count(imported_ops),
  count(missed_ticks) FROM samples')" '3600|3600|0|0|0|0' 'what was not measured is absent'
for key in $(sql x.soak 'SELECT key FROM facts'); do
  grep -Eq "^\| ([a-z_0-9]+, )*$key(, [a-z_0-9]+)* \|" "$OLDPWD/docs/run-file.md" || undocumented="$undocumented $key"
done
is "$undocumented" '' 'every fact is documented'
is "$(verdict syscall_budget) $(verdict throughput_cv) $(verdict all)" 'NOT JUDGED NOT JUDGED PASS' \
  'rules without data are not judged'
is "$(verdict syscall_budget --set syscall_budget=1e-8) $(verdict all --set syscall_budget=1e-8)" \
  'INCONCLUSIVE INCONCLUSIVE' 'unless they are asked for'
like "$("$soak" check x.soak)" '^PASS  prometheus-flat, imported \(prometheus\), 59:59, 3600 samples' \
  'the scorecard says so'
is "$("$soak" export x.soak | wc -l)" 3601 'export works'
if command -v gnuplot >/dev/null; then
  "$soak" plot x.soak -o x.svg >/dev/null && grep -q 'MiB' x.svg
  ok $? 'plot works'
fi
first() {
  sql x.soak 'SELECT imported_rss_bytes FROM samples LIMIT 1'
}
import csv-leak
alone=$(first)
import psrecord-leak
is "$(($(first) / 1050))" "$((alone / 1050))" 'psrecord: MB are 2^20 bytes'
import psrecord-csv-leak
is "$(first)" "$alone" 'psrecord, CSV: to the byte'
import mprof-children-leak
is "$(first) $(grep -c 'CHLD lines are added' said)" \
  "$((alone + 30 * 1048576)) 1" 'mprof: children are added, and this is said'
import mprof-children-leak --children ignore
is "$(first) $(fact command)" "$alone ./server '--name=a b'" 'mprof: or not'
is \
  "$(sql x.soak 'SELECT count(*) FROM samples WHERE imported_rss_bytes IS NULL')" 1 \
  'an RSS of zero is a process that has gone'

printf 'MEM 1.000000 1700000000.0000\nMEM -1.000000 1700000000.1000\n' >gone
import gone
is "$(rows)" '0|1048576|- 100000000|-|- ' 'mprof: -1 is a process that has gone, times of a tenth of a second'

# Ops: throughput that falls by a quarter.
python3 -c "
import random
r, ops = random.Random(3), 0
print('elapsed,mem,done')
for t in range(900):
    ops += int(1e6 * (1 - 0.25 * t / 900) * (1 + 0.01 * r.random()))
    print(f'{t},{1000 + r.randrange(3)},{ops}')" >ops.csv
import ops.csv --time elapsed --rss mem --rss-unit pages --ops 'done'
is "$(verdict throughput_drop) $(verdict rss_drift) $(verdict fault_growth)" 'FAIL PASS NOT JUDGED' \
  'ops are judged if there are any'

# CSV as it comes.
table() {
  printf "$1" >t.csv
  shift
  import t.csv "$@"
  rows
}
plain='0|4096|- 1000000000|8192|- '
is "$(table 'time_s,rss_kib\n5,4\n6,8\n')" "$plain" 'CSV'
is "$(table 'time_s,rss_kib\r\n5,4\r\n6,8\r\n')" "$plain" 'CRLF'
is "$(table '\357\273\277time_s,rss_kib\n5,4\n6,8\n')" "$plain" 'a byte order mark'
is "$(table 'Time [s];RSS (KiB);x,y\n5;4;1,2\n6;8;3\n')" "$plain" 'semicolons'
is "$(table 'time_s\trss_kib\n5\t4\n6\t8\n')" "$plain" 'tabs'
is "$(table '"time_s","a ""b"", c","rss_kib"\n5,"x\n,""y",4\n\n6,,"8"\n')" "$plain" \
  'quotes, a line end within, an empty line'
is "$(table 'x,when, mem \n,5000,4\n,6000,8\n' --time when --rss mem --time-unit ms --rss-unit KiB)" "$plain" \
  'named columns, units'
is "$(table 'rss_kib,time_us\n4,5e6\n8,6.0E6\n')" "$plain" 'exponents'
is "$(table 'time_s,rss_kib\n-1,4\n0,8\n')" "$plain" 'time may begin below zero'
is "$(table 'timestamp,rss_kib\n2024-02-29T23:59:59.5Z,4\n2024-03-01 00:00:00.5,8\n')" "$plain" 'dates and times'
is "$(table 'timestamp,rss_kib\n2024-05-01T12:00:00+02:00,4\n2024-05-01T06:00:01-0400,8\n')" "$plain" 'time zones'
is "$(table 'timestamp_ns,rss_kib\n1700000000000000001,4\n1700000001000000001,8\n')" "$plain" \
  'nanoseconds of the epoch, exactly'
is "$(table 'time_s,rss_mib,ops_total\n0,1.5,7\n1,,9\n2,0,\n3,nan,12\n')" \
  '0|1572864|7 1000000000|-|9 2000000000|-|- 3000000000|-|12 ' 'what is missing stays missing'
for unit in B=1 KiB=1024 MiB=1048576 GiB=1073741824 kB=1000 MB=1000000 GB=1000000000 pages=4096; do
  is "$(table 'time_s,m\n0,9000\n' --rss m --rss-unit ${unit%=*})" \
    "0|$((9000 * ${unit#*=}))|- " "--rss-unit ${unit%=*}"
done
for unit in s=1000000000 ms=1000000 us=1000 ns=1 min=60000000000 h=3600000000000; do
  is "$(table 't,rss_kib\n0,4\n2,8\n' --time t --time-unit ${unit%=*})" "0|4096|- $((2 * ${unit#*=}))|8192|- " \
    "--time-unit ${unit%=*}"
done
is "$(table 'time_s,rss_kib\n0,4\n1,8\n9000,8\n')" '0|4096|- 1000000000|8192|- 9000000000000|8192|- ' 'gaps stay'
is "$(table 'time_s,rss_kib\n0,4\n1,8\n1,12\n')" '0|4096|- 1000000000|12288|- ' \
  'of two with the same time the last one stands'
like "$(cat said)" 'soak: 2 samples over' 'and is counted once'
is "$(table 'time_s,rss\n5,4 KiB\n6,8KiB\n')" "$plain" 'each figure with its unit'
is "$(table 'date,rss\n2024-05-01 12:00:00,4KiB / 2GiB\n2024-05-01 12:00:01,8KiB / 2GiB\n')" "$plain" \
  'memory of a container, and its limit'
is "$(table '# of a night\n# on the small host\ntime_s,rss_kib\n5,4\n6,8\n')" "$plain" 'comments above the header'
is "$(table '# of a night\n#time_s,rss_kib\n5,4\n6,8\n')" "$plain" 'a header that begins like one'
is "$(table 'time_s,rss_kib\n5,4\n5.5,-\n5.7,N/A\n6,8\n')" '0|4096|- 500000000|-|- 700000000|-|- 1000000000|8192|- ' \
  'what others write for a figure that is missing'
is "$(table 'time_s,rss_kib\n5,4\n6,8\n7,104857') $(grep -c 'last line has no line end' said)" "$plain 1" \
  'a last line that may be cut off is left out, and this is said'
is "$("$soak" import - -q -o y.soak <t.csv 2>&1; rm y.soak) $?" ' 0' 'standard input, --quiet'
import t.csv
is "$(fact rss_step_bytes)" 1024 'the last digit of KiB'
table 'time_s,rss_mib\n5,4\n6,8.25\n' >/dev/null
is "$(fact rss_step_bytes)" 10485.76 'the last digit of hundredths of a MiB'
# A leak below what whole GiB can show: not seen, and not denied either.
python3 -c "
print('time_s,rss_gib')
for t in range(600): print(f'{t},{1}')" >coarse.csv
import coarse.csv
is "$(verdict rss_drift)" INCONCLUSIVE 'whole GiB that stand still for 10 minutes prove nothing'

printf 'time_s,rss_kib\n5,4\n6,8\n' >own.csv
cp own.csv kept.csv
"$soak" import own.csv --force -o ./own.csv >said 2>&1
is "$? $(cat said)" '2 soak: ./own.csv is the input file: give --output another name' 'over its own input: refused'
cmp -s own.csv kept.csv
ok $? 'which stays as it was'

# Wrong: one line that names the file and the line, and no run is made.
# wrong PATTERN NAME FILE OPTION...
wrong() {
  pattern=$1 name=$2
  shift 2
  import "$@"
  said="$? $(sed '/^Try `soak/d' said | wc -l) $(ls x.soak 2>/dev/null)"
  grep -Eq -e "$pattern" said && said="$said clear" || cat said
  is "$said" '2 1  clear' "$name"
}
bad() {
  printf "$2" >bad.csv
  pattern=$1 name=$3
  shift 3
  wrong "$pattern" "$name" bad.csv "$@"
}
head='time_s,rss_kib\n0,4\n'
bad 'bad.csv:4: time goes back by 2 s' "${head}3,4\n1,4\n" 'time that falls'
bad 'bad.csv:3: RSS "lots" is not a number' "${head}1,lots\n" 'no number'
bad 'bad.csv:3: RSS "-4" cannot be' "${head}1,-4\n" 'a negative RSS'
bad 'bad.csv:3: RSS "0x10" is not a number' "${head}1,0x10\n" 'hexadecimal'
bad 'bad.csv:3: RSS "4 KiB or so" is not a number' "${head}1,4 KiB or so\n" 'more than a unit'
bad 'bad.csv:3: RSS "4 parsecs" is not a number: write 1234.5, or with a unit' "${head}1,4 parsecs\n" 'no unit of bytes'
bad 'bad.csv:3: RSS "1e30" cannot be' "${head}1,1e30\n" 'huge'
bad 'bad.csv:3: time "" is not a number' "${head},4\n" 'no time'
bad 'bad.csv:3: 1 fields, where the header has 2' "${head}1\n2,4\n" 'too few fields'
bad 'bad.csv:3: 3 fields, where the header has 2' "${head}1,2,3\n" 'too many fields'
bad 'bad.csv:4: RSS "x" is not a number' 'time_s,rss_kib,note\n0,4,"a\nb"\n1,x,"c\nd"\n' \
  'lines count, also within quotes'
bad 'bad.csv:3: the quote that opens here is never closed' "${head}1,\"4\n2,3\n" 'an open quote'
bad 'bad.csv:3: a quote in the middle' "${head}1,4\"4\n" 'a quote within a field'
bad 'bad.csv:3: ops fall from 9 to 8' 'time_s,rss_kib,ops_total\n0,4,9\n1,4,8\n' 'ops that fall'
bad 'bad.csv:2: ops "x" is not a count' 'time_s,rss_kib,ops_total\n0,4,x\n' 'ops that are none'
bad 'bad.csv:3: time "noon" is not a number, nor a date' 'timestamp,rss_kib\n2024-01-01T00:00:00Z,4\nnoon,4\n' 'no date'
bad 'bad.csv:2: time ".*" is not a' 'timestamp,rss_kib\n2024-01-01T00:00:00+99999999999999999999,4\n' 'no zone'
bad 'bad.csv:2: time "2024-02-30T00:00:00Z" is not a' 'timestamp,rss_kib\n2024-02-30T00:00:00Z,4\n' 'a day that was not'
bad 'bad.csv: no column.s name says.*RSS.*--rss; the columns are: time_s, cpu' 'time_s,cpu\n0,4\n' \
  'RSS not found'
bad 'bad.csv: no column.s name says.*time.*--time' 'when,rss_kib\n0,4\n' 'time not found'
bad 'bad.csv: nothing says the unit of "rss": it could be MiB .peak 4 MiB., GiB .*; add --rss-unit' \
  'time_s,rss\n0,4\n' \
  'a unit that nobody said'
bad 'bad.csv: "rss_kib" and "rss_bytes" could both be RSS: choose one by --rss' \
  'time_s,rss_kib,rss_bytes\n0,4,5\n' 'two RSS'
bad 'bad.csv: no column is called "mem"; the columns are: time_s, rss_kib' "$head" \
  'a column that is not there' --rss mem
bad 'bad.csv: two columns are called "rss_kib"' 'time_s,rss_kib,rss_kib\n0,4,5\n' 'two of one name' --rss rss_kib
bad 'bad.csv: nothing says the unit of "mem", whose highest figure is 1.2e.07: add --rss-unit' \
  'time_s,mem\n0,0.00000012\n' \
  'an RSS that cannot be bytes' --rss mem
bad 'bad.csv: no RSS in it' 'time_s,rss_kib\n0,0\n1,\n' 'no RSS at all'
bad 'bad.csv: no samples in it' 'time_s,rss_kib\n' 'a header alone'
bad 'bad.csv: the file is empty' '\n \n' 'an empty file'
bad 'bad.csv: this is not text' 'time_s,rss_kib\n0,\0004\n' 'a zero byte'
bad 'bad.csv: no samples in it' 'just words\n' 'no known format'
bad 'bad.csv: this is csv; --children is for mprof' "$head" 'an option of another format' --children ignore
bad 'bad.csv: --key: nothing is called "a" here' "$head" 'a key that is not there' --key a=b
bad 'bad.csv: --pid: no column is called PID' "$head" 'a process that is not there' --pid 7
bad '^soak: bad.csv:3: RSS "\?x" is not' "${head}1,\007x\n" 'no control characters on the terminal'
bad 'bad.csv:3: 3 fields' \
  '# Elapsed time   CPU (%%)   USS (MB)   Real (MB)\n 0.0  1.0  2.0  3.0\n 1.0  1.0  2.0\n' \
  'psrecord: a short line'
bad 'bad.csv:2: "NOISE" is not MEM' 'MEM 1.0 1700000000.0\nNOISE 1\n' 'mprof: an unknown word'
bad 'bad.csv:2: 1 figures, where MEM has 2' 'MEM 1.0 1700000000.0\nMEM 1.0\n' 'mprof: a short line'
bad 'bad.csv: 2 series: choose one by --key.*run=1, command=a; run=2, command=b$' \
  'CMDLINE a\nMEM 1.0 1700000000.0\nCMDLINE b\nMEM 1.0 1700000900.0\n' 'mprof: recordings of two programs'
bad 'bad.csv:2: CHLD without' 'CMDLINE a\nCHLD 0 1.0 1700000000.0\n' 'mprof: a child of nobody'
bad 'bad.csv:2: this is not JSON, or it was cut off' '{"status":\n"succ' 'JSON that is cut off'
bad 'this JSON is not an answer' '{"status": "success"}\n' 'JSON that is no range'
bad 'bad.csv: no column.s name says.*time.*--interval.*columns are: a$' '{"a": 1}\n' 'other JSON'
bad 'Prometheus says: out of memory' '{"status": "error", "error": "out of memory"}\n' 'an error of Prometheus'
bad 'ask /api/v1/query_range' '{"status": "success", "data": {"resultType": "vector", "result": []}}\n' \
  'an instant query'
bad 'no series: the query matched nothing' '{"data": {"resultType": "matrix", "result": []}}\n' 'no series'
bad 'value 1 is not' '{"data": {"resultType": "matrix", "result": [{"values": [["0", 1]]}]}}\n' 'a value that is none'
cat >two.json <<'END'
{"data": {"resultType": "matrix", "result": [
 {"metric": {"__name__": "rss", "job": "api"}, "values": [[0, "8192"], [1, "8192"], [2, "NaN"]]},
 {"metric": {"__name__": "rss", "job": "db"}, "values": [[0, "4096"], [1.5, "4096"]]}]}}
END
wrong '2 series: choose one by --key NAME=VALUE, .*: __name__=rss, job=api; __name__=rss, job=db$' \
  'two series' two.json --rss-unit B
wrong 'no row is as --key says' 'a series that is not there' two.json --select job=web
import two.json --select job=db --key __name__=rss --rss-unit B
is "$(rows)" '0|4096|- 1500000000|4096|- ' 'a series is chosen'
import two.json --select job=api --rss-unit KiB
is "$(rows)" '0|8388608|- 1000000000|8388608|- 2000000000|-|- ' 'NaN is absent; a metric in KiB'
mv x.soak kept.soak
wrong 'kept.soak: this is a run already' 'a run' kept.soak
wrong 'cannot read nosuch: No such file' 'a file that is not there' nosuch
wrong 'cannot read .: Is a directory' 'a folder' .
like "$("$soak" import csv-flat -o kept.soak 2>&1)" 'kept.soak exists: name another --output' 'an output that exists'
like "$("$soak" import csv-flat 2>&1)" 'missing --output FILE.soak' 'no output'
# A program that was started again: its lives are judged together, and nothing slopes across.
lives() {
  /usr/bin/python3 - "$1" "$2" >lives.csv <<'END'
import random, sys
leak, apart = float(sys.argv[1]), float(sys.argv[2])
noise = random.Random(3)
print('time,pid,comm,rss_kb')
for life in range(3):
    for second in range(0, 1800, 5):
        t = life * (1800 + apart) + second
        print(f'{t},{life + 7},server,{102400 + 51200 * life + round(leak * second) + 4 * noise.randrange(64)}')
END
  "$soak" import -qf lives.csv -o x.soak
  "$soak" check x.soak --json >x.json
  echo "$(verdict rss_drift) $(verdict rss_monotonic)"
}
is "$(lives 0 5)" 'PASS PASS' 'three lives, each higher and none growing'
like "$(grep reason x.json)" '3 pieces judged together, 2 restarts' 'and how often it was started again'
is "$(lives 40 5)" 'FAIL FAIL' 'three lives that leak'
is "$(lives 0 200000)" 'PASS PASS' 'days apart'

is "$(verdict peak_rss --set peak_rss=190) $(verdict peak_rss --set peak_rss=210)" 'FAIL PASS' \
  'a ceiling is that of all lives'
done_testing
