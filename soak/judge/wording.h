/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantities in words, for the judge's sentences. Phrases are returned by value, for use in a call:
 * printf("%s", say_bytes(x).text). NAN becomes "-" in bytes and rates.
 */
#ifndef SOAK_WORDING_H
#define SOAK_WORDING_H

struct phrase {
	char text[48];
};

struct phrase say_bytes(double bytes);      /* "-312 B", "12.0 KiB", "1.50 GiB" */
struct phrase say_duration(double seconds); /* "40 ms", "42.0 s", "14.0 min", "2.5 h" */
struct phrase say_clock(double seconds);    /* "0:45", "1:02:03" */
struct phrase say_count(double count);      /* "12345", "5.00e9" */
struct phrase say_rate(double per_second);  /* "0.30/s", "51.2 M/s" */
struct phrase say_percent(double percent);  /* "0.31 %"; three digits that count */

/*
 * A run length in the form that --duration takes, rounded up so that a person would type it: "90s",
 * "14m", "5h". Seconds in, at least 1; the rounded length is also returned through *ret_rounded_s
 * unless that is NULL.
 */
struct phrase say_duration_option(double seconds, double *ret_rounded_s);

#endif
