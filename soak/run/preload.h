/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LD_PRELOAD: how it is written, and whether the loader takes what it names. */
#ifndef SOAK_PRELOAD_H
#define SOAK_PRELOAD_H

#include <stddef.h>

#include "soak/words/text.h"

/*
 * "LD_PRELOAD=a:b:what was there", from the non-empty paths. ld.so takes spaces and colons as
 * separators: paths that have any are given by links in a folder of /tmp that lasts as long as this
 * process. Returns 0 or a negative errno.
 */
int preload_variable(const char *counter, const char *library, char *ret_variable, size_t size);

/*
 * Starts a program that does nothing with this variable in its environment, as `user` (NULL: as we
 * are). If `program` (looked up in PATH) has another loader, as musl's, that is asked to load it
 * instead, and runs nothing. Returns 0 if the loader has nothing to say, else -ELIBBAD with its
 * words in `error`.
 */
int preload_try(const char *variable, const char *program, const char *user, struct text *error);

#endif
