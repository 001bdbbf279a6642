/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with a unit on the command line: 50M, 64MiB, 2%, 1e-8. */
#ifndef SOAK_QUANTITY_H
#define SOAK_QUANTITY_H

/*
 * k, M, G are powers of 1000; KiB, MiB, GiB of 1024; % a hundredth. Returns 0, or -EINVAL if the
 * text is none of this or negative.
 */
int quantity_parse(const char *text, double *ret_value);

#endif
