/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The growth of RSS in several pieces of one program's life, which have one pace.
 *
 * Each of k pieces has its own level, warm-up, steps and so on. The estimate is the mean of theirs,
 * weighted by their half widths w upwards, and the high end 1 / sqrt(sum 1 / w^2) above it: pieces
 * alike make it narrower by the root of k.
 *
 * Downwards it matters how well something that ends explains a piece's rise, be it never so likely
 * that it does not. So each piece says by its low ends at several confidences with which
 * likelihood ratio (longrun.h) it rejects a pace, and the low end is the lowest pace that the sum
 * of these does not reject, as chi-squared of k degrees of freedom: each piece may have a thing
 * that ends of its own. A piece that may be the rise of one tooth (tooth.h) rejects nothing.
 *
 * Pieces that exclude each other, the sum about the estimate being beyond the 99 % quantile of
 * chi-squared of k - 1 degrees of freedom (W. G. Cochran, Biometrics 10, 1954), allow all that
 * either of them does.
 */
#ifndef SOAK_JUDGE_JOINT_GROWTH_H
#define SOAK_JUDGE_JOINT_GROWTH_H

#include "soak/judge/resident.h"

/*
 * As resident_growth(): how many bins of the piece that has most had readings. `context` has
 * pieces; the level is the mean of theirs by their length, what is said beside the growth that of
 * the longest.
 */
size_t joint_growth(const struct rule_context *context, struct resident_growth *ret_growth);

#endif
