/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LD_PRELOAD: building it, and trying whether the loader accepts its libraries. */
#ifndef SOAK_PRELOAD_H
#define SOAK_PRELOAD_H

#include <stddef.h>

#include "soak/words/text.h"

/*
 * Writes "LD_PRELOAD=a:b:old value" from the non-empty paths. ld.so takes spaces and colons as
 * separators, so paths with such characters are replaced by links in a directory of /tmp that lasts
 * as long as this process. Returns 0 or a negative errno.
 */
int preload_variable(const char *counter, const char *library, char *ret_variable, size_t size);

/*
 * Starts a program that does nothing, with this variable in its environment, as `user` (NULL: our
 * own). If `program` (looked up in PATH) has another loader, as musl's, that loader is asked to
 * load the libraries instead, without running anything. Returns 0 if the loader prints nothing,
 * otherwise -ELIBBAD with its message in `error`.
 */
int preload_try(const char *variable, const char *program, const char *user, struct text *error);

#endif
