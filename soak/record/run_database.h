/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The database behind a run, for the files of this folder alone. */
#ifndef SOAK_RUN_DATABASE_H
#define SOAK_RUN_DATABASE_H

struct run;
struct sqlite3;

struct sqlite3 *run_database(const struct run *run);

#endif
