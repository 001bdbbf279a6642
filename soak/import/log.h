/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of text that say "rss: FIGURE", "memory usage=FIGURE" and the like: log.c reads them. */
#ifndef SOAK_IMPORT_LOG_H
#define SOAK_IMPORT_LOG_H

#include "soak/import/reader.h"

/* Whether one of the first lines of a text is such a one. */
bool log_has_label(const char *text);

#endif
