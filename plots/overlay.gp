# SPDX-License-Identifier: GPL-3.0-or-later
# Several runs over one time axis: memory, throughput, and the system calls that the budget counts.
#
# soak/report/plot.c sends gnuplot these tables and variables and then loads this file; I is a
# run's number:
#   $samples_I   the columns of run.gp; drawn are t_s,rss_bytes,ops_per_s,budget_calls
#   strings      script_dir, format, verdict_I, allocator_I, file_I
#   numbers      width, height, relative, runs, end_s_I, from_s_I, level_bytes_I, calls_I,
#                {rss,ops}_{low,high,mean,all_high}_I
# A number that was not measured is NaN, and so is from_s_I without a steady window. `relative`
# draws RSS in % of each run's own steady level.
load script_dir.'/style.gp'

# The palette of Okabe and Ito, its yellow darkened; the same colours come back with another dash.
array palette[8] = [0x0072b2, 0xd55e00, 0x009e73, 0xb0609a, 0x333333, 0x56b4e9, 0xe69f00, 0x8a7f00]
array dashes[4] = ['solid', '(10, 4)', '(3, 3)', '(12, 4, 2, 4)']
colour_of(i) = palette[1 + (i - 1) % 8]
of(name, i) = value(sprintf('%s_%d', name, i))
do for [i = 1:4] {
	do for [k = 1:8] {
		eval sprintf('set linetype %d lw 1.6 lc rgb %d dt ', 8 * (i - 1) + k, palette[k]). \
			dashes[i]
	}
}

runs = int(runs)
relative = int(relative)
left_px = 84
right_px = width - 330
set lmargin at screen x_of(left_px)
set rmargin at screen x_of(right_px)
side_px = right_px + 22
end = 0
rss_most = NaN
ops_most = NaN
calls_most = NaN
larger_known(a, b) = measured(a) && measured(b) ? larger(a, b) : measured(a) ? a : b
do for [i = 1:runs] {
	end = larger(end, of('end_s', i))
	rss_most = larger_known(rss_most, of('rss_all_high', i))
	ops_most = larger_known(ops_most, of('ops_mean', i))
	calls_most = larger_known(calls_most, of('calls', i))
}
dummy = choose_time(end)
set xrange [0:end / time_s]

header_px = 56
footer_px = 62
heading_px = 40
array share[3] = [0.4, 0.3, 0.3]
panel = 0
next_panel = "\
	panel = panel + 1; \
	top_px = (panel == 1 ? height - header_px : bottom_px) - heading_px; \
	bottom_px = top_px - share[panel] * (height - header_px - footer_px - 3 * heading_px); \
	set tmargin at screen y_of(top_px); \
	set bmargin at screen y_of(bottom_px); \
	set label 1 bold(heading) at screen x_of(24), y_of(top_px + 17) font face_heading \
		tc rgb ink; \
	set label 2 note at screen x_of(right_px), y_of(top_px + 16) right noenhanced \
		font face_small tc rgb grey"
not_measured = "\
	set label 3 'not measured' at graph 0.5, graph 0.5 center font face_empty tc rgb grey; \
	set yrange [0.1:0.9]; \
	set ytics 1; \
	plot NaN notitle"

# One table and one line for each run: `y` is the value to draw, with %d for the run's number.
draw = "\
	lines = ''; \
	do for [i = 1:runs] { \
		lines = lines.(i > 1 ? ', ' : '').sprintf('$samples_%d using ', i). \
			'(column(''t_s'') / time_s):('.sprintf(y, i).') with lines lt '.i }; \
	eval 'plot '.lines.dots"

# Two runs under one allocator are told apart by their files' names.
twin(i) = sum [k = 1:runs] (of('allocator', k) eq of('allocator', i))
label(i) = of('allocator', i).(twin(i) > 1 && of('allocator', i) ne of('file', i) ? \
	'  '.of('file', i) : '')
name_of(i) = cut(label(i), of('verdict', i) eq 'INCONCLUSIVE' ? 21 : 27)
legend_row = "\
	row_px = legend_px - (i - 1) * pitch_px; \
	set arrow 200 + i from screen x_of(side_px), y_of(row_px) \
		to screen x_of(side_px + 26), y_of(row_px) nohead lt i lw 2.4 front; \
	set label 200 + i name_of(i) at screen x_of(side_px + 34), y_of(row_px) noenhanced \
		font face_plain tc rgb ink; \
	set label 300 + i ''.of('verdict', i) at screen x_of(width - 16), y_of(row_px) right \
		noenhanced font face_plain tc rgb verdict_colour(of('verdict', i)); \
	set label 400 + i numbers(i) at screen x_of(side_px + 34), y_of(row_px - 14) noenhanced \
		font face_note tc rgb grey"
numbers(i) = \
	(measured(of('rss_mean', i)) ? sprintf('%.4g MiB  ', of('rss_mean', i) / 2**20) : ''). \
	(measured(of('ops_mean', i)) ? si(of('ops_mean', i)).' ops/s  ' : ''). \
	(measured(of('calls', i)) ? grouped(of('calls', i)).' calls' : '')

set multiplot
set label 10 sprintf('%d %s', runs, runs == 1 ? 'run' : 'runs') at screen x_of(24), \
	y_of(height - 30) font face_title tc rgb ink
pitch_px = smaller(38, (height - header_px - 60.0) / runs)
legend_px = height - header_px - heading_px - 6
do for [i = 1:runs] {
	eval legend_row
}
unset key
set format x ''

heading = relative ? 'RSS, % of the run''s own steady level' : 'Resident memory (RSS)'
note = ''
if (!measured(rss_most)) {
	eval next_panel
	eval not_measured
} else {
	dummy = choose_bytes(rss_most)
	heading = relative ? heading : heading.', '.unit
	note = 'a dot marks where the steady window begins'
	if (relative) {
		low = NaN
		high = NaN
		do for [i = 1:runs] {
			low = -larger_known(-low, -100 * of('rss_low', i) / of('level_bytes', i))
			high = larger_known(high, 100 * of('rss_high', i) / of('level_bytes', i))
		}
		dummy = choose_axis(low, high, low, high, 0.02)
		note = note.(axis_low > 0 ? '; axis does not start at 0' : '')
	}
	eval next_panel
	if (relative) {
		set yrange [axis_low:axis_high]
	} else {
		set yrange [0:*]
	}
	full(i) = relative ? of('level_bytes', i) / 100 : unit_bytes
	dots = ', for [i = 1:runs] "+" every ::0::0 using (of("from_s", i) / time_s): \
		(of("level_bytes", i) / full(i)) with points pt 7 ps 0.9 lc rgb colour_of(i)'
	y = 'column("rss_bytes") / full(%d)'
	eval draw
}
dots = ''
unset label
unset arrow

heading = 'Allocator operations per second'
note = ''
if (!measured(ops_most)) {
	eval next_panel
	eval not_measured
} else {
	dummy = choose_scale(ops_most)
	heading = 'Allocator operations'.(scale == 1 ? ' ' : ', '.prefix).'per second'
	eval next_panel
	set yrange [0:*]
	set ytics autofreq
	y = 'column("ops_per_s") / scale'
	eval draw
}
unset label

heading = 'mmap + munmap + madvise + process\_madvise calls since the start'
note = 'logarithmic'
set format x '%g'
set xlabel 'time since the start ('.time_unit.')' offset 0, 0.3 font face_axis tc rgb ink
eval next_panel
if (!measured(calls_most)) {
	eval not_measured
} else {
	set logscale y
	zero = 0.3 * (calls_most > 1e4 ? 0.5 : 1)
	set yrange [0.8 * zero:10 < *]
	unset mytics
	set ytics autofreq
	set format y '%.0s%c'
	set ytics add ('0' zero)
	y = 'larger(column("budget_calls"), zero)'
	eval draw
}
unset multiplot
