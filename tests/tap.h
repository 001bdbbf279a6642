/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP for the unit tests. Every line shows what was got and what was
 * wanted. End main() with return tap_done(); the plan line comes last.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_tests, tap_failures;

static inline bool tap_ok(bool good, const char *what)
{
	tap_tests++;
	tap_failures += !good;
	printf("%sok %d - %s", good ? "" : "not ", tap_tests, what);
	return good;
}

/* |got - want| <= tolerance, or both NaN, or equal infinities. */
static inline void tap_near(double got, double want, double tolerance, const char *what)
{
	tap_ok((isnan(got) && isnan(want)) || got == want || fabs(got - want) <= tolerance, what);
	printf(" (got %.10g, want %.10g within %.2g)\n", got, want, tolerance);
}

static inline void tap_between(double got, double low, double high, const char *what)
{
	tap_ok(got >= low && got <= high, what);
	printf(" (got %.10g, want %.10g to %.10g)\n", got, low, high);
}

static inline void tap_text(const char *got, const char *want, const char *what)
{
	tap_ok(strcmp(got, want) == 0, what);
	printf(" (got \"%s\", want \"%s\")\n", got, want);
}

static inline void tap_has(const char *got, const char *part, const char *what)
{
	tap_ok(strstr(got, part) != NULL, what);
	printf(" (got \"%s\", want \"%s\" in it)\n", got, part);
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_tests);
	return tap_failures ? 1 : 0;
}

#endif
