/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SOAK_SELFTEST_H
#define SOAK_SELFTEST_H

/*
 * Plants known calls and a known leak, records both, prints what was found. Returns an exit code.
 */
int selftest_run(void);

#endif
