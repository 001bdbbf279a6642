# SPDX-License-Identifier: GPL-3.0-or-later
# One run: memory, throughput, page faults and address-space calls over one time axis.
#
# soak/report/plot.c sends gnuplot these tables and variables and then loads this file:
#   $samples   t_s,from_s,to_s,rss_bytes,rss_low_bytes,rss_high_bytes,lazyfree_bytes,
#              ops_per_s,ops_low_per_s,ops_high_per_s,faults_per_s,budget_calls
#   $churn     from_s,to_s,lane,calls    only groups with calls; lane 1 is the first of `lanes`
#   $steady    t_s,fit_bytes,low_bytes,high_bytes,target_bytes    along the steady window
#   $speed     t_s,of_mean    of the target's CPUs; empty if cpu_speed is NaN
#   strings    script_dir, format, verdict, reason, allocator, command, footer, lanes,
#              RULE_verdict, RULE_unit, mark_I_text
#   numbers    width, height, end_s, from_s, to_s, group_s, group_samples, target_end_bytes,
#              first_s, last_s (all that is judged), marks, mark_I_s, excluded,
#              excluded_I_{from_s,to_s},
#              RULE_{estimate,low,high,target}, LANE_{total,steady}, churn_most,
#              {rss,lazyfree,ops,faults,in_use,committed}_{low,high,mean,all_low,all_high},
#              minor_faults, major_faults, cpu_speed
# A number that was not measured is NaN; from_s > to_s without a steady window.
load script_dir.'/style.gp'

left_px = 128
right_px = width - 292
set lmargin at screen x_of(left_px)
set rmargin at screen x_of(right_px)
side = x_of(right_px + 18)
dummy = choose_time(end_s)
time_low = -0.006 * end_s / time_s
time_high = 1.003 * end_s / time_s
set xrange [time_low:time_high]
has_window = from_s <= to_s

# Four panels share what the header and the footer leave.
header_px = 112
footer_px = 84
heading_px = 32
array share[4] = [0.37, 0.19, 0.16, 0.28]
panel = 0
next_panel = "\
	panel = panel + 1; \
	top_px = (panel == 1 ? height - header_px : bottom_px) - heading_px; \
	bottom_px = top_px - share[panel] * (height - header_px - footer_px - 4 * heading_px); \
	unset label; \
	if (panel == 1) { eval show_header; eval show_marks }; \
	line = 0; \
	set tmargin at screen y_of(top_px); \
	set bmargin at screen y_of(bottom_px); \
	set label 1 bold(heading) at screen x_of(24), y_of(top_px + 13) \
		font face_heading tc rgb ink; \
	set label 2 note at screen x_of(right_px), y_of(top_px + 12) right noenhanced \
		font face_small tc rgb grey"

# Beside a panel stand its rules: name and verdict, and below them the numbers.
interval(rule) = measured(value(rule.'_low')) ? \
	' ['.si(value(rule.'_low')).', '.si(value(rule.'_high')).']' : ''
numbers(rule) = measured(value(rule.'_estimate')) ? \
	si(value(rule.'_estimate')).interval(rule).' '.value(rule.'_unit'). \
	(measured(value(rule.'_target')) ? ', target '.si(value(rule.'_target')) : '') : \
	'no estimate'
show_rule = "\
	set label 10 + line rule.'  '.value(rule.'_verdict') at screen side, y_of(side_px) \
		noenhanced font face_plain tc rgb verdict_colour(value(rule.'_verdict')); \
	set label 11 + line numbers(rule) at screen side, y_of(side_px - 15) noenhanced \
		font face_small tc rgb grey; \
	side_px = side_px - 37; \
	line = line + 2"

# What a value axis leaves out.
axis_note(unit) = (axis_low > 0 ? 'axis starts at '.si(axis_low).unit.', not at 0' : ''). \
	(all_low < axis_low ? '; low of '.si(all_low).unit.' in the shaded part is below it' : \
	'').(all_high > axis_high ? (axis_low > 0 ? '; ' : '').'peak of '.si(all_high).unit. \
	' in the shaded part is above the axis' : '')
not_measured = "\
	note = ''; \
	eval next_panel; \
	set label 3 'not measured' at graph 0.5, graph 0.5 center font face_empty tc rgb grey; \
	side_px = top_px - 8; \
	do for [rule in of_panel] { eval show_rule }; \
	set yrange [0.1:0.9]; \
	set ytics 1; \
	plot NaN notitle"

# A group whose lowest and highest values lie unusually far apart is drawn strongly: one bad sample
# in an hour must show.
rss_usual = 0
ops_usual = 0
if (measured(rss_high)) {
	stats $samples using (column('rss_high_bytes') - column('rss_low_bytes')) nooutput
	rss_usual = STATS_median
}
if (measured(ops_high)) {
	stats $samples using (column('ops_high_per_s') - column('ops_low_per_s')) nooutput
	ops_usual = STATS_median
}
outlier(span) = span > tall ? span : NaN

# Outside the steady window nothing is judged.
set object 1 rectangle from first time_low, graph 0 \
	to first (has_window ? first_s / time_s : time_high), graph 1 behind fc rgb shade \
	fs solid noborder
if (has_window && last_s < 0.995 * end_s) {
	set object 2 rectangle from first last_s / time_s, graph 0 to first time_high, graph 1 \
		behind fc rgb shade fs solid noborder
}
excluded_end(i, which) = value(sprintf('excluded_%d_%s', i, which)) / time_s
do for [i = 1:int(excluded)] {
	set object 100 + i rectangle from first excluded_end(i, 'from_s'), graph 0 \
		to first excluded_end(i, 'to_s'), graph 1 behind fc rgb pale_grey fs solid noborder
}

# Marks: a line through all panels, and in the first one the text, where it has room.
mark_at(i) = value(sprintf('mark_%d_s', i)) / time_s
mark_text(i) = ''.value(sprintf('mark_%d_text', i))
mark_room = 12.0 * (time_high - time_low) / (right_px - left_px)
do for [i = 1:int(marks)] {
	set arrow 1000 + i from first mark_at(i), graph 0 to first mark_at(i), graph 1 nohead \
		lc rgb grey lw 0.9 dt (2, 3) front
}
show_marks = "\
	mark_last = time_low - mark_room; \
	do for [i = 1:int(marks)] { \
		if (mark_at(i) - mark_last >= mark_room) { \
			set label 1000 + i cut(mark_text(i), 24) at first mark_at(i), graph 0.98 \
				right rotate by 90 offset character 0.6, 0 noenhanced \
				font face_note tc rgb grey front; \
			mark_last = mark_at(i) } \
	}"

# The header: the verdict, what ran, and why the verdict is what it is.
badge_px = verdict eq 'PASS' || verdict eq 'FAIL' ? 84 : 190
text = reason
columns = int((width - 48) / 7.3)
eval wrap
show_header = "\
	set object 10 rectangle from screen x_of(24), y_of(height - 48) \
		to screen x_of(24 + badge_px), y_of(height - 16) fc rgb verdict_colour(verdict) \
		fs solid noborder; \
	set label 20 bold(verdict) at screen x_of(24 + badge_px / 2.0), y_of(height - 32) center \
		front font face_title tc rgb 0xffffff; \
	set label 21 cut(allocator, 60).'  ·  '.duration_text(end_s) at screen \
		x_of(40 + badge_px), y_of(height - 32) noenhanced font face_title tc rgb ink; \
	set label 22 cut(command, int((width - 48) / 8.2)) at screen x_of(24), y_of(height - 66) \
		noenhanced font face_command tc rgb ink; \
	set label 23 rows at screen x_of(24), y_of(height - 88) noenhanced font face_text \
		tc rgb ink; \
	set label 24 cut(footer, int(right_px / 6.0)) at screen x_of(24), y_of(14) noenhanced \
		font face_note tc rgb grey"

set multiplot
set format x ''

# Memory. The target line is shown as far as it stays near the run.
heading = 'Resident memory (RSS)'
of_panel = 'rss_drift rss_monotonic memory_drift'
unset key
if (!measured(rss_high)) {
	eval not_measured
} else {
	dummy = choose_bytes(rss_high)
	heading = heading.', '.unit
	goal = has_window && measured(target_end_bytes) ? \
		smaller(target_end_bytes, 1.06 * rss_high) : rss_high
	all_low = rss_all_low / unit_bytes
	all_high = rss_all_high / unit_bytes
	dummy = choose_axis(rss_low / unit_bytes, larger(rss_high, goal) / unit_bytes, \
		all_low, all_high, 0.02)
	note = axis_note(' '.unit)
	eval next_panel
	if (measured(committed_mean) && in_use_mean > 0) {
		set label 40 'allocator: fragmentation '.sprintf('%.3g', \
			committed_mean / in_use_mean) at screen side, y_of(bottom_px + 139) \
			noenhanced font face_plain tc rgb ink
		set label 41 si(in_use_mean / unit_bytes).' in use, '. \
			si(committed_mean / unit_bytes).' '.unit.' committed' at screen side, \
			y_of(bottom_px + 124) noenhanced font face_small tc rgb grey
	}
	side_px = bottom_px + 97
	do for [rule in of_panel] {
		eval show_rule
	}
	set yrange [axis_low:axis_high]
	set ytics step(axis_high - axis_low, 5)
	has_fit = has_window && measured(rss_drift_estimate)
	has_goal = has_fit && measured(rss_drift_target)
	lazy = lazyfree_all_high > 0
	mib(name) = column(name) / unit_bytes
	t(name) = column(name) / time_s
	drift(v) = sprintf('%+.3g %s', v, rss_drift_unit)
	tall = larger(0.05 * (axis_high - axis_low), 3 * rss_usual / unit_bytes)
	set key at screen side, y_of(top_px + 8)
	on_axis(v) = v < axis_low ? axis_low : v > axis_high ? axis_high : v
	plot for [i = 1:has_fit] $steady using (t('t_s')):(on_axis(mib('low_bytes'))): \
			(on_axis(mib('high_bytes'))) with filledcurves fc rgb ink \
			fs transparent solid 0.16 noborder notitle, \
		$samples using (t('t_s')):(mib('rss_low_bytes')):(mib('rss_high_bytes')) \
			with filledcurves fc rgb pale_blue fs solid noborder notitle, \
		$samples using (t('t_s')):(mib('rss_low_bytes')):(0): \
			(outlier(mib('rss_high_bytes') - mib('rss_low_bytes'))) \
			with vectors nohead lc rgb mid_blue lw 1.2 notitle, \
		for [i = 1:lazy] $samples using (t('t_s')): \
			(mib('rss_bytes') - mib('lazyfree_bytes')):(mib('rss_bytes')) \
			with filledcurves fc rgb sand fs solid noborder notitle, \
		$samples using (t('t_s')):(mib('rss_bytes')) with lines lc rgb blue lw 2.2 \
			title 'RSS', \
		for [i = 1:has_goal] $steady using (t('t_s')):(mib('target_bytes')) with lines \
			lc rgb red lw 1.8 dt (12, 6) notitle, \
		for [i = 1:has_fit] $steady using (t('t_s')):(mib('fit_bytes')) with lines \
			lc rgb ink lw 1.3 dt (5, 4) notitle, \
		for [i = 1:group_samples > 1] keyentry with boxes fc rgb pale_blue \
			fs solid noborder title 'lowest to highest in '.duration_text(group_s), \
		for [i = 1:lazy] keyentry with boxes fc rgb sand fs solid noborder \
			title 'of it LazyFree: the kernel can take it', \
		for [i = 1:has_fit] keyentry with lines lc rgb ink lw 1.3 dt (5, 4) \
			title 'fitted drift '.drift(rss_drift_estimate), \
		for [i = 1:has_fit] keyentry with boxes fc rgb ink fs transparent solid 0.16 \
			noborder title sprintf('its interval %+.3g to ', rss_drift_low). \
			drift(rss_drift_high), \
		for [i = 1:has_goal] keyentry with lines lc rgb red lw 1.8 dt (12, 6) \
			title 'target '.drift(rss_drift_target), \
		keyentry with boxes fc rgb shade fs solid border lc rgb pale_grey \
			title has_window ? 'not judged: warm-up' : 'not judged: no steady window', \
		for [i = 1:excluded > 0] keyentry with boxes fc rgb pale_grey fs solid noborder \
			title 'excluded'
}
unset key
unset object 10

of_panel = 'throughput_drop throughput_cv'
if (!measured(ops_high)) {
	heading = 'Allocator operations per second'
	eval not_measured
} else {
	dummy = choose_scale(ops_high)
	heading = 'Allocator operations'.(scale == 1 ? ' ' : ', '.prefix).'per second'
	all_low = ops_all_low / scale
	all_high = ops_all_high / scale
	dummy = choose_axis(ops_low / scale, ops_high / scale, all_low, all_high, 0.2)
	has_speed = measured(cpu_speed) ? 1 : 0
	note = axis_note('')
	note = note.(has_speed ? (note eq '' ? '' : '; ').'black: how fast its CPUs were' : '')
	eval next_panel
	set label 3 (has_window ? 'steady mean ' : 'mean ').grouped(ops_mean).'/s' \
		at screen side, y_of(top_px - 6) noenhanced font face_plain tc rgb ink
	side_px = top_px - 30
	do for [rule in of_panel] {
		eval show_rule
	}
	set yrange [axis_low:axis_high]
	set ytics step(axis_high - axis_low, 3)
	t(name) = column(name) / time_s
	rate(name) = column(name) / scale
	tall = larger(0.05 * (axis_high - axis_low), 3 * ops_usual / scale)
	plot $samples using (t('t_s')):(rate('ops_low_per_s')):(rate('ops_high_per_s')) \
			with filledcurves fc rgb pale_green fs solid noborder, \
		$samples using (t('t_s')):(rate('ops_low_per_s')):(0): \
			(outlier(rate('ops_high_per_s') - rate('ops_low_per_s'))) \
			with vectors nohead lc rgb mid_green lw 1.2, \
		$samples using (t('t_s')):(rate('ops_per_s')) with lines lc rgb green lw 1.6, \
		for [i = 1:has_speed] $speed using (t('t_s')):(column('of_mean') * ops_mean / scale) \
			with lines lc rgb ink lw 1
}

of_panel = 'fault_growth'
if (!measured(faults_high)) {
	heading = 'Page faults per second'
	eval not_measured
} else {
	all_low = 0
	all_high = faults_all_high
	dummy = choose_axis(0, larger(faults_high, 1), 0, all_high, 0)
	dummy = choose_scale(axis_high)
	heading = 'Page faults'.(scale == 1 ? ' ' : ', '.prefix).'per second'
	note = axis_note('/s')
	eval next_panel
	set label 3 grouped(minor_faults).' minor, '.(measured(major_faults) ? \
		grouped(major_faults) : 'unknown').' major' at screen side, y_of(top_px - 6) \
		noenhanced font face_plain tc rgb ink
	side_px = top_px - 30
	do for [rule in of_panel] {
		eval show_rule
	}
	set yrange [0:axis_high / scale]
	set ytics step(axis_high / scale, 3)
	plot $samples using (column('from_s') / time_s):(column('faults_per_s') / scale) \
		with fillsteps fc rgb purple fs solid 0.8 noborder
}

# Calls that change the address space: one lane each, a mark wherever there were any.
heading = 'Address-space calls'
note = churn_most > 0 ? 'marks: '.duration_text(group_s).' with calls, taller for more (log, most '\
	.grouped(churn_most).'); dark: in the budget' : ''
eval next_panel
side_px = bottom_px - 16
do for [rule in 'syscall_budget crosscheck'] {
	eval show_rule
}
set yrange [0.45:words(lanes) + 0.6]
set format x '%g'
set xlabel 'time since the start ('.time_unit.')' offset 0, 0.3 font face_axis tc rgb ink
unset grid
set grid xtics back lt 1 lc rgb 0xdcdcdc lw 0.8
set ytics () scale 0
array titles[3] = ['total', 'steady', 'per second']
array cell[3]
do for [k = 1:3] {
	set label 2 + k titles[k] at screen side + x_of(82 * k - 2), y_of(top_px + 12) right \
		font face_small tc rgb grey
}
do for [i = 1:words(lanes)] {
	lane = word(lanes, i)
	total = value(lane.'_total')
	steady = value(lane.'_steady')
	y = words(lanes) + 1 - i
	cell[1] = measured(total) ? grouped(total) : 'not measured'
	cell[2] = measured(steady) ? grouped(steady) : ''
	cell[3] = measured(steady) && to_s > from_s ? si(steady / (to_s - from_s)) : ''
	set ytics add (lane y)
	set arrow 100 + i from graph 0, first y - 0.38 to graph 1, first y - 0.38 nohead \
		lc rgb pale_grey lw 0.8 back
	do for [k = 1:3] {
		set label 100 + 10 * i + k cell[k].'' at screen side + x_of(82 * k - 2), \
			first y right noenhanced font face_plain \
			tc rgb (k == 1 ? total : steady) > 0 ? ink : grey
	}
}
bottom(lane) = words(lanes) + 1 - lane - 0.38
tallness(calls) = 0.16 + 0.6 * log(1 + calls) / log(1 + churn_most)
budget_or_not(lane) = lane <= 3 ? ink : 0x6f7f8f
half_mark(from, to) = larger((to - from) / 2, 1.1 * end_s / (right_px - left_px))
mark_from(from, to) = ((from + to) / 2 - half_mark(from, to)) / time_s
mark_to(from, to) = ((from + to) / 2 + half_mark(from, to)) / time_s
plot NaN notitle, for [i = 1:churn_most > 0] $churn using (column('from_s') / time_s): \
	(bottom(column('lane'))):(mark_from(column('from_s'), column('to_s'))): \
	(mark_to(column('from_s'), column('to_s'))):(bottom(column('lane'))): \
	(bottom(column('lane')) + tallness(column('calls'))):(budget_or_not(column('lane'))) \
	with boxxyerror lc rgb variable lw 0.2 fs solid border
unset multiplot
