# SPDX-License-Identifier: GPL-3.0-or-later
# What all figures share: terminal, colours, layout in pixels, axes, words.
# Needs format ("svg", "png" or "dumb"), width and height. Text from outside is always drawn
# noenhanced.

set encoding utf8
set datafile separator comma
set datafile columnheaders

if (format eq 'svg') {
	set terminal svg size width, height enhanced font 'sans-serif,13' background 'white'
}
if (format eq 'png') {
	set terminal pngcairo size width, height enhanced font 'sans-serif,10' background 'white'
}
if (format eq 'dumb') {
	set terminal dumb size width, height noenhanced mono
}

# An SVG counts font sizes in pixels, pngcairo in points.
in_points(points) = sprintf(',%.1f', points * (format eq 'svg' ? 1.3 : 1.0))
face_note = in_points(8)
face_small = in_points(8.3)
face_plain = in_points(9)
face_axis = in_points(9.5)
face_text = in_points(10)
face_heading = in_points(10.5)
face_empty = in_points(11)
face_title = in_points(15)
face_command = 'monospace'.face_text
bold(text) = '{/:Bold '.text.'}'
x_of(px) = px / (1.0 * width)
y_of(px) = px / (1.0 * height)

# Okabe and Ito's palette, for any kind of colour vision; darker where a colour has to carry text.
blue = 0x0072b2
pale_blue = 0xa9cfe6
green = 0x007a5a
purple = 0x9c4f86
red = 0xc04d00
amber = 0x8f6400
ink = 0x222222
grey = 0x666666
mid_blue = 0x5fa5d0
mid_green = 0x5fb59b
sand = 0xf0d58c
pale_green = 0xb5dccf
pale_grey = 0xcfcfcf
shade = 0xece8dc
verdict_colour(word) = word eq 'PASS' ? green : word eq 'FAIL' ? red : \
	word eq 'INCONCLUSIVE' ? amber : grey

# Words and numbers. A number that was not measured is NaN, which is not even equal to itself.
measured(v) = v == v
cut(text, n) = strlen(text) > n ? text[1:(n - 1)].'…' : text
duration_text(s) = s < 10 ? sprintf('%.2g s', s) : s < 120 ? sprintf('%.3g s', s) : \
	s < 7200 ? sprintf('%.3g min', s / 60) : sprintf('%.3g h', s / 3600)
si(v) = abs(v) < 1 ? sprintf('%.2g', v) : abs(v) < 1000 ? sprintf('%.3g', v) : \
	gprintf('%.2s %c', v)
grouped(v) = v < 1e3 ? sprintf('%.0f', v) : v < 1e6 ? \
	sprintf('%d %03d', int(v / 1e3), int(v) % 1000) : v < 1e9 ? \
	sprintf('%d %03d %03d', int(v / 1e6), int(v / 1e3) % 1000, int(v) % 1000) : \
	gprintf('%.3s %c', v)

# Breaks `text` at spaces into rows of at most `columns`: sets rows.
wrap = "\
	rows = ''; \
	row = ''; \
	do for [i = 1:words(text)] { \
		if (strlen(row) + strlen(word(text, i)) >= columns) { \
			rows = rows.row.\"\\n\"; \
			row = '' }; \
		row = row.(strlen(row) ? ' ' : '').word(text, i) \
	}; \
	rows = rows.row"

# Time in the unit that suits the whole run: sets time_s and time_unit.
choose_time(end) = (time_s = end <= 180 ? 1.0 : end <= 10800 ? 60.0 : 3600.0, \
	time_unit = time_s == 1 ? 's' : time_s == 60 ? 'min' : 'h')

# Memory in the unit that suits the largest value: sets unit_bytes and unit.
choose_bytes(most) = (unit_bytes = most < 2.0**33 ? 2.0**20 : 2.0**30, \
	unit = unit_bytes == 2.0**20 ? 'MiB' : 'GiB')

# Rates in a unit that keeps their numbers short: sets scale and prefix.
choose_scale(most) = (scale = most < 1e4 ? 1.0 : most < 1e7 ? 1e3 : most < 1e10 ? 1e6 : 1e9, \
	prefix = scale == 1 ? '' : scale == 1e3 ? 'thousand ' : \
		scale == 1e6 ? 'million ' : 'billion ')

# A round distance between marks that leaves about `n` of them.
step(span, n) = (rough = span / n, decade = 10.0**floor(log10(rough)), \
	rough / decade < 1.5 ? decade : rough / decade < 3.5 ? 2 * decade : \
	rough / decade < 7.5 ? 5 * decade : 10 * decade)

# Chooses a value axis from the extremes in the steady window and in the whole run: sets axis_low
# and axis_high. What lies outside the window is left out where it would squeeze the window. The
# axis spans at least `least` of its level, so that noise of one page is no cliff, and starts at 0
# unless all values keep to its upper half.
larger(a, b) = a > b ? a : b
smaller(a, b) = a < b ? a : b
choose_axis(low, high, all_low, all_high, least) = ( \
	room = 4 * larger(least * high, 1.2 * (high - low)), \
	axis_low = high - all_low <= room ? smaller(low, all_low) : low, \
	axis_high = all_high - low <= room ? larger(high, all_high) : high, \
	pad = larger((least * axis_high - (axis_high - axis_low)) / 2, \
		0.08 * (axis_high - axis_low)), \
	axis_low = axis_low - pad < 0.5 * axis_high ? 0.0 : axis_low - pad, \
	axis_high = axis_high > 0 ? axis_high + pad : 1.0)

set border 3 lc rgb grey lw 1
set tics noenhanced nomirror scale 0.5 textcolor rgb ink font face_plain
set grid xtics ytics back lt 1 lc rgb 0xdcdcdc lw 0.8
set key noenhanced Left reverse left top samplen 1.6 spacing 1.15 font face_plain textcolor rgb ink
