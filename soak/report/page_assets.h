/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are embedded in soak when it is built, for the page. */
#ifndef SOAK_REPORT_PAGE_ASSETS_H
#define SOAK_REPORT_PAGE_ASSETS_H

extern const char page_style[];  /* page.css */
extern const char page_script[]; /* page.js */

/* dygraphs, its style, and its licence as text. */
extern const char page_library[], page_library_style[], page_library_licence[];

/* Of page_library and page_script, as a Content-Security-Policy names scripts. */
extern const char page_script_hashes[];

#endif
