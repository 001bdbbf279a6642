# SPDX-License-Identifier: GPL-3.0-or-later
# One run in characters, for a shell without pictures: memory, then throughput.
#
# Takes the same tables and variables as run.gp; width and height count characters.
load script_dir.'/style.gp'

dummy = choose_time(end_s)
window = from_s <= to_s ? sprintf('  (steady from %.3g to %.3g %s)', from_s / time_s, \
	to_s / time_s, time_unit) : '  (no steady window)'
set xrange [0:end_s / time_s]
set xlabel 'time ('.time_unit.')'
unset grid
unset key
set lmargin 8
set rmargin 3
set tmargin 2

set print '-'
print cut(verdict.'  '.allocator.'  '.duration_text(end_s), int(width))
print cut(command, int(width))
text = reason
columns = width
eval wrap
print rows."\n"

do for [i = 1:int(marks)] {
	set arrow i from first value(sprintf('mark_%d_s', i)) / time_s, graph 0 \
		to first value(sprintf('mark_%d_s', i)) / time_s, graph 1 nohead
}
if (measured(rss_high)) {
	dummy = choose_bytes(rss_high)
	dummy = choose_axis(rss_low / unit_bytes, rss_high / unit_bytes, rss_all_low / unit_bytes, \
		rss_all_high / unit_bytes, 0.02)
	set title 'RSS, '.unit.window
	set yrange [axis_low:axis_high]
	set ytics step(axis_high - axis_low, height / 5.0)
	plot $samples using (column('t_s') / time_s):(column('rss_bytes') / unit_bytes) with lines
} else {
	print "RSS: not measured\n"
}
if (measured(ops_high)) {
	dummy = choose_scale(ops_high)
	dummy = choose_axis(ops_low / scale, ops_high / scale, ops_all_low / scale, \
		ops_all_high / scale, 0.2)
	set title 'ops/s'.(scale == 1 ? '' : ', '.prefix).window
	set yrange [axis_low:axis_high]
	set ytics step(axis_high - axis_low, height / 5.0)
	plot $samples using (column('t_s') / time_s):(column('ops_per_s') / scale) with lines
} else {
	print 'ops/s: not measured'
}
