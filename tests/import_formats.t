#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What other tools write, by the tools themselves where Debian has them, else by their documented
# output: each is read to the byte, or refused with the choices. Then 5 000 mutated ones, under sanitizers.
# timeout: 600
. tests/tap.sh

top=$PWD
cd "$tmp" || exit 1

# takes WANTED NAME FILE OPTION...: the rows "t_s|bytes", separated by blanks.
takes() {
  wanted=$1 name=$2
  shift 2
  rm -f x.soak
  "$soak" import "$@" -o x.soak >said 2>&1
  got=$(sql x.soak 'SELECT t_ns / 1e9, imported_rss_bytes FROM samples' 2>/dev/null | tr '\n' ' ')
  is "${got% }" "$wanted" "$name"
  [ "${got% }" = "$wanted" ] || sed 's/^/# /' said
}
# text WANTED NAME TEXT OPTION...
text() {
  wanted=$1 name=$2
  printf "$3" >"in$tests"
  shift 3
  takes "$wanted" "$name" "in$((tests))" "$@"
}
# refuses PATTERN NAME TEXT OPTION...
refuses() {
  pattern=$1 name=$2
  printf "$3" >"in$tests"
  shift 3
  rm -f x.soak
  "$soak" import "in$tests" "$@" -o x.soak >said 2>&1
  is "$? $(wc -l <said) $(ls x.soak 2>/dev/null)" '2 1 ' "$name: refused in one line"
  like "$(cat said)" "$pattern" "$name: with the choices"
}
fact() {
  sql x.soak "SELECT value FROM facts WHERE key = '$1'"
}
two='0.0|104857600 1.0|106954752'

# Names and units.
for name in rss_kb 'RSS (kB)' mem_rss_kb VmRSS_kB res_k; do
  text "$two" "column $name" "time,$name\n0,102400\n1,104448\n"
done
for name in rss_mb 'rss [MB]' memory_mb; do
  text "$two" "column $name" "time,$name\n0,100\n1,102\n"
done
for name in rssBytes used_memory_rss container_memory_rss_bytes res; do
  text "$two" "column $name" "time,$name\n0,104857600\n1,106954752\n" --rss-unit B
done
text '0.0|104857600 1.0|104861696 2.0|104865792 3.0|104869888' 'a plain rss that only bytes suit' \
  'time,rss\n0,104857600\n1,104861696\n2,104865792\n3,104869888\n'
text '0.0|104857600 1.0|104861696 2.0|104865792 3.0|104869888' 'a plain rss that only KiB suit' \
  'time,rss\n0,102400\n1,102404\n2,102408\n3,102412\n'
refuses 'unit of "rss": it could be KiB .peak .*, MiB .peak .*; add --rss-unit' 'a plain rss' \
  'time,rss\n0,5001\n1,5003\n'
refuses '2 columns could be RSS: choose one by --rss: "a", "b"' 'two series side by side' \
  'time,a,b\n0,104857600,104857600\n1,104857600,104857600\n'

# Times.
text "$two" 'no header' '1700000000,102400\n1700000001,104448\n' --rss-unit KiB
text "$two" 'no header, no time' '102400\n104448\n' --rss-unit KiB --interval 1s
refuses 'say by --interval 10s' 'no time' 'rss_kb\n102400\n104448\n'
text "$two" 'milliseconds since 1970' 'ts,rss_kb\n1700000000000,102400\n1700000001000,104448\n'
text "$two" 'dates of the US' 'time,rss_kb\n05/13/2024 11:59:59 PM,102400\n05/14/2024 12:00:00 AM,104448\n'
text "$two" 'dates with dots' 'time;rss_kb\n13.05.2024 23:59:59;102400\n14.05.2024 00:00:00;104448\n'
text "$two" 'day and month told by the shorter recording' \
  'time,rss_kb\n03/04/2024 23:59:59,102400\n04/04/2024 00:00:00,104448\n'
text '0.0|104857600 2591999.0|106954752' 'or by --date-order' \
  'time,rss_kb\n04/01/2024 00:00:01,102400\n05/01/2024 00:00:00,104448\n' --date-order mdy
text "$two" 'what date prints' \
  'Mon  6 Dec 2010 14:36:55 GMT\t102400\nMon  6 Dec 2010 14:36:56 GMT\t104448\n' --rss-unit KiB
text "$two" 'a clock alone, past midnight' 'time,rss_kb\n23:59:59,102400\n00:00:00,104448\n'
text "$two" 'date and clock in two columns' 'Date,Time,rss_kb\n2024-05-01,23:59:59,102400
2024-05-02,00:00:00,104448\n'
text '0.0|104857600 0.99|106954752 1.0|104857600' 'a step back of milliseconds' \
  'time,rss_kb\n0,102400\n1.0,102400\n0.99,104448\n'

# Figures.
text "$two" 'decimal commas' 'time;rss_mb\n0,0;100,00\n1,0;102,00\n'
text "$two" 'thousands' 'time,rss_kb\n0,"102,400"\n1,"104,448"\n' --decimal point
refuses 'say which by --decimal comma or --decimal point' 'a comma' 'time,rss_mb\n0,"102,400"\n1,"104,448"\n'
text '0.0|1073741824 1.0|1074790400' 'thousands that show' 'time,rss_kb\n0,"1,048,576"\n1,"1,049,600"\n'
text "$two" 'suffixes' 'time,rss\n0,100m\n1,102Mi\n'
text '0.0|104857600 1.0| 2.0|106954752' 'an infinite figure' 'time,rss_kb\n0,102400\n1,+Inf\n2,104448\n'
flat='0,102400\n0,102400\n0,102400\n0,102400\n0,102400\n0,102400\n'
text "$two" 'a short row, a header once more' \
  "time,rss_kb\n${flat}time,rss_kb\n${flat}0\n1,104448\n"
text "$two" 'Grafana' \
  '\357\273\277Time,Pod 1\n2019-08-05T13:39:15+01:00,104857600\n2019-08-05T13:39:16+01:00,106954752\n' \
  --rss-unit B
printf 'time,rss_kb\n0,102400\n1,104448\n' | iconv -t UTF-16 >utf16
takes "$two" 'UTF-16' utf16

text "$two" 'thousands, as decimals no program would be so small' 'time,rss\n0,"102,400 K"\n1,"104,448 K"\n'
text "$two" "Excel's first line" 'sep=;\nZeit;RSS (MB)\n13.05.2024 23:59:59;100,0\n14.05.2024 00:00:00;102,0\n'
text "$two" 'a table in Markdown' '| time | rss_kb |\n|------|:----|\n| 0 | 102400 |\n| 1 | 104448 |\n'
text "$two" 'a framed table' \
  '+------+--------+\n| time | rss_kb |\n+------+--------+\n| 0    | 102400 |\n| 1    | 104448 |\n+------+--------+\n'
text "$two" 'a header with a rule below' 'time  rss_kb\n----  ------\n0     102400\n1     104448\n'
printf 'time,rss_kb\n0,102400\n1,104448\n' | iconv -t UTF-16LE >utf16le
takes "$two" 'UTF-16 without a byte order mark' utf16le

# Names with a path, and names that say their unit by themselves.
text "$two" 'a name behind dots' \
  '{"t":0,"limit":8000000000,"m":{"rss":104857600,"heap":9000000}}
{"t":1,"limit":8000000000,"m":{"rss":106954752,"heap":9000000}}\n' \
  --rss-unit B
text "$two" "typeperf's" \
  '"(PDH-CSV 4.0)","\\\\H\\Process(a)\\Working Set","\\\\H\\x"\n"05/13/2024 23:59:59.0","104857600","1.5"
"05/14/2024 00:00:00.0","106954752","1.5"\n' \
  --rss-unit B
text "$two" "psrecord's CSV" 'elapsed_time,nproc,cpu,mem_real,mem_virtual\n0,1,0,100,900\n1,1,0,102,900\n'
text '0.0|104857600 60.0|106954752' 'minutes' 'minutes,rss_mb\n0,100\n1,102\n'
text '0.0|104857600 3600.0|106954752' "ps's elapsed time: minutes and seconds, then hours" \
  '    ELAPSED   RSS\n      59:59 102400\n   01:59:59 104448\n'
text "$two" 'of several columns the one whose figures say bytes' \
  '23:59:58 app 100MiB / 7GiB 1m 2\n23:59:59 app 102MiB / 7GiB 1m 3\n'
text "$two" 'a constant is no time' \
  '{"big":8000000000,"at":"2024-05-13T00:00:00Z","rss_kb":102400}
{"big":8000000000,"at":"2024-05-13T00:00:01Z","rss_kb":104448}\n'

# Logs.
text "$two" 'a log, its times in brackets' \
  '[2024-05-13 23:59:59] INFO memory rss: 102400 KB\n[2024-05-13 23:59:59] hello
[2024-05-14 00:00:00] INFO memory rss: 104448 KB\n'
text "$two" 'a log of Python' \
  '2024-05-13 10:00:00,500 - root - INFO - RSS: 100.0 MiB\n2024-05-13 10:00:01,500 - root - INFO - RSS: 102.0 MiB\n'
text "$two" 'logfmt' \
  'time=2024-05-13T23:59:59Z msg="mem" rss_bytes=104857600 heap=3
time=2024-05-14T00:00:00Z msg="mem" rss_bytes=106954752 heap=4\n'
refuses '2 series: .*: pid=7; pid=8' 'a log of two processes' \
  'time=2024-05-13T23:59:59Z pid=7 rss_kb=102400\ntime=2024-05-13T23:59:59Z pid=8 rss_kb=104448\n'
text "$two" 'redis-cli INFO' 'used_memory:9\r\nused_memory_rss:104857600\r\nused_memory_rss_human:100M\r
used_memory:9\r\nused_memory_rss:106954752\r\nused_memory_rss_human:102M\r\n' --rss-unit B --interval 1s
text "$two" '/metrics in a loop' \
  'Mon May 13 23:59:59 UTC 2024\n# TYPE x gauge\nprocess_resident_memory_bytes{job="a"} 1.048576e+08
process_open_fds 8
Tue May 14 00:00:00 UTC 2024\n# TYPE x gauge\nprocess_resident_memory_bytes{job="a"} 1.06954752e+08\n'
text "$two" 'OpenMetrics, with its times' \
  '# TYPE x gauge\nprocess_resident_memory_bytes 104857600 1700000000
process_resident_memory_bytes 106954752 1700000001\n'
text "$two" "what node prints of process.memoryUsage()" \
  '{\n  rss: 104857600,\n  heapUsed: 7\n}\n{\n  rss: 106954752,\n  heapUsed: 7\n}\n' --rss-unit B --interval 1s

# Keys.
refuses '2 series: choose one by --key NAME=VALUE, .*: who=a; who=b' 'two in one file, whatever the key is called' \
  'time,who,rss_kb\n0,a,102400\n0,b,1024\n1,a,104448\n1,b,1024\n'
long='time,Name,rss_kb\n0,one,102400\n0,two,1024\n1,one,104448\n1,two,1024\n'
refuses '2 series: choose one by --key NAME=VALUE, .*--sum.*--each: Name=one; Name=two' 'two in one file' "$long"
text "$two" '--key' "$long" --key Name=one
text '0.0|105906176 1.0|108003328' '--sum' "$long" --sum
text '' '--each' "$long" --each
is "$(ls x-*.soak | tr '\n' ' ')" 'x-Name_one.soak x-Name_two.soak ' '--each: a run of each'
refuses 'or --pid, .*: pid=7; pid=8' 'two processes' 'time,pid,rss_kb\n0,7,102400\n0,8,1024\n1,7,104448\n'
text "$two" '--pid' 'time,pid,rss_kb\n0,7,102400\n0,8,1024\n1,7,104448\n' --pid 7

# Segments.
text '0.0|104857600 1.0|106954752 2.0| 3.0|106954752 4.0|106954752 100.0|106954752' 'restarts and a gap' \
  'time,pid,comm,rss_kb\n0,7,a,102400\n1,8,a,104448\n2,8,a,0\n3,8,a,104448\n4,8,a,104448\n100,8,a,104448\n'
is "$(fact imported_segments) $(fact imported_restarts) $(sql x.soak "SELECT group_concat(text, '; ') FROM events
  WHERE kind = 'segment'")" \
  '4 2 restart: pid=8, comm=a after pid=7, comm=a; restart: RSS was zero for 1 s; gap of 96 s' 'and are said'
is "$(sql x.soak "SELECT group_concat(t_ns / 1000000000) FROM events WHERE kind = 'segment'")" 1,3,100 \
  'each when it begins'

text '0.0|104857600 0.1|106954752 100.0|104857600 100.1|106954752' 'mprof, appended' \
  'CMDLINE a\nMEM 100.0 1700000000.0\nMEM 102.0 1700000000.1\nCMDLINE a\nMEM 100.0 1700000100.0
MEM 102.0 1700000100.1\n'
is "$(fact imported_segments) $(fact imported_restarts)" '2 1' 'are segments of one series'
text "$two" 'one of them by --key' \
  'CMDLINE a\nMEM 9.0 1700000000.0\nCMDLINE a\nMEM 100.0 1700000100.0\nMEM 102.0 1700000101.0\n' --key run=2

# Prometheus: a counter beside the memory, which begins anew.
cat >counter.json <<'END'
{"status": "success", "data": {"resultType": "matrix", "result": [
 {"metric": {"__name__": "done_total", "job": "a"}, "values": [[0, "1000"], [1, "1500"], [2, "900"], [3, "1000"]]},
 {"metric": {"__name__": "process_resident_memory_bytes", "job": "a"},
  "values": [[0, "104857600"], [1, "104857600"], [2, "NaN"], [3, "106954752"]]}]}}
END
takes '0.0|104857600 1.0|104857600 2.0| 3.0|106954752' 'Prometheus, a counter' counter.json --ops done_total
is "$(fact imported_segments) $(fact imported_restarts) $(sql x.soak 'SELECT group_concat(imported_ops)
  FROM samples')" \
  '2 1 1000,1500,2400,2500' 'a counter that begins anew is a restart'
takes '0.0|104857600 1.0|104857600 2.0| 3.0|106954752' 'a counter is no memory' counter.json
sed 's/process_resident_memory_bytes/other_total/' counter.json >counters.json
"$soak" import counters.json -fo x.soak >said 2>&1
like "$(cat said)" '^soak: counters.json: done_total is a counter, not memory' 'nothing but counters'

# Resolution.
text '0.0|39688602 1.0|118069658' 'figures that get coarser' 'time,rss\n0,37.85MiB\n1,112.6MiB\n'
is "$(fact rss_step_bytes)" 104857.6 'the coarser step counts'

# Documented output of docker and kubectl.
docker='CONTAINER ID   NAME   CPU %%   MEM USAGE / LIMIT   MEM %%   NET I/O       BLOCK I/O   PIDS
0123456789ab   one    0.10%%   100MiB / 7.668GiB   1.27%%   1kB / 0B      0B / 0B     1
'
text "$two" 'docker stats, its table' \
  "\033[2J\033[H$docker\033[2J\033[H$(printf '%s' "$docker" | sed s/100MiB/102MiB/)\n" --interval 1s
text "$two" 'docker stats, JSON' \
  '{"Name":"one","MemUsage":"100MiB / 7.668GiB"}\n{"Name":"one","MemUsage":"102MiB / 7.668GiB"}\n' --interval 1s
text "$two" 'kubectl top' \
  'NAME    CPU(cores)   MEMORY(bytes)\napi-1   1m           100Mi\nNAME    CPU(cores)   MEMORY(bytes)
api-1   1m           102Mi\n' --interval 1s
text "$two" 'JSON lines, an object within' \
  '{"ts":1700000000,"memory":{"x":1},"rss_kb":102400}\n{"ts":1700000001,"rss_kb":104448}\n'
text "$two" 'psrecord of three columns' \
  '# Elapsed time   CPU (%%)     Real (MB)\n       0.000        0.000      100.000\n       1.000      0.000  102.000\n'

# The tools themselves, on a process that sleeps: all of them say the same as the kernel.
sleep 60 &
pid=$!
for _ in 1 2 3; do
  date
  ps -o pid,rss,comm -p $pid
done >ps.txt
for _ in 1 2 3; do
  date -Is
  grep VmRSS /proc/$pid/status
  sleep 0.1
done >status.txt
top -b -n 3 -d 0.1 -p $pid >top.txt
kib=$(awk '/^VmRSS/ { print $2 }' /proc/$pid/status)
seen() {
  sql x.soak 'SELECT DISTINCT imported_rss_bytes / 1024 FROM samples'
}
tool() {
  rm -f x.soak
  "$soak" import "$@" -o x.soak >said 2>&1
  is "$(seen 2>&1)" "$kib" "$1"
  [ "$(seen 2>&1)" = "$kib" ] || sed 's/^/# /' said "$1"
}
tool ps.txt
tool status.txt
tool top.txt
pidstat_header() { printf "$1       UID       PID  minflt/s  majflt/s     VSZ     RSS   %%%%MEM  Command\\n"; }
pidstat_row() { printf "$1         0      4711      $3      0.00  500400  $2   0.02  app\\n"; }
three='0.0|104857600 1.0|105906176 3602.0|106954752'
text "$three" 'pidstat, AM and PM' "$(pidstat_header '11:59:58 AM'
  pidstat_row '11:59:59 AM' 102400 0.00
  pidstat_header '11:59:59 AM'; pidstat_row '12:00:00 PM' 103424 0.00
  pidstat_header '12:00:00 PM'; pidstat_row '01:00:01 PM' 104448 0.00
  pidstat_header 'Average:'; pidstat_row 'Average:' 103424 0.00)\n"
for average in 'Durchschn.:' 'Moyenne :' '平均時間:'; do
  text "$three" "pidstat, averages called $average" "$(pidstat_header 11:59:58; pidstat_row 11:59:59 102400 0,00
    pidstat_row 12:00:00 103424 0,00; pidstat_header 12:00:00; pidstat_row 13:00:01 104448 0,00
    pidstat_header "$average"; pidstat_row "$average" 103424 0,00)\n"
done

# Figures and dates of other countries.
text '0.0|104857600 10.0|106954752' 'points that separate thousands' 'time;rss_kb\n0;102.400\n10;104.448\n'
like "$(cat said)" 'points in the figures of "rss_kb" are taken to separate thousands' 'and import says so'
text '0.0|104858 10.0|106955' 'decimal points, as --decimal says' 'time;rss_kb\n0;102.400\n10;104.448\n' --decimal point
text '0.0|104858 10.0|106955' 'decimal points, as another column shows' \
  'time;rss_kb;cpu\n0;102.400;0.5\n10;104.448;0.25\n'
while IFS='|' read -r language first second; do
  text '0.0|104857600 10.0|106954752' "date in $language" "$first\n102400 kB\n$second\n104448 kB\n"
  text '0.0|104857600 10.0|106954752' "date in $language, above ps" \
    "$first\n  PID   RSS COMMAND\n 4711 102400 app\n$second\n  PID   RSS COMMAND\n 4711 104448 app\n"
done <<'END'
German|Fr 31. Mai 23:59:55 CEST 2024|Sa 1. Jun 00:00:05 CEST 2024
French|ven. 31 mai 2024 23:59:55 CEST|sam. 01 juin 2024 00:00:05 CEST
Spanish|mar 31 dic 2024 23:59:55 CET|mié 01 ene 2025 00:00:05 CET
Portuguese|seg 30 set 2024 23:59:55 WEST|ter 01 out 2024 00:00:05 WEST
Japanese|2024年 5月 31日 金曜日 23:59:55 JST|2024年 6月 1日 土曜日 00:00:05 JST
END

# atop, by itself and with what it prints of threads, of processes that end and of names with blanks.
prm() {
  printf "PRM vm $1 2024/05/13 12:00:00 10 $2 ($3) $4 4096 500400 $5 772 0 0 1 0 0 0 132 0 $6 $7 0 0\\n"
}
text '0.0|104857600 10.0|106954752' 'atop -P PRM' "RESET\n$(prm 1715601600 4711 'my (old) app' S 102400 4711 y
  prm 1715601600 4712 'my (old) app' S 102400 4711 n)\nSEP\n$(prm 1715601610 4711 'my (old) app' S 104448 4711 y
  prm 1715601610 99 ended E 0 99 y)\nSEP\n"
like "$(cat said)" 'atop; .*column rsize, KiB; pid=4711, name=my .old. app' 'atop: what was taken'
refuses 'no PRM line with a process' 'atop without PRM' \
  'RESET\nCPU vm 1795859522 2026/11/28 09:52:02 1 100 2 3\nSEP\n'
if command -v atop >/dev/null; then
  atop -P PRM 1 3 >atop.txt
  "$soak" import atop.txt --pid $$ -fo x.soak >said 2>&1
  is "$(sql x.soak 'SELECT imported_rss_bytes FROM samples' | tr '\n' ' ')" \
    "$(awk -v p=$$ '$1 == "PRM" && $7 == p { printf "%d ", $12 * 1024 }' atop.txt)" 'atop by itself'
fi

# top -l of macOS, by its documented output: a command with blanks, signs behind figures and pids.
mac() {
  printf "Processes: 412 total, 2 running\\n2024/05/13 12:00:$1\\nLoad Avg: 1.93, 2.10\\nPhysMem: 15G used.\\n\\n"
  printf "PID    COMMAND          %%%%CPU TIME     #TH   MEM    PURG   CMPRS\\n"
  printf "4711*  Google Chrome He 0.0  00:01.23 5     $2  0B     0B\\n"
  printf "17     app       0.0  00:00.23 5     5120K  0B     0B\\n"
}
text '0.0|104857600 10.0|106954752' 'top -l of macOS' "$(mac 00 100M+)\n$(mac 10 102M-)\n" --pid 4711
like "$(cat said)" 'top-mac; .*PID=4711, COMMAND=Google Chrome He' 'macOS: the command with its blanks'
refuses '2 series: .*--key.*PID=4711.*PID=17' 'two processes of macOS' "$(mac 00 100M+)\n$(mac 10 102M-)\n"

# CloudWatch: points in any order, a unit a point or none.
statistics() {
  printf '{"Label": "mem", "Datapoints": [
    {"Timestamp": "2024-05-13T12:05:00+00:00", "Maximum": 9e8, "Average": %s, "Unit": "%s"},
    {"Timestamp": "2024-05-13T12:00:00+00:00", "Maximum": 8e8, "Average": %s, "Unit": "%s"}]}' $2 $1 $3 $1
}
text '0.0|104857600 300.0|106954752' 'CloudWatch, get-metric-statistics' "$(statistics Bytes 106954752.0 104857600.0)"
text '0.0|104857600 300.0|106954752' 'CloudWatch in megabytes' "$(statistics Megabytes 102 100)"
text '0.0|800000000 300.0|900000000' 'CloudWatch, another statistic' "$(statistics Bytes 1 1)" --rss Maximum
refuses 'in Percent, not bytes: ask for a metric of memory' 'CloudWatch in per cent' "$(statistics Percent 12 11)"
refuses 'no Sum: ask for --statistics' 'CloudWatch without that statistic' "$(statistics Bytes 12 11)" --rss Sum
refuses 'no Datapoints' 'CloudWatch without points' '{"Label": "mem", "Datapoints": []}'
data='{"Id": "m%s", "Label": "app%s", "Timestamps": ["2024-05-13T12:05:00Z", "2024-05-13T12:00:00Z"],
  "Values": [106954752.5, 104857600]}'
text '0.0|104857600 300.0|106954753' 'CloudWatch, get-metric-data' \
  "{\"NextToken\": \"x\", \"MetricDataResults\": [$(printf "$data" 1 1), $(printf "$data" 2 2)]}" --key Label=app1
like "$(cat said)" 'further pages, which are not in this file' 'CloudWatch: more pages are named'
refuses '2 series: .*Label=app1, Id=m1.*Label=app2, Id=m2' 'CloudWatch, two metrics' \
  "{\"MetricDataResults\": [$(printf "$data" 1 1), $(printf "$data" 2 2)]}"
refuses 'm1 has not as many Timestamps as Values' 'CloudWatch, a value too few' \
  '{"MetricDataResults": [{"Id": "m1", "Timestamps": ["2024-05-13T12:05:00Z"], "Values": []}]}'

# Datadog: milliseconds, nulls, and the unit of the metric.
datadog() {
  printf '{"status": "ok", "series": [{"metric": "app.rss", "scope": "host:a", "pointlist":
    [[1715601600000.0, %s], [1715601610000.0, null], [1715601620000.0, %s]],
    "unit": [{"family": "%s", "scale_factor": %s}, null]}]}' "$@"
}
text '0.0|104857600 10.0| 20.0|106954752' 'Datadog, in bytes' "$(datadog 104857600 106954752 bytes 1.0)"
text '0.0|104857600 10.0| 20.0|106954752' 'Datadog, in mebibytes' "$(datadog 100 102 bytes 1048576)"
refuses 'app.rss are not bytes: ask for a metric of memory' 'Datadog in per cent' "$(datadog 1 2 percentage 1.0)"

if command -v pidstat >/dev/null; then
  pidstat -r -p $pid 1 2 >pidstat.txt
  pidstat -r -h -p $pid 1 2 >pidstat-h.txt
  S_TIME_FORMAT=ISO pidstat -u -r -p $pid 1 2 >pidstat-ur.txt
  for file in pidstat.txt pidstat-h.txt pidstat-ur.txt; do
    kib=$(awk '/RSS/ { on = 1 } /sleep/ && on { print $(NF - 2) }' $file | head -n 1) # the kernel lags behind in stat
    tool $file
  done
fi
kill $pid
if command -v mprof >/dev/null; then
  mprof run --interval 0.1 -o mprof.dat sleep 1 >/dev/null 2>&1
  "$soak" import mprof.dat -fo x.soak >said 2>&1
  is "$? $(fact imported_format)" '0 mprof' 'mprof'
fi


# A Prometheus that watches itself, under two names, and is started again.
ask() {
  python3 - "$port" "$1" <<'END'
import sys, time, urllib.parse, urllib.request
now = int(time.time())
query = urllib.parse.urlencode({"query": sys.argv[2], "start": now - 100, "end": now, "step": 1})
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/api/v1/query_range?{query}", timeout=10).read().decode())
END
}
# values JOB: as Python reads them out of prometheus.json
values() {
  python3 -c "
import json
for s in json.load(open('prometheus.json'))['data']['result']:
    if s['metric'] == {'__name__': 'process_resident_memory_bytes', 'instance': '127.0.0.1:$port', 'job': '$1'}:
        print(*[v for t, v in s['values']])"
}
serve() {
  prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address=127.0.0.1:$port \
    >prometheus.log 2>&1 &
  server=$!
}
# scraped N: until so many values are there
scraped() {
  for _ in $(seq 300); do
    ask process_resident_memory_bytes >prometheus.json 2>/dev/null && [ "$(values two | wc -w)" -ge "$1" ] && return
    sleep 0.2
  done
  sed 's/^/# /' prometheus.log
}
if command -v prometheus >/dev/null; then
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >prometheus.yml <<END
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: one, static_configs: [{targets: ["127.0.0.1:$port"]}]}
  - {job_name: two, static_configs: [{targets: ["127.0.0.1:$port"]}]}
END
  serve
  scraped 4
  "$soak" import prometheus.json -fo x.soak >said 2>&1
  like "$?$(cat said)" '^2.* 2 series: .*job=one; __name__=process_resident_memory_bytes, .*job=two$' \
    'Prometheus, two series'
  "$soak" import prometheus.json --key job=two -fo x.soak >said 2>&1
  is "$(sql x.soak 'SELECT imported_rss_bytes FROM samples' | tr '\n' ' ')" "$(values two) " 'one of them, to the byte'
  kill $server
  wait $server
  serve
  for _ in $(seq 300); do # the server's own word; until then it repeats the last value
    ask 'resets(go_memstats_mallocs_total{job="two"}[1m])' | grep -q '"1"' && break
    sleep 0.2
  done 2>/dev/null
  ask '{__name__=~"process_resident_memory_bytes|go_memstats_mallocs_total", job="two"}' >asked.json
  kill $server
  wait $server
  "$soak" import asked.json --ops go_memstats_mallocs_total -fo x.soak >said 2>&1
  is "$(fact imported_restarts)" 1 "started again, its counter says"
  [ "$(fact imported_restarts)" = 1 ] || sed "s/^/# /" said asked.json prometheus.log
fi

# Reading is bounded.
mkfifo nobody
timeout 60 "$soak" import nobody --max-wait 100ms -fo x.soak >said 2>&1
like "$(cat said)" 'nothing came for 0.1 s' 'a named pipe that nobody writes to'
for device in urandom zero; do
  timeout 60 "$soak" import /dev/$device -o x.soak >said 2>&1
  is "$? $(grep -c 'is not text: a byte of it is zero' said)" '2 1' "/dev/$device"
done
yes 1,2 | timeout 60 "$soak" import - --max-size 1 -fo x.soak >said 2>&1
like "$(cat said)" 'more than 1 MiB: .*--max-size' 'a pipe without end'
sleep 20 | timeout 60 "$soak" import - --max-wait 100ms -fo x.soak >said 2>&1
like "$(cat said)" 'nothing came for 0.1 s: .*--max-wait' 'a pipe that says nothing'

# Mutated: none crashes, none hangs.
cc=${CC:-gcc}
(cd "$top" && $cc -std=gnu11 -D_GNU_SOURCE -O1 -g -I. -fsanitize=address,undefined -fno-sanitize-recover=all \
  $(ls soak/import/*.c | grep -v write.c) soak/words/text.c tests/import/mutated.c -o "$tmp/mutated" \
  -lcjson -lcsv -lm) >built 2>&1
is "$?" 0 'the fuzzer builds'
timeout 300 ./mutated 5000 in* ps.txt status.txt top.txt utf16 >out 2>&1
is "$? $(tail -n 1 out)" '0 5000 inputs' '5 000 mutated inputs'
grep -E -A 12 'runtime error|Sanitizer|error without' out | head -n 30 | sed 's/^/# /'
done_testing
