/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The growth of RSS in several pieces of one program's life that share one growth rate.
 *
 * Each of k pieces has its own level, warm-up, steps and so on. The estimate is the mean of the
 * pieces' estimates, weighted by their upper half widths w. The high end is 1 / sqrt(sum 1 / w^2)
 * above it, so k similar pieces make the interval narrower by the root of k.
 *
 * The low end depends on how well temporary growth could explain each piece's rise. From its low
 * ends at several confidences each piece yields the likelihood ratio (longrun.h) with which it
 * rejects a rate. The low end is the lowest rate that the sum of these does not reject, as
 * chi-squared of k degrees of freedom, because each piece may have temporary growth of its own. A
 * piece that may be the rise of one sawtooth (tooth.h) rejects nothing.
 *
 * Pieces exclude each other if the sum about the estimate is beyond the 99 % quantile of
 * chi-squared of k - 1 degrees of freedom (W. G. Cochran, Biometrics 10, 1954). Then the interval
 * is the union of their intervals.
 */
#ifndef SOAK_JUDGE_JOINT_GROWTH_H
#define SOAK_JUDGE_JOINT_GROWTH_H

#include "soak/judge/resident.h"

/*
 * As resident_growth(), for a `context` with pieces. Returns the highest number of bins with
 * readings of any piece. The level is the mean of the pieces' levels, weighted by their length; all
 * else besides the growth comes from the longest piece.
 */
size_t joint_growth(const struct rule_context *context, struct resident_growth *ret_growth);

#endif
