/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a fault must be so that a run like the plain one fails by it. */
#ifndef SOAK_PROVE_SIZE_H
#define SOAK_PROVE_SIZE_H

#include "soak/engines/prove.h"

struct run;

/* In the unit of the case's size; NAN: the plain run does not tell. */
double prove_size(struct run *plain, const struct judgement *judgement,
	const struct judge_settings *settings, enum prove_fault fault);

/* Of the plain run: what its drift in percent is related to, in bytes. */
double prove_level_bytes(struct run *plain, const struct judgement *judgement);

#endif
