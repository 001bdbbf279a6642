/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The families of shapes.h, in the order in which shapes.c draws them. */
#include "tests/accuracy/shapes.h"

const struct shape_family shape_families[SHAPE_FAMILIES] = {
	{"flat, quiet", "no noise, or up to 0.2 %"},
	{"flat, white noise", "0.01 to 3 %"},
	{"flat, AR(1) noise", "0.01 to 2 %, correlated over 2 to 120 s"},
	{"flat, heavy tails", "the same, Student's t with 3 df"},
	{"few pages", "moves by 1 to 4 pages now and then"},
	{"exponential warm-up", "0.5 to 60 %, tau 1/100 to 1/4 of the run"},
	{"logarithmic warm-up", "0.5 to 30 % in all, still creeping at the end"},
	{"creep of 20 s", "20 to 600 pages, run of 10 to 90 s"},
	{"sawtooth", "2 to 40 %, 3.5 to 150 teeth, up to 20 % uneven"},
	{"one-off steps", "one or two, 0.2 to 30 %, mostly up, anywhere"},
	{"cache fills, stops", "1 to 50 %, evenly until 10 to 90 % of the run"},
	{"day and night", "1 to 30 %, 2 to 12 periods"},
	{"huge pages flip", "1 to 3 of 2 MiB, to and fro"},
	{"gaps", "any noise, up to four stretches lost"},
	{"leak 2 %/h", "any noise"},
	{"leak 4 %/h", "any noise"},
	{"leak 6 %/h", "any noise"},
	{"leak 8 %/h", "any noise"},
	{"leak 20 %/h", "any noise"},
	{"leak 100 %/h", "any noise"},
	{"warm-up, then a leak", "8, 20 or 100 %/h"},
	{"sawtooth on a leak", "8, 20 or 100 %/h"},
	{"leak of huge pages", "8, 20 or 100 %/h, by 2 MiB, evenly or by chance"},
	{"leak with gaps", "8, 20 or 100 %/h"},
	{"leak in a fixed heap",
		"8 or 20 %/h, 3.5 to 1000 teeth of 20 to 80 % that end at one height"},
	{"steps and a leak", "as one-off steps, and 8, 20 or 100 %/h"},
	{"slow sawtooth", "2 to 40 %, 1.2 to 3.5 teeth, up to 20 % uneven", 2.5},
	{"slow saw on a leak", "8, 20 or 100 %/h", 2.5},
	{"leak that accelerates", "from nothing, by 8, 20 or 100 %/h in the mean"},
	{"leak by rare chunks", "20, 50 or 100 %/h, by 6 to 20 chunks, by chance"},
	{"collections at random", "10 to 100 %, 12 to 60 teeth, their ends mostly by chance"},
	{"the same on a leak", "20, 50 or 100 %/h"},
	{"ramp that ends late", "1 to 30 %, from 50 to 80 % until 85 to 95 % of the run", 5},
	{"cache fills till late", "1 to 50 %, evenly until 90 to 97 % of the run", 30},
	{"leak that begins late", "30, 100 or 200 %/h from 85 to 95 % of the run on", 5},
	{"morning of a daily load", "5 to 10 h of a wave of 20 to 100 %", 7.5},
	{"leak over a night", "8, 20 or 100 %/h for 5 to 10 h"},
	{"reclaim beneath a leak",
		"50, 100 or 200 %/h; 5 to 20 % of RSS are taken now and then, or more than grows",
		12},
	{"daily load", "24 to 48 h of a wave of 20 to 100 %, 0.5 %/h are allowed", .target = 0.5},
	{"daily load on a leak", "1, 2 or 8 %/h beneath it", .target = 0.5},
};

const size_t shape_family_count = SHAPE_FAMILIES;

double shape_target(size_t family)
{
	return shape_families[family].target > 0 ? shape_families[family].target : SHAPE_TARGET;
}
