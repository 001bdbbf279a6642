/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log lines that contain "rss: FIGURE", "memory usage=FIGURE" and the like. */
#ifndef SOAK_IMPORT_LOG_H
#define SOAK_IMPORT_LOG_H

#include "soak/import/reader.h"

/* Whether the first lines of a text contain such a line. */
bool log_has_label(const char *text);

#endif
